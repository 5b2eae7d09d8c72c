"""Contacts over other channels: what came of them, and mailings that other tools made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from ninja import Path
from pydantic import Field

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.v1.bulk import Result, answer_bulk
from stamgast.api.v1.schemas.common import BulkAnswer
from stamgast.api.v1.schemas.contacts import (
    MailingItem,
    ManyMailings,
    ManyOutcomes,
    OutcomeItem,
    OutcomeSaid,
    OutcomeTaken,
)
from stamgast.campaigns import actions
from stamgast.campaigns.errors import NoSuchContact
from stamgast.campaigns.models import Contact
from stamgast.campaigns.reports import Row
from stamgast.kernel import Refusal

contacts = Operations("contacts")
Item = TypeVar("Item", OutcomeItem, MailingItem)


@contacts.post(
    "/contacts/{id}/outcome", scope="contacts:write", answers=OutcomeTaken, fails=[404, 409]
)
def take_outcome(
    request: ApiRequest,
    id: Annotated[int, Path(), Field(ge=1, le=2**53)],
    said: OutcomeSaid,
) -> OutcomeTaken:
    """Take what came of a contact that you were handed, by the number in the webhook or the list.

    In any order and as often as you like. What bounced gets no mail any more; who unsubscribed
    withdrew consent.
    """
    contact = Contact.objects.filter(pk=id).first()
    if contact is None:
        raise NoSuchContact()
    is_new = actions.take_outcome(
        contact, said.outcome, happened_at=said.at, at=request.at, by=actor(request)
    )
    contact.refresh_from_db()
    return OutcomeTaken(
        contact=contact.pk, state=contact.status, reason=contact.reason, is_new=is_new
    )


@contacts.post("/bulk/outcomes", scope="contacts:write", answers=BulkAnswer)
def take_outcomes(request: ApiRequest, sent: ManyOutcomes) -> BulkAnswer:
    """Take what came of up to 1,000 contacts; each is answered apart."""

    def take(item: OutcomeItem) -> bool:
        row = Row(0, contact=str(item.contact or ""), email=item.email or "", outcome=item.outcome)
        return actions.take_outcome(
            actions.contact_told(row), item.outcome, happened_at=item.at, at=request.at,
            by=actor(request),
        )  # fmt: skip

    return answer_bulk(request, sent, lambda items: [_result(take, item) for item in items])


@contacts.post("/bulk/mailings", scope="contacts:write", answers=BulkAnswer)
def record_mailings(request: ApiRequest, sent: ManyMailings) -> BulkAnswer:
    """Tell who got mailings that you made elsewhere, so that they count for how often one hears of us.

    Up to 1,000; the same mailing on the same day counts once.
    """

    def record(item: MailingItem) -> bool:
        row = Row(0, customer=item.customer or "", email=item.email or "")
        return actions.record_mailing(
            actions.customer_told(row), item.mailing, channel=item.channel,
            happened_at=item.at or request.at, at=request.at, by=actor(request),
        )  # fmt: skip

    return answer_bulk(request, sent, lambda items: [_result(record, item) for item in items])


def _result(act: Callable[[Item], bool], item: Item) -> Result:
    try:
        return Result("made" if act(item) else "unchanged")
    except Refusal as refusal:
        return Result(None, refusal)

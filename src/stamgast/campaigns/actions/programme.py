"""What the loyalty programme gives in a campaign: points, a reward, a code that it makes itself.

Each by the lot that says so, in the transaction that hands the offer over; taken back from whoever
leaves before they heard of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from stamgast.campaigns.models import Assignment, Campaign, Offer
from stamgast.customers.errors import AlreadyClosed
from stamgast.kernel import Refusal
from stamgast.loyalty.actions import grant_points, reverse_entry
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import block_code, issue_code
from stamgast.loyalty.models.codes import CodeUse, DiscountCode
from stamgast.loyalty.models.ledger import Entry
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.rewards import Claim
from stamgast.loyalty.rewards.actions import give_reward, undo_claim
from stamgast.loyalty.rewards.errors import MayNotClaim
from stamgast.measurement.actions import book_cost
from stamgast.measurement.models import Lot

BY = "campaigns"
# What is spent the moment it is given, whether it is used or not; the cost it is booked as.
SPENT_AT_ONCE = {Offer.Kind.GIFT: "gift", Offer.Kind.POINTS: "points", Offer.Kind.REWARD: "gift"}


@dataclass(frozen=True)
class Given:
    """What the programme gave one lot, or why it did not."""

    issued: DiscountCode | None = None
    claim: Claim | None = None
    refused: str = ""


class NothingLeft(Exception):  # noqa: N818 - no error: the stock is empty
    """A reward is out of stock or was taken down, or a set of codes was closed."""


def members_among(customers: Iterable[int]) -> dict[int, Member]:
    """Return the memberships of those of them who take part."""
    rows = Member.objects.filter(customer__in=list(customers), left_at=None, merged_into=None)
    return {row.customer_id: row for row in rows}


def give_of_programme(lot: Lot, offer: Offer, campaign: Campaign, *, at: datetime) -> Given:
    """Give a lot what the programme has of its offer, once; nothing where it has nothing of it.

    Who left the programme meanwhile, or may not have the reward, gets nothing: `refused` says why.
    Raises NothingLeft when the reward is gone, or its codes are no longer given.
    """
    key, customer = f"lot:{lot.pk}", lot.customer
    if offer.kind == Offer.Kind.DISCOUNT_CODE and offer.code_set is not None:
        valid = timedelta(days=offer.valid_days)
        try:
            code = issue_code(offer.code_set, customer, at=at, key=key, by=BY, valid_for=valid)
        except AlreadyClosed:
            raise NothingLeft from None
        return Given(issued=code)
    if offer.kind not in (Offer.Kind.POINTS, Offer.Kind.REWARD):
        return Given()
    member = members_among([customer.pk]).get(customer.pk)
    if member is None:
        return Given(refused="no_member")
    if offer.kind == Offer.Kind.POINTS:
        grant_points(member, points_of(offer), at=at, key=key, by=BY, reason=campaign.name[:200])
        return Given()
    return _reward(member, offer, key, at=at)


def _reward(member: Member, offer: Offer, key: str, *, at: datetime) -> Given:
    assert offer.reward is not None
    try:
        claim = give_reward(offer.reward, member, key=key, at=at, by=BY)
    except MayNotClaim as refusal:
        if refusal.facts.get("reason") in ("out_of_stock", "closed", "ended", "not_started"):
            raise NothingLeft from None
        return Given(refused="may_not_claim")
    return Given(issued=claim.code, claim=claim)


def points_of(offer: Offer) -> int:
    """Return how many points an offer gives."""
    return int(offer.facts.get("points", 0))


def is_spent_at_once(offer: Offer) -> bool:
    """Say whether giving an offer spends it; a reward that is a code costs something when used."""
    is_code = offer.reward is not None and offer.reward.code_set_id is not None
    return offer.kind in SPENT_AT_ONCE and not is_code


def spent_at_once(assignment: Assignment) -> int:
    """Return what was spent by giving alone: a gift, points, or a reward that is no code."""
    if assignment.offer.kind not in SPENT_AT_ONCE or assignment.issued_id is not None:
        return 0
    return assignment.offer.cost_minor


def book_given(assigned: Iterable[Assignment], campaign: Campaign, *, at: datetime) -> None:
    """Book what was spent by giving, per offer; discounts show in the orders that use them."""
    amounts: dict[int, list[Assignment]] = {}
    for one in assigned:
        if one.state == Assignment.State.GIVEN and spent_at_once(one):
            amounts.setdefault(one.offer_id, []).append(one)
    for mine in amounts.values():
        offer = mine[0].offer
        assert campaign.experiment is not None
        book_cost(
            campaign.experiment,
            offer.code,
            SPENT_AT_ONCE[Offer.Kind(offer.kind)],
            offer.cost_minor * len(mine),
            key=f"campaign:{campaign.pk}:{offer.kind}:{mine[0].lot_id}",
            at=at,
        )


def take_back(assignment: Assignment, *, at: datetime) -> None:
    """Take back what was given to somebody who never heard of it, as far as it is unused."""
    if assignment.claim is not None:
        with suppress(Refusal):  # its code is in a cart: let them have it
            undo_claim(assignment.claim, at=at, by=BY, reason="left the campaign")
    elif assignment.issued is not None and not assignment.issued.uses:
        with suppress(Refusal):
            block_code(assignment.issued.text, at=at, by=BY)
    amount = spent_at_once(assignment)
    if assignment.offer.kind == Offer.Kind.POINTS and not _points_back(assignment, at=at):
        return
    experiment = assignment.campaign.experiment
    if amount and experiment is not None:
        kind = SPENT_AT_ONCE[Offer.Kind(assignment.offer.kind)]
        key = f"lot:{assignment.lot_id}:back"
        book_cost(experiment, assignment.offer.code, kind, -amount, key=key, at=at)


def _points_back(assignment: Assignment, *, at: datetime) -> bool:
    """Undo the points of a lot; not when they were spent: nobody gets a debt of our mistake."""
    entry = Entry.objects.filter(key=f"lot:{assignment.lot_id}").select_related("member").first()
    if entry is None or balance_of(entry.member, as_of=at).available < entry.points:
        return False
    with suppress(Refusal):
        reverse_entry(entry, at=at, by=BY, reason="left the campaign")
        return True
    return False


def used_at_checkout(assignment: Assignment) -> tuple[str, int] | None:
    """Return in which purchase a code of the programme was used, and what it gave there."""
    uses = CodeUse.objects.filter(code=assignment.issued_id, state=CodeUse.State.USED)
    first = uses.order_by("settled_at", "pk").first()
    if first is None:
        return None
    gave = uses.aggregate(all=Sum("amount_minor"), back=Sum("back_minor"))
    return first.key[:64], max(0, (gave["all"] or 0) - (gave["back"] or 0))

"""Giving what the lot says: money set aside, code handed out and message queued in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from stamgast.campaigns.actions.programme import Given, NothingLeft, book_given, give_of_programme
from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.audience import looking, what_held
from stamgast.campaigns.channels import Handing, channel_of
from stamgast.campaigns.facts import facts_of
from stamgast.campaigns.models import Assignment, Campaign, Code, Delivery, Offer
from stamgast.campaigns.series import days_of, steps_of
from stamgast.campaigns.spending import BUDGET, CLOSED, RAIL, left_in_rail
from stamgast.customers.models import Customer
from stamgast.database.bulk import Pace
from stamgast.measurement.models import Lot
from stamgast.strategy.actions import reserve_budget
from stamgast.strategy.errors import BudgetSpent, GoalNotOpen
from stamgast.strategy.models import Reservation

PORTION = 25  # customers per transaction at most: others that write wait no longer than for that
# Orders come in late: so long after its end a code may still turn up in one.
GRACE = timedelta(days=14)


def give(campaign: Campaign, *, at: datetime, show: Callable[[float], object]) -> int:
    """Give everyone whose lot says so what it says, as far as that did not happen; returns how many.

    Stops when the campaign no longer runs, and when money or codes run out: then it says which. What
    is left goes to the first for whom it does.
    """
    waiting = ungiven(campaign).values_list("pk", flat=True)
    todo, last, given, is_short = waiting.count(), 0, 0, False
    pace = Pace(PORTION, least=1, most=PORTION)
    while part := list(waiting.filter(pk__gt=last)[: 1 if is_short else pace.size]):
        try:
            with pace.portion(len(part)):
                row = locked(campaign)
                if row.status != Campaign.Status.RUNNING:
                    return given
                given += _Giving(row, at).to(part)
        except tuple(_SHORT) as short:
            if len(part) == 1:
                stand_still(campaign, _SHORT[type(short)], at)
                return given
            is_short = True
            continue
        last = part[-1]
        show(given / max(1, todo))
    Campaign.objects.filter(pk=campaign.pk).exclude(waits_for="").update(waits_for="")
    return given


def ungiven(campaign: Campaign) -> QuerySet[Lot]:
    """Return the lots that say something which was not given yet, in the order in which it is."""
    return Lot.objects.filter(
        experiment=campaign.experiment_id,
        arm__is_control=False,
        assignment__isnull=True,
        customer__erased_at=None,
        customer__merged_into=None,
    ).order_by("pk")


class NoCodeLeft(Exception):  # noqa: N818 - no error: the list is empty
    """The list has fewer codes than customers."""


class RailReached(Exception):  # noqa: N818 - no error: the goal says so
    """One effort may not cost more than it does now."""


_SHORT: Mapping[type[Exception], str] = {
    BudgetSpent: BUDGET,
    GoalNotOpen: CLOSED,
    RailReached: RAIL,
    NoCodeLeft: "codes",
    NothingLeft: "rewards",
}


def stand_still(campaign: Campaign, why: str, at: datetime) -> None:
    """Say why it stands still: whoever adds money or codes lets it go on by itself."""
    with transaction.atomic():
        row = locked(campaign)
        if row.waits_for != why:
            row.waits_for = why
            row.save(update_fields=["waits_for"])
            tell("campaign_waits", **about(row, at=at, by="campaigns", why=why))


class _Giving:
    """One portion of customers, inside the transaction that holds the campaign."""

    def __init__(self, campaign: Campaign, at: datetime) -> None:
        self.campaign, self.at = campaign, at
        rows = campaign.offers.select_related("code_set", "reward")
        self.offers = {offer.code: offer for offer in rows}
        self.steps = list(campaign.steps.select_related("offer").order_by("position", "pk"))
        # Nobody else sets money aside for this campaign while it is held.
        self.rail = left_in_rail(campaign, campaign.goal) if campaign.goal is not None else None

    def to(self, numbers: Sequence[int]) -> int:
        """Give these lots what they say; whoever got it meanwhile, or is gone, is passed over."""
        lots = [
            lot
            for lot in Lot.objects.filter(pk__in=numbers, assignment__isnull=True)
            .select_related("arm", "customer")
            .order_by("pk")
            if lot.customer.erased_at is None and lot.customer.merged_into_id is None
        ]
        if not lots:
            return 0
        held = what_held(
            self.campaign.audience, [lot.customer_id for lot in lots], looking(self.at)
        )
        assigned = Assignment.objects.bulk_create(
            self._assignment(lot, held.get(lot.customer_id, []), codes)
            for lot, codes in self._with_codes(lots)
        )
        treated = [one for one in assigned if one.state == Assignment.State.GIVEN]
        deliver(list(self._deliveries(treated)), self.campaign, at=self.at)
        book_given(treated, self.campaign, at=self.at)
        return len(treated)

    def _with_codes(self, lots: list[Lot]) -> Iterator[tuple[Lot, Code | None]]:
        codes: dict[int, list[Code]] = {}
        for offer in self.offers.values():
            if offer.kind == Offer.Kind.DISCOUNT_CODE and offer.code_list_id is not None:
                count = sum(lot.arm.code == offer.code for lot in lots)
                codes[offer.pk] = hand_out(offer.code_list_id, count, at=self.at)
        for lot in lots:
            yield lot, (codes.get(self.offers[lot.arm.code].pk) or [None]).pop()  # type: ignore[list-item]

    def _assignment(self, lot: Lot, held: list[dict[str, object]], code: Code | None) -> Assignment:
        offer = self.offers[lot.arm.code]
        expires_at = self.at + timedelta(days=offer.valid_days)
        own = give_of_programme(lot, offer, self.campaign, at=self.at)
        if own.refused:
            return self._refused(lot, offer, own, held)
        return Assignment(
            campaign=self.campaign,
            lot=lot,
            customer=lot.customer,
            offer=offer,
            reservation=self._reserve(lot, offer, expires_at),
            code=code,
            issued=own.issued,
            claim=own.claim,
            at=self.at,
            expires_at=expires_at,
            held=held,
        )

    def _refused(
        self, lot: Lot, offer: Offer, own: Given, held: list[dict[str, object]]
    ) -> Assignment:
        """Write down that the programme had nothing for them any more; they count as the lot had it."""
        return Assignment(
            campaign=self.campaign, lot=lot, customer=lot.customer, offer=offer,
            state=Assignment.State.EXITED, exit_reason=own.refused, at=self.at,
            expires_at=self.at, ended_at=self.at, held=held,
        )  # fmt: skip

    def _reserve(self, lot: Lot, offer: Offer, expires_at: datetime) -> Reservation | None:
        most = offer.cost_minor + sum(step.cost_minor for step in steps_of(self.steps, offer))
        if not most:
            return None
        assert self.campaign.goal is not None
        if self.rail is not None:
            if most > self.rail:
                raise RailReached
            self.rail -= most
        return reserve_budget(
            self.campaign.goal,
            most,
            key=f"lot:{lot.pk}",
            expires_at=expires_at + GRACE,
            at=self.at,
        )

    def _deliveries(self, assigned: list[Assignment]) -> Iterator[Delivery]:
        for one in assigned:
            for day, step in days_of(steps_of(self.steps, one.offer)):
                due = self.at + timedelta(days=day)
                yield Delivery(assignment=one, step=step, channel=step.channel, due_at=due)


def hand_out(code_list: int, count: int, *, at: datetime) -> list[Code]:
    """Hand out so many codes of a list, each to one customer at most; raises when there are fewer."""
    free = Code.objects.select_for_update().filter(list=code_list, handed_at=None).order_by("pk")
    found = list(free[:count])
    if len(found) < count:  # another campaign took some at this moment
        found = list(free[:count])
    if len(found) < count:
        raise NoCodeLeft
    Code.objects.filter(pk__in=[code.pk for code in found]).update(handed_at=at)
    return found


def deliver(deliveries: list[Delivery], campaign: Campaign, *, at: datetime) -> None:
    """Write deliveries down and hand the first of each over, when it comes at once and to all.

    What waits, or asks something first, is looked at when its moment comes.
    """
    Delivery.objects.bulk_create(deliveries)
    first = {one.assignment_id: one for one in reversed(deliveries)}.values()
    due = [one for one in first if one.due_at <= at and not one.step.only_if]
    hand_over(sorted(due, key=lambda one: one.pk), campaign, at=at)


def hand_over(due: list[Delivery], campaign: Campaign, *, at: datetime) -> None:
    """Queue what is due with its channel; each delivery has a key of its own."""
    by_step: dict[int, list[Delivery]] = {}
    for one in due:
        by_step.setdefault(one.step_id, []).append(one)
    for many in by_step.values():
        step = many[0].step
        contacts = {one.pk: _handing(one, campaign, at) for one in many}
        channel = channel_of(step.channel)
        queued = channel.hand_over(
            step.content, list(contacts.values()), purpose=campaign.purpose, at=at
        )
        for one in many:
            setattr(one, f"{channel.kept_in}_id", queued.get(contacts[one.pk].key))
        Delivery.objects.bulk_update(many, [channel.kept_in])


def _handing(one: Delivery, campaign: Campaign, at: datetime) -> Handing:
    assignment = one.assignment
    customer: Customer = assignment.customer
    return Handing(
        customer=customer,
        key=f"delivery:{one.pk}",
        facts=facts_of(one, at=at),
        sender_ref=f"campaign:{campaign.pk}:assignment:{assignment.pk}:step:{one.step_id}",
        due_at=at,
    )

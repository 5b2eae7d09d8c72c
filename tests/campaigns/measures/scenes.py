"""For each measure a scene: what makes customers due for it, what keeps one out, what its mail says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from campaigns.world import AS_OF
from loyalty.lots import leave_out
from stamgast.customers.actions import add_interaction, close_complaint
from stamgast.customers.models import Answer, Consent, Customer
from stamgast.events.actions import tell
from stamgast.loyalty.actions import grant_points, join_programme, start_programme
from stamgast.loyalty.models import Member, MemberTier, PointsLot, Programme, Referral, Tier
from stamgast.loyalty.tiers.actions import set_tier
from stamgast.sales.models import Contract, Order, Product
from stamgast.scoring.models import BondScore, CurrentRun, Run, Score, Suggestion
from stamgast.signals.actions import close_event, record_event
from stamgast.signals.models import OutsideEvent

People = Sequence[Customer]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scene:
    """One measure as it is played: `due` makes people due, each of `out` keeps one of them out."""

    due: Callable[[People, datetime], None]
    says: str  # in the Dutch mail of the first contact
    out: Mapping[str, Callable[[Customer, datetime], None]] = field(default_factory=dict)
    happens: Callable[[People, datetime], None] | None = None  # what the trigger hears


def scored(people: People, **facts: Any) -> None:
    Score.objects.filter(customer__in=people).update(**facts)


def ordered(people: People, times: int, at: datetime) -> None:
    Order.objects.bulk_create(
        Order(
            customer=one, number=f"R-{one.pk}-{n}", ordered_at=at - (30 + 40 * n) * DAY,
            day=(at - (30 + 40 * n) * DAY).date(), currency="EUR", total_minor=6050,
            revenue_minor=5000, margin_minor=2000, is_purchase=True, units=1,
        )
        for one in people
        for n in range(times)
    )  # fmt: skip


def joined(people: People, at: datetime, points: int = 0) -> None:
    if not Programme.objects.filter(started_at__isnull=False).exists():
        start_programme(at=at, by="test", since=at - 400 * DAY)
    for one in people:
        member, _ = join_programme(one, at=at, joined_at=at - 200 * DAY)
        if points:
            key = f"start:{one.pk}"
            grant_points(member, points, at=at - 190 * DAY, key=key, by="test", reason="start")


def member_of(customer: Customer) -> Member:
    return Member.objects.get(customer=customer)


def suggested(kind: str, **facts: Any) -> Callable[[People, datetime], None]:
    def due(people: People, at: datetime) -> None:
        run = Run.objects.get()
        CurrentRun.objects.update(suggested=run)
        mill, _ = Product.objects.get_or_create(sku="MILL", defaults={"name": "Molen"})
        beans, _ = Product.objects.get_or_create(sku="BEANS", defaults={"name": "Bonen"})
        Suggestion.objects.bulk_create(
            Suggestion(
                run=run, customer=one, kind=kind, place=1, because=beans,
                product=beans if kind == "again" else mill, **facts,
            )
            for one in people
        )  # fmt: skip

    return due


def out_of_stock(customer: Customer, at: datetime) -> None:
    gone = Product.objects.create(sku=f"GONE-{customer.pk}", name="Op", in_stock=False)
    Suggestion.objects.filter(customer=customer).update(product=gone)


def complained(people: People, at: datetime, *, ago: int) -> None:
    for one in people:
        said = add_interaction(one, kind="complaint", text="Kapot", at=at - (ago + 5) * DAY)
        close_complaint(said, outcome="Nieuw gestuurd", at=at - ago * DAY)


def complains(customer: Customer, at: datetime) -> None:
    add_interaction(customer, kind="complaint", text="Weer kapot", at=at)


def heard(customer: Customer, at: datetime) -> None:
    add_interaction(customer, kind="email", text="Aanbod", is_ours=True, at=at - DAY)


def answered(choice: str) -> Callable[[People, datetime], None]:
    def due(people: People, at: datetime) -> None:
        lost(people, at)
        for one in people:
            say(one, at, question="why_leave", choice=choice)

    return due


def say(customer: Customer, at: datetime, **facts: Any) -> None:
    Answer.objects.create(customer=customer, answered_at=at - 20 * DAY, source="link", **facts)


def lost(people: People, at: datetime) -> None:
    scored(
        people, stage="lost", last_day=AS_OF - 300 * DAY, days_silent=300, orders=6,
        margin_minor=12_000,
    )  # fmt: skip


def let_down(people: People, at: datetime) -> None:
    lost(people, at)
    complained(people, at, ago=320)


def brought_little(customer: Customer, at: datetime) -> None:
    scored([customer], margin_minor=1_200)  # two euro an order: less than the offer costs


def kind_of(people: People, kind: str) -> None:
    run = Run.objects.get()
    BondScore.objects.bulk_create(
        BondScore(
            run=run, customer=one, kind=kind, held_by="economic", recommend=0.8,
            recommend_low=0.6, recommend_high=0.9,
            **{
                f"{bond}{end}": 0.5
                for bond in ("situational", "economic", "legal", "technical", "emotional")
                for end in ("", "_low", "_high", "_coverage")
            },
        )
        for one in people
    )  # fmt: skip


# --- what makes customers due -------------------------------------------------------------------


def bought_once(days: int) -> Callable[[People, datetime], None]:
    def due(people: People, at: datetime) -> None:
        first = AS_OF - days * DAY
        scored(people, orders=1, stage="new", first_day=first, last_day=first, days_silent=days)

    return due


def have_birthday(people: People, at: datetime) -> None:
    joined(people, at)
    for one in people:
        Customer.objects.filter(pk=one.pk).update(birth_date=date(1980, at.month, at.day))


def bought_often(people: People, at: datetime) -> None:
    scored(people, stage="active")
    ordered(people, 5, at)


def reach_tier(people: People, at: datetime) -> None:
    gold, _ = Tier.objects.get_or_create(code="gold", defaults={"name": "Goud", "threshold": 9})
    for one in people:
        member = member_of(one)
        MemberTier.objects.create(member=member, tier=gold, since=at)
        tell("tier_reached", at=at, actor="test", subject="customer", subject_id=one.pk)


def complaint_ends(people: People, at: datetime) -> None:
    for one in people:
        said = add_interaction(one, kind="complaint", text="Laat", at=at - 5 * DAY)
        close_complaint(said, outcome="Excuses", at=at)


def are_loyal(people: People, at: datetime) -> None:
    scored(people, stage="active")
    kind_of(people, "true")


def would_recommend(people: People, at: datetime) -> None:
    joined(people, at)
    for one in people:
        say(one, at, question="nps", score=9, out_of=10)


def brought(customer: Customer, at: datetime) -> None:
    friend = Customer.objects.create(made_at=at, changed_at=at)
    Referral.objects.create(member=member_of(customer), friend=friend, at=at)


def may_ask(people: People, at: datetime) -> None:
    scored(people, stage="active")
    Consent.objects.bulk_create(
        Consent(
            customer=one, channel="email", purpose="survey", is_granted=True, source="checkout",
            at=at - 300 * DAY,
        )
        for one in people
    )  # fmt: skip


def was_asked(customer: Customer, at: datetime) -> None:
    Answer.objects.create(
        customer=customer, question="why_stay", asked_at=at - 30 * DAY, source="link"
    )


def competitor_cuts(people: People, at: datetime) -> None:
    ordered(people, 2, at)
    if not OutsideEvent.objects.exists():
        record_event(kind="competitor_price_cut", title="Goedkoop", starts_on=AS_OF, at=at)


def sign(people: People, at: datetime) -> None:
    Contract.objects.bulk_create(
        Contract(
            customer=one, number=f"K-{one.pk}", started_on=date(2025, 1, 15),
            ends_on=AS_OF + 60 * DAY, currency="EUR",
        )
        for one in people
    )  # fmt: skip


def give_notice(customer: Customer, at: datetime) -> None:
    Contract.objects.filter(customer=customer).update(notice_on=AS_OF - DAY)


def points_end_soon(customer: Customer, at: datetime) -> None:
    PointsLot.objects.filter(wallet__member__customer=customer).update(expires_at=at + 9 * DAY)


def end_signal(at: datetime) -> None:
    event = OutsideEvent.objects.get()
    OutsideEvent.objects.filter(pk=event.pk).update(starts_on=AS_OF - 9 * DAY)
    close_event(event, ends_on=AS_OF - DAY, at=at)


SCENES: Mapping[str, Scene] = {
    "welcome": Scene(
        bought_once(5), "Welkom bij Koffiehuis", {"bought long ago": lambda c, at: bought_once(40)([c], at)}
    ),
    "second_purchase": Scene(
        bought_once(30), "Bevalt het?", {"heard from us": heard, "bought twice": lambda c, at: scored([c], orders=2)}
    ),
    "replenishment": Scene(
        suggested("again", due_on=AS_OF + 3 * DAY, days=30),
        "na zo’n 30 dagen",
        {"out of stock": out_of_stock, "heard from us": heard},
    ),
    "complete_it": Scene(
        suggested("together"), "Wie Bonen kocht", {"out of stock": out_of_stock}
    ),
    "one_step_up": Scene(
        suggested("step_up"),
        "Een stap beter dan Bonen",
        {"bought once": lambda c, at: scored([c], orders=1), "out of stock": out_of_stock},
    ),
    "birthday": Scene(
        have_birthday,
        "We gaven u 250 punten",
        {"another day": lambda c, at: _born(c, date(1980, 3, 1)), "left": lambda c, at: _leaves(c, at)},
    ),
    "thank_you": Scene(
        bought_often, "Alleen onze dank", {"four orders": lambda c, at: _one_less(c)}
    ),
    "tier_reached": Scene(
        lambda people, at: joined(people, at),
        "Welkom bij Goud",
        {"complains": complains},
        happens=reach_tier,
    ),
    "early_access": Scene(
        are_loyal,
        "Eerst voor u",
        {
            "not loyal": lambda c, at: _bond_is(c, "none"),
            "without it by lot": lambda c, at: _is_left_out(c, at),
        },
    ),
    "ambassador": Scene(
        would_recommend, "een eigen code om door te geven", {"brought somebody": brought}
    ),
    "unused_points": Scene(
        lambda people, at: joined(people, at, points=300),
        "staan 300 punten",
        {"their points end": points_end_soon},
    ),
    "ask_why": Scene(may_ask, "Waarom koos u voor ons", {"asked lately": was_asked}),
    "service_recovery": Scene(
        lambda people, at: None,
        "Voor het ongemak krijgt u",
        {"complains again": complains},
        happens=complaint_ends,
    ),
    "price_answer": Scene(competitor_cuts, "", {"never bought": lambda c, at: _bought_nothing(c)}),
    "save_offer": Scene(
        lambda people, at: None, "Vul bij het afrekenen", {"complains": complains, "heard": heard}
    ),
    "contract_renewal": Scene(
        sign, "loopt uw contract af", {"gave notice": give_notice, "complains": complains}
    ),
    "win_back": Scene(
        lost,
        "We hebben u gemist",
        {
            "costs more than it brings": brought_little,
            "said why": lambda c, at: say(c, at, question="why_leave", choice="price"),
        },
    ),
    "win_back_service": Scene(
        let_down,
        "Dat had beter gemoeten",
        {"costs more than it brings": brought_little, "complains": complains},
    ),
    "win_back_price": Scene(
        answered("price"),
        "onze prijs de reden was",
        {"costs more than it brings": brought_little},
    ),
}  # fmt: skip


def _born(customer: Customer, day: date) -> None:
    Customer.objects.filter(pk=customer.pk).update(birth_date=day)


def _leaves(customer: Customer, at: datetime) -> None:
    Member.objects.filter(customer=customer).update(left_at=at)


def _one_less(customer: Customer) -> None:
    Order.objects.filter(customer=customer).order_by("pk")[:1].get().delete()


def _bought_nothing(customer: Customer) -> None:
    Order.objects.filter(customer=customer).delete()


def _is_left_out(customer: Customer, at: datetime) -> None:
    joined([customer], at)
    first = {"kind": "early_access", "text": "First to see"}
    gold = set_tier(name="First", threshold=10**6, benefits=[first], at=at)
    leave_out(member_of(customer), gold.benefits.get(), at=at)


def _bond_is(customer: Customer, kind: str) -> None:
    scored([customer], margin_365_minor=100)
    BondScore.objects.filter(customer=customer).update(kind=kind)

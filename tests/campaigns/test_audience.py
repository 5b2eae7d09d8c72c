"""Readable conditions find whom they say, refuse what cannot be read, and tell why somebody is in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from campaigns.base import AS_OF, bond, score_cast
from cast import buy
from loyalty.lots import leave_out
from stamgast.campaigns.audience import (
    audience_size,
    kinds,
    looking,
    members,
    read_audience,
    what_held,
)
from stamgast.campaigns.audience.members import compiled
from stamgast.campaigns.errors import BadAudience
from stamgast.customers.actions import add_interaction, close_complaint, record_consent
from stamgast.customers.models import Answer, Customer
from stamgast.database.bulk import select
from stamgast.loyalty.actions import (
    grant_points,
    join_programme,
    set_programme,
    spend_points,
    start_programme,
)
from stamgast.loyalty.models import MemberTier, PointsLot, Referral, Tier, TierBenefit
from stamgast.mail.models import Click, KeptContent, Message
from stamgast.sales.models import Contract, Order, Product
from stamgast.scoring.models import CurrentRun, Run, Suggestion
from stamgast.signals.actions import record_event
from stamgast.signals.models import OutsideEvent

People = dict[str, Customer]


@pytest.fixture
def base(everybody: People, at: datetime) -> People:
    """The cast, scored: with a contract, a complaint, an answer and a bond among them."""
    run = score_cast(everybody)
    bond(run, everybody["anna"], "true", emotional=0.8)
    bond(run, everybody["bram"], "spurious", subtype="bought", ends_on=AS_OF + timedelta(days=20))
    Contract.objects.create(
        customer=everybody["eva"],
        number="K-1",
        started_on=date(2025, 3, 9),
        ends_on=date(2026, 12, 31),
        notice_on=date(2026, 11, 1),
        currency="EUR",
    )
    add_interaction(everybody["eva"], kind="complaint", text="Broken", at=at)
    add_interaction(everybody["anna"], kind="call", text="Hello", is_ours=True, at=at)
    for name, score in (("anna", 9), ("carla", 3)):
        Answer.objects.create(
            customer=everybody[name],
            question="nps",
            out_of=10,
            score=score,
            answered_at=at - timedelta(days=40),
            source="import",
        )
    Answer.objects.create(
        customer=everybody["carla"],
        question="why_leave",
        choice="price",
        answered_at=at,
        source="import",
    )
    buy(everybody["daan"], "T-1", on=at - timedelta(days=3), names=["Tea"])
    return everybody


def who(document: Any, people: People, at: datetime, **options: Any) -> str:
    audience = read_audience({"version": 1, "who": document})
    look = looking(at)
    found = members(audience, look.at_only(options["ids"]) if options else look)
    if not options:
        assert audience_size(audience, look) == len(found)
    names = {person.pk: name for name, person in people.items()}
    return " ".join(sorted(names[pk] for pk in found))


THE_EVENT = -1  # stands for the one outside event that there is

CASES: list[tuple[dict[str, Any], str]] = [
    ({"is": "stage", "in": ["drifting", "lost"]}, "bram carla"),
    ({"is": "silent_longer_than_usual", "percent": 100}, "bram carla"),
    ({"is": "silent_longer_than_usual", "percent": 400}, "carla"),
    ({"is": "last_bought", "at_most": 30}, "anna daan eva"),
    ({"is": "last_bought", "at_least": 60, "at_most": 365}, "bram"),
    ({"is": "first_bought", "at_most": 30}, "daan"),
    ({"is": "orders", "at_least": 1, "at_most": 1}, "daan"),
    ({"is": "next_step", "in": ["win_back"]}, "carla"),
    ({"is": "value", "at_least": 5_000}, "anna eva"),
    ({"is": "highest_value", "percent": 20}, "anna"),
    ({"is": "revenue", "at_most": 4_000}, "daan eva"),
    ({"is": "margin", "at_least": 10_000}, "anna bram carla"),
    ({"is": "discount_share", "at_least": 20}, "carla"),
    ({"is": "returns", "at_most": 0}, "anna bram carla daan eva"),
    ({"is": "country", "in": ["BE"]}, "carla"),
    ({"is": "channel", "in": ["web"]}, "anna bram carla daan eva"),
    ({"is": "shop", "in": ["Utrecht"]}, ""),
    ({"is": "loyalty", "in": ["true"]}, "anna"),
    ({"is": "loyalty", "in": ["spurious", "unknown"]}, "bram carla daan eva"),
    ({"is": "stays_because", "in": ["bought"]}, "bram"),
    ({"is": "bond", "bond": "emotional", "at_least": 60}, "anna"),
    ({"is": "bond_ends", "days": 30}, "bram"),
    ({"is": "bond_ends", "days": 10}, ""),
    ({"is": "ordered", "days": 60}, "anna daan eva"),
    ({"is": "ordered", "times": 2, "days": 80}, "anna daan eva"),
    ({"is": "bought_category", "in": ["Tea"]}, ""),
    ({"is": "bought_product", "in": ["TEA"]}, "daan"),
    ({"is": "bought_product", "in": ["TEA"], "days": 2}, ""),
    ({"is": "bought_product", "in": ["TEA"], "times": 2}, ""),
    ({"is": "bought_brand", "in": ["House"]}, ""),
    ({"is": "used_code"}, "bram"),
    ({"is": "used_code", "in": ["WELCOME"], "days": 365}, "bram"),
    ({"is": "used_code", "in": ["OTHER"]}, ""),
    ({"is": "returned_order"}, ""),
    ({"is": "has_contract"}, "eva"),
    ({"is": "contract_ends", "days": 60}, "eva"),
    ({"is": "contract_ends", "days": 30}, ""),
    ({"is": "gave_notice"}, "eva"),
    ({"is": "complaint_open"}, "eva"),
    ({"is": "complained", "days": 7}, "eva"),
    ({"is": "answered_score", "question": "nps", "at_most": 6}, "carla"),
    ({"is": "answered_score", "question": "nps", "at_least": 9, "days": 90}, "anna"),
    ({"is": "answered_score", "question": "nps", "at_least": 9, "days": 30}, ""),
    ({"is": "answered_choice", "question": "why_leave", "in": ["price"]}, "carla"),
    ({"is": "contacted", "days": 14}, "anna"),
    ({"is": "clicked", "days": 30}, "anna"),
    ({"is": "clicked", "days": 3}, ""),
    ({"is": "referred"}, ""),
    ({"is": "allows", "channel": "email", "purpose": "offers"}, "anna bram carla daan"),
    ({"is": "known_since", "at_most": 30}, "daan"),
    ({"is": "is_kind", "in": ["company"]}, ""),
    ({"is": "language", "in": ["nl"]}, "anna"),
    ({"is": "lives_in", "in": ["Gent"]}, "carla"),
    ({"is": "exposed_to", "event": THE_EVENT}, "anna bram daan eva"),
    ({"is": "exposed_to", "event": 2**40}, ""),
    ({"is": "in_campaign", "days": 30}, ""),
    ({"is": "contract_ends", "days": 60, "at_least": 40}, "eva"),
    ({"is": "contract_ends", "days": 60, "at_least": 50}, ""),
    ({"is": "exposed_now", "in": ["competitor_price_cut"]}, "anna bram daan eva"),
    ({"is": "exposed_now", "in": ["stock_out"]}, ""),
    ({"is": "complaint_closed", "days": 30}, "bram"),
    ({"is": "complaint_closed", "days": 3}, ""),
    ({"is": "left_because", "in": ["price"]}, "carla"),
    ({"is": "left_because", "in": ["service"]}, "bram eva"),
    ({"is": "left_because", "in": ["range"]}, ""),
    ({"is": "birthday"}, "anna"),
    ({"is": "birthday", "days": 1}, "anna bram"),
    ({"is": "is_member"}, "anna bram"),
    ({"is": "joined", "days": 30}, "bram"),
    ({"is": "has_points", "at_least": 300}, "anna"),
    ({"is": "has_points", "at_least": 300, "days": 30}, ""),
    ({"is": "has_points", "at_least": 50, "days": 30}, "bram"),
    ({"is": "points_end", "days": 30}, "bram"),
    ({"is": "points_end", "days": 10}, ""),
    ({"is": "has_tier", "in": ["Gold"]}, "anna"),
    ({"is": "has_tier", "in": ["Silver"]}, ""),
    ({"is": "reached_tier", "days": 7}, "anna"),
    ({"is": "reached_tier", "days": 1}, ""),
    ({"is": "benefit_withheld", "in": ["early_access"]}, "anna"),
    ({"is": "benefit_withheld", "in": ["free_shipping", "other"]}, ""),
    ({"is": "brought_friend"}, "anna"),
    ({"is": "has_suggestion", "in": ["together", "step_up"]}, "anna"),
    ({"is": "has_suggestion", "in": ["again"]}, "daan"),
    ({"is": "runs_out", "days": 5}, "daan"),
    ({"is": "runs_out", "days": 1}, ""),
]


@pytest.fixture
def more(base: People, at: datetime) -> People:
    """What the cases name: a product number, a used code, an outside event."""
    Product.objects.filter(name="Tea").update(sku="TEA")
    Order.objects.filter(number="C-1002-95").update(discount_code="WELCOME")
    record_event(kind="competitor_price_cut", title="Cheap beans", starts_on=AS_OF, at=at)
    _follow_a_link(base, at)
    _take_part(base, at)
    _suggest(base)
    closed = add_interaction(base["bram"], kind="complaint", text="Late", at=at - timedelta(9))
    close_complaint(closed, outcome="Sent again", at=at - timedelta(days=5), by=None)
    for name, born in (("anna", date(1980, 11, 20)), ("bram", date(1975, 11, 21))):
        Customer.objects.filter(pk=base[name].pk).update(birth_date=born)
    return base


def _take_part(people: People, at: datetime) -> None:
    """Anna reached gold, brought Daan and spends points; Bram joined lately and lets his end."""
    start_programme(at=at, by="test", since=at - timedelta(days=400))
    set_programme(at=at, by="test", validity_months=24)
    anna, _ = join_programme(people["anna"], at=at, joined_at=at - timedelta(days=200))
    bram, _ = join_programme(people["bram"], at=at, joined_at=at - timedelta(days=20))
    grant_points(anna, 500, at=at, key="a", by="test", reason="welcome")
    spend_points(anna, 100, at=at, key="b")
    grant_points(bram, 60, at=at, key="c", by="test", reason="welcome")
    PointsLot.objects.filter(wallet__member=bram).update(expires_at=at + timedelta(days=20))
    gold = Tier.objects.create(code="gold", name="Gold", threshold=100)
    MemberTier.objects.create(member=anna, tier=gold, since=at - timedelta(days=3))
    Referral.objects.create(member=anna, friend=people["daan"], at=at)
    first = TierBenefit.objects.create(tier=gold, kind="early_access", text="First to see")
    leave_out(anna, first, at=at)


def _suggest(people: People) -> None:
    """Anna has something that goes with her tea; Daan's tea runs out; Bram's is out of stock."""
    run = Run.objects.get()
    CurrentRun.objects.update(suggested=run)
    tea = Product.objects.get(sku="TEA")
    pot = Product.objects.create(sku="POT", in_stock=True)
    gone = Product.objects.create(sku="GONE", in_stock=False)
    Suggestion.objects.bulk_create(
        Suggestion(
            run=run, customer=people[name], kind=kind, place=1, product=product, because=tea,
            due_on=due, days=20,
        )
        for name, kind, product, due in (
            ("anna", "together", pot, None), ("bram", "together", gone, None),
            ("daan", "again", tea, AS_OF + timedelta(days=4)),
        )
    )  # fmt: skip


def _follow_a_link(people: People, at: datetime) -> None:
    """Anna and Bram allow us to see what they follow; Bram's was a machine, Carla never agreed."""
    letter = KeptContent.objects.create(digest="0" * 64, document={}, made_at=at)
    for name in ("anna", "bram", "carla"):
        mail = Message.objects.create(
            key=name, customer=people[name], kind="campaign", content=letter, made_at=at, due_at=at
        )
        Click.objects.create(
            message=mail, place=1, at=at - timedelta(days=9), is_person=name != "bram"
        )
    for name in ("anna", "bram"):
        record_consent(
            people[name], channel="email", purpose="tracking", is_granted=True, source="page", at=at
        )


def test_a_condition_finds_whom_it_says(more: People, at: datetime) -> None:
    """All cases in one shop: it takes longer to make than to ask."""
    event, one = OutsideEvent.objects.get().pk, more["anna"].pk
    for case, fits in CASES:
        condition = {**case, "event": event} if case.get("event") == THE_EVENT else case
        assert who(condition, more, at) == fits, case
        others = {"anna", "bram", "carla", "daan", "eva"} - set(fits.split())
        assert who({"not": condition}, more, at) == " ".join(sorted(others)), case
        assert who(condition, more, at, ids=[one]) == ("anna" if "anna" in fits.split() else ""), (
            case
        )


def test_every_condition_is_tried() -> None:
    assert {condition["is"] for condition, _ in CASES} >= {
        code
        for code, kind in kinds().items()
        if kind.test.__module__.startswith("stamgast.campaigns.audience")
    }


def test_who_bought_many_products_is_found_without_fetching_all_lines(
    base: People, at: datetime
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL weighs anew by what the tables hold")
    audience = read_audience(
        {"version": 1, "who": {"is": "bought_category", "in": ["Tea", "Coffee"], "days": 365}}
    )
    for ids, reads in ((None, "SCAN l"), ([base["daan"].pk], "SEARCH l")):
        look = looking(at) if ids is None else looking(at).at_only(ids)
        part = compiled(audience, look)
        plan = select(f"EXPLAIN QUERY PLAN SELECT c.id {part.text}", part.filled)
        lines = next(step for *_, step in plan if step.split()[1] == "l")
        assert lines.startswith(f"{reads} USING COVERING INDEX line_order"), lines


def test_groups_hold_all_any_or_none(base: People, at: datetime) -> None:
    drifting, valued = {"is": "stage", "in": ["drifting"]}, {"is": "value", "at_least": 5_000}
    assert who({"all": [drifting, valued]}, base, at) == ""
    assert who({"any": [drifting, valued]}, base, at) == "anna bram eva"
    assert who({"all": [{"not": drifting}, {"not": valued}]}, base, at) == "carla daan"
    assert who({"not": {"any": [drifting, valued]}}, base, at) == "carla daan"


def test_whoever_is_erased_or_went_up_in_another_is_never_in(base: People, at: datetime) -> None:
    Customer.objects.filter(pk=base["anna"].pk).update(erased_at=at)
    Customer.objects.filter(pk=base["bram"].pk).update(merged_into=base["eva"])
    assert who({"not": {"is": "stage", "in": ["lost"]}}, base, at) == "daan eva"


def test_whoever_was_not_scored_yet_is_in_no_stage(base: People, at: datetime) -> None:
    from stamgast.scoring.models import Score

    Score.objects.filter(customer=base["daan"]).delete()
    assert who({"is": "stage", "in": ["new"]}, base, at) == ""
    assert "daan" in who({"not": {"is": "stage", "in": ["lost"]}}, base, at)


def test_consent_that_was_withdrawn_last_does_not_count(base: People, at: datetime) -> None:
    record_consent(
        base["bram"], channel="email", purpose="offers", is_granted=False, source="phone", at=at
    )
    assert who({"is": "allows", "channel": "email", "purpose": "offers"}, base, at) == (
        "anna carla daan"
    )


def test_a_changed_customer_is_looked_at_without_the_rest(base: People, at: datetime) -> None:
    ids = [base["anna"].pk, base["bram"].pk]
    document = {"not": {"is": "stage", "in": ["active"]}}
    assert who(document, base, at, ids=ids) == "bram"
    assert who(document, base, at, ids=[]) == ""


def test_it_tells_which_conditions_held_for_whom(base: People, at: datetime) -> None:
    drifting, valued = {"is": "stage", "in": ["drifting"]}, {"is": "value", "at_least": 5_000}
    audience = read_audience({"version": 1, "who": {"any": [drifting, {"not": valued}]}})
    held = what_held(audience, [base["bram"].pk, base["anna"].pk], looking(at))
    assert held == {base["bram"].pk: [drifting], base["anna"].pk: [valued]}


NOT_READABLE: list[tuple[Any, str, str]] = [
    (None, "version", "version"),
    ({"version": 2, "who": {}}, "version", "version"),
    ({"version": 1}, "who", "no_condition"),
    ({"version": 1, "who": {"is": "stage", "in": ["new"]}, "x": 1}, "x", "unknown_field"),
    ({"version": 1, "who": {"all": []}}, "who.all", "empty_group"),
    ({"version": 1, "who": {"is": "clever"}}, "who", "unknown_condition"),
    ({"version": 1, "who": {"is": ["stage"]}}, "who", "unknown_condition"),
    ({"version": 1, "who": {"is": "stage"}}, "who.in", "missing"),
    ({"version": 1, "who": {"is": "stage", "in": []}}, "who.in", "not_possible"),
    ({"version": 1, "who": {"is": "stage", "in": "new"}}, "who.in", "not_possible"),
    ({"version": 1, "who": {"is": "stage", "in": ["withheld"]}}, "who.in", "not_possible"),
    ({"version": 1, "who": {"is": "value"}}, "who.at_least", "missing"),
    ({"version": 1, "who": {"is": "value", "at_least": True}}, "who.at_least", "not_possible"),
    ({"version": 1, "who": {"is": "value", "at_least": 1.5}}, "who.at_least", "not_possible"),
    (
        {"version": 1, "who": {"all": [{"is": "value", "at_least": 9, "at_most": 1}]}},
        "who.all.0.at_most",
        "upside_down",
    ),
    ({"version": 1, "who": {"is": "stage", "in": ["new"], "or": 1}}, "who.or", "unknown_field"),
    ({"version": 1, "who": {"is": "lives_in", "in": ["  "]}}, "who.in", "not_possible"),
    ({"version": 1, "who": {"is": "lives_in", "in": ["x" * 121]}}, "who.in", "not_possible"),
    ({"version": 1, "who": {"all": [{"is": "referred"}], "any": []}}, "who", "no_condition"),
    ({"version": 1, "who": {"all": [{"is": "referred"}] * 41}}, "who", "too_many"),
]


@pytest.mark.parametrize(("document", "place", "problem"), NOT_READABLE)
def test_refuses_what_cannot_be_read_and_says_where(
    document: Any, place: str, problem: str
) -> None:
    with pytest.raises(BadAudience) as refused:
        read_audience(document)
    assert refused.value.facts == {"place": place, "problem": problem}


def test_refuses_groups_within_groups_without_end() -> None:
    node: dict[str, Any] = {"is": "referred"}
    for _ in range(8):
        node = {"not": node}
    with pytest.raises(BadAudience) as refused:
        read_audience({"version": 1, "who": node})
    assert refused.value.facts["problem"] == "too_deep"


def test_a_name_with_a_quotation_mark_stays_a_name(base: People, at: datetime) -> None:
    assert who({"is": "lives_in", "in": ["'; DROP TABLE x; --", "100%s"]}, base, at) == ""
    assert Customer.objects.count() == 5


def test_what_was_read_reads_the_same_again() -> None:
    written = {"version": 1, "who": {"is": "lives_in", "in": [" Gent ", "Gent"]}}
    read = read_audience(written)
    assert read == {"version": 1, "who": {"is": "lives_in", "in": ["Gent"]}}
    assert read_audience(read) == read

"""Points and tiers tell scoring what somebody would lose by leaving."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib.metadata import entry_points

from loyalty.lots import leave_out
from loyalty.till import give
from stamgast.insight.bonds.contract import EVIDENCE
from stamgast.loyalty.actions import earn_points, leave_programme, spend_points
from stamgast.loyalty.evidence import told
from stamgast.loyalty.models import Member, MemberTier, Tier, TierBenefit
from stamgast.loyalty.tiers.actions import set_tier


def seen(as_of: date) -> dict[tuple[int, str], float]:
    rows = told(as_of).to_pylist()
    return {(row["customer_id"], row["indicator"]): row["value"] for row in rows}


def test_points_bind_by_what_they_are_worth(member: Member, other: Member, at: datetime) -> None:
    give(member, 250, at=at, key="a")
    earn_points(other, 2_000, at=at, key="b")
    today = at.date()
    assert seen(today) == {
        (member.customer_id, "benefit_later"): 0.5,
        (other.customer_id, "benefit_later"): 1.0,
    }
    assert seen(today - timedelta(days=1)) == {}


def test_the_past_is_told_as_it_was(member: Member, at: datetime) -> None:
    give(member, 250, at=at)
    spend_points(member, 250, at=at + timedelta(days=1), key="s")
    assert seen(at.date()) == {(member.customer_id, "benefit_later"): 0.5}
    assert seen(at.date() + timedelta(days=1)) == {}


def test_who_left_has_nothing_to_lose(member: Member, at: datetime) -> None:
    give(member, 250, at=at)
    leave_programme(member, at=at + timedelta(days=1))
    assert seen(at.date() + timedelta(days=1)) == {}
    assert seen(at.date()) != {}


def test_a_tier_that_gives_something_binds(member: Member, at: datetime) -> None:
    tier = Tier.objects.create(code="gold", name="Gold", threshold=10)
    TierBenefit.objects.create(tier=tier, kind="free_shipping", text="Free", value_minor=400)
    MemberTier.objects.create(member=member, tier=tier, since=at)
    assert seen(at.date()) == {(member.customer_id, "tier_benefit"): 0.4}
    assert seen(at.date() - timedelta(days=1)) == {}


def test_a_benefit_that_the_lot_keeps_from_somebody_does_not_bind_them(
    member: Member, other: Member, at: datetime
) -> None:
    benefits = [
        {"kind": "early_access", "text": "First", "value_minor": 300},
        {"kind": "other", "text": "Thanks", "value_minor": 100},
    ]
    gold = set_tier(name="Gold", threshold=10, benefits=benefits, at=at)
    for one in (member, other):
        MemberTier.objects.create(member=one, tier=gold, since=at)
    leave_out(member, gold.benefits.get(kind="early_access"), at=at)
    assert seen(at.date()) == {
        (member.customer_id, "tier_benefit"): 0.1,
        (other.customer_id, "tier_benefit"): 0.4,
    }


def test_it_has_the_columns_that_scoring_asks_for(member: Member, at: datetime) -> None:
    needed = {column.name for column in EVIDENCE if not column.is_optional}
    assert set(told(at.date()).column_names) == needed


def test_scoring_finds_it_by_its_entry_point(repository: object) -> None:
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(str(repository)) / "pyproject.toml").read_text("utf-8"))
    points = project["project"]["entry-points"]["stamgast.evidence"]
    assert points["loyalty"] == "stamgast.loyalty.evidence:told"
    installed = {point.name: point.value for point in entry_points(group="stamgast.evidence")}
    assert installed.get("loyalty", points["loyalty"]) == points["loyalty"]

"""The lot: who is one unit, what it gives, and that nothing ever changes it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.shops import make_customers
from stamgast.customers.actions import record_customer
from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.measurement import rules
from stamgast.measurement.actions import (
    ArmPlan,
    book_cost,
    draw_lots,
    end_experiment,
    note_treatment,
    open_experiment,
    write_lots,
)
from stamgast.measurement.errors import (
    AlreadyStanding,
    BadArms,
    BadExperiment,
    BeforeItBegan,
    ExperimentEnded,
    NeedsReason,
)
from stamgast.measurement.households import group, households_of
from stamgast.measurement.models import Cost, Experiment, Lot, Treatment
from stamgast.measurement.queries import held_out, holds_out, in_standing_control
from stamgast.privacy.actions import erase_person, merge_customers, unmerge_customers
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db
HALVES = (ArmPlan("control", 0.5, is_control=True), ArmPlan("mail", 0.5))
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def begin(key: str = "e1", **facts: object) -> Experiment:
    told = {
        "kind": "campaign",
        "name": "Save offer",
        "arms": HALVES,
        "window_days": 60,
        "after_days": 90,
        "at": AT,
        "key": key,
    }
    return open_experiment(**{**told, **facts})  # type: ignore[arg-type]


def _ids(people: list[Customer]) -> list[int]:
    return [one.pk for one in people]


# --- beginning ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arms", "why"),
    [
        ([("control", 0.0, True), ("mail", 1.0, False)], "share"),
        ([("control", 1.0, True), ("mail", 0.0, False)], "share"),
        ([("control", float("nan"), True), ("mail", 0.5, False)], "share"),
        ([("one", 0.5, False), ("two", 0.5, False)], "control"),
        ([("one", 0.5, True), ("two", 0.5, True)], "control"),
        ([("control", 0.5, True)], "control"),
        ([("mail", 0.5, True), ("mail", 0.5, False)], "codes"),
        ([("control", 0.5, True), ("", 0.5, False)], "codes"),
        ([("control", 0.5, True), ("mail", 0.4, False)], "sum"),
    ],
)
def test_refuses_arms_that_cannot_show_anything(
    arms: list[tuple[str, float, bool]], why: str
) -> None:
    with pytest.raises(BadArms) as refused:
        begin(arms=[ArmPlan(*arm) for arm in arms])
    assert refused.value.facts["why"] == why
    assert not Experiment.objects.exists()


def test_thirds_add_up_to_one() -> None:
    begin(arms=[ArmPlan("c", 1 / 3, is_control=True), ArmPlan("a", 1 / 3), ArmPlan("b", 1 / 3)])
    shares = Experiment.objects.get().arms.values_list("share", flat=True)
    assert sum(shares) == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "  "}, "name"),
        ({"kind": "hunch"}, "kind"),
        ({"window_days": 0}, "window_days"),
        ({"after_days": 5000}, "after_days"),
    ],
)
def test_refuses_an_experiment_that_cannot_be_kept(facts: dict[str, object], field: str) -> None:
    with pytest.raises(BadExperiment) as refused:
        begin(**facts)
    assert refused.value.facts == {"field": field}


def test_the_same_key_is_one_experiment_and_other_facts_are_refused() -> None:
    assert begin().pk == begin().pk
    assert Event.objects.filter(kind="experiment_started").count() == 1
    with pytest.raises(KeyReused):
        begin(name="Another")
    with pytest.raises(KeyReused):
        begin(arms=[ArmPlan("control", 0.1, is_control=True), ArmPlan("mail", 0.9)])


def test_there_is_one_standing_control() -> None:
    first = begin(kind="standing")
    with pytest.raises(AlreadyStanding):
        begin(key="e2", kind="standing")
    end_experiment(first, at=AT)
    assert begin(key="e3", kind="standing").pk != first.pk


# --- drawing -----------------------------------------------------------------------------------


def test_the_same_customer_keeps_the_same_arm(at: datetime) -> None:
    people = make_customers(300, at)
    experiment = begin()
    first = {lot.customer_id: lot.arm_id for lot in draw_lots(experiment, _ids(people), at=at)}
    again = draw_lots(experiment, reversed(_ids(people)), at=at + timedelta(days=1), round=2)
    assert {lot.customer_id: lot.arm_id for lot in again} == first
    assert {lot.round for lot in again} == {1}
    assert [lot.customer_id for lot in again] == _ids(people)[::-1]
    assert 100 < sum(lot.arm.is_control for lot in again) < 200


def test_probability_and_arm_are_those_that_the_salt_gives(at: datetime) -> None:
    shares = [ArmPlan("c", 0.2, is_control=True), ArmPlan("a", 0.5), ArmPlan("b", 0.3)]
    experiment = begin(arms=shares)
    for lot in draw_lots(experiment, _ids(make_customers(50, at)), at=at):
        assert lot.unit == rules.unit_of(experiment.salt, lot.customer_id)
        place = rules.place_of(experiment.salt, lot.unit)
        position = rules.arm_at(place, [0.2, 0.5, 0.3])
        assert lot.arm.position == position
        assert lot.probability == Decimal(str(shares[position].share))


def test_another_experiment_draws_anew(at: datetime) -> None:
    people = _ids(make_customers(200, at))
    one = [lot.arm.code for lot in draw_lots(begin(), people, at=at)]
    other = [lot.arm.code for lot in draw_lots(begin("e2"), people, at=at)]
    alike = sum(a == b for a, b in zip(one, other, strict=True))
    assert 60 < alike < 140


def test_arms_get_their_shares(at: datetime) -> None:
    experiment = begin(
        arms=[ArmPlan("c", 0.1, is_control=True), ArmPlan("a", 0.6), ArmPlan("b", 0.3)]
    )
    write_lots(experiment, _ids(make_customers(6000, at)), at=at)
    drawn = Counter(Lot.objects.values_list("arm__code", flat=True))
    assert drawn["c"] == pytest.approx(600, abs=80)
    assert drawn["a"] == pytest.approx(3600, abs=120)


def test_a_household_shares_an_arm(at: datetime) -> None:
    people = make_customers(60, at)
    for n, one in enumerate(people):
        one.postcode, one.house_number = "1234AB", str(n // 3)
    Customer.objects.bulk_update(people, ["postcode", "house_number"])
    lots = draw_lots(begin(), _ids(people), at=at)
    for start in range(0, 60, 3):
        assert len({(lot.unit, lot.arm_id) for lot in lots[start : start + 3]}) == 1
    assert len({lot.unit for lot in lots}) == 20


def test_who_joins_a_household_later_gets_the_arm_it_has(at: datetime) -> None:
    experiment = begin()
    people = make_customers(40, at)
    lots = {lot.customer_id: lot for lot in draw_lots(experiment, _ids(people[:20]), at=at)}
    for old, new in zip(people[:20], people[20:], strict=True):
        Customer.objects.filter(pk=new.pk).update(email=old.email)
    for old, lot in zip(people[:20], draw_lots(experiment, _ids(people[20:]), at=at), strict=True):
        assert (lot.arm_id, lot.unit) == (lots[old.pk].arm_id, lots[old.pk].unit)
        assert not lot.is_crossing


def test_who_joins_two_households_gets_the_first_and_is_counted(at: datetime) -> None:
    experiment = begin()
    people = make_customers(60, at)
    lots = draw_lots(experiment, _ids(people), at=at)
    first = lots[0]
    other = next(lot for lot in lots if lot.arm_id != first.arm_id)
    Customer.objects.filter(pk=other.customer_id).update(postcode="1234AB", house_number="1")
    between = Customer.objects.create(
        email="k1@example.nl", postcode="1234AB", house_number="1", made_at=at, changed_at=at
    )
    (lot,) = draw_lots(experiment, [between.pk], at=at)
    assert (lot.arm_id, lot.unit) == (first.arm_id, first.unit)
    assert lot.is_crossing


def test_an_address_that_many_share_is_no_household(at: datetime) -> None:
    people = make_customers(30, at)
    Customer.objects.update(postcode="1234AB", house_number="1")
    assert {len(home) for home in households_of(_ids(people)).values()} == {1}


def test_elsewhere_a_postcode_without_its_street_is_no_address(at: datetime) -> None:
    people = make_customers(4, at)
    Customer.objects.update(postcode="9000", house_number="3")
    assert {len(home) for home in households_of(_ids(people)).values()} == {1}
    Customer.objects.update(street="Veldstraat")
    assert {len(home) for home in households_of(_ids(people)).values()} == {4}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "a@x.nl", "b@x.nl", "c@x.nl"]),
            st.sampled_from(["", "1111AA", "2222BB"]),
            st.sampled_from(["", "Veldstraat"]),
            st.sampled_from(["", "1", "2 a"]),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_asking_around_finds_the_same_households_as_reading_everyone(
    facts: list[tuple[str, str, str, str]],
) -> None:
    Customer.objects.all().delete()
    people = Customer.objects.bulk_create(
        Customer(
            email=email,
            postcode=code,
            street=street,
            house_number=number,
            made_at=AT,
            changed_at=AT,
        )
        for email, code, street, number in facts
    )
    whole = group((one.pk, *fact) for one, fact in zip(people, facts, strict=True))
    assert households_of(_ids(people)) == whole
    assert households_of([people[0].pk]) == {people[0].pk: whole[people[0].pk]}


def test_erased_and_merged_records_get_no_lot(anna: Customer, bram: Customer, at: datetime) -> None:
    merge_customers(anna, bram, at=at, by="test")
    assert [lot.customer_id for lot in draw_lots(begin(), [anna.pk, bram.pk], at=at)] == [anna.pk]


def test_refuses_to_draw_after_the_end_and_before_the_beginning(
    anna: Customer, at: datetime
) -> None:
    experiment = begin()
    with pytest.raises(BeforeItBegan):
        draw_lots(experiment, [anna.pk], at=at - timedelta(days=1))
    end_experiment(experiment, at=at)
    with pytest.raises(ExperimentEnded):
        draw_lots(experiment, [anna.pk], at=at)
    assert not Lot.objects.exists()


# --- never changed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"arm_id": 2},
        {"unit": "0"},
        {"probability": 1},
        {"round": 2},
        {"is_standing": True},
        {"is_crossing": True},
        {"assigned_at": AT},
        {"day": date(2026, 11, 20)},
        {"experiment_id": 1},
    ],
)
def test_the_database_refuses_to_change_a_lot(
    anna: Customer, change: dict[str, object], at: datetime
) -> None:
    (lot,) = draw_lots(begin(), [anna.pk], at=at)
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(**change)
    assert Lot.objects.get() == lot


def test_a_merge_moves_the_lot_and_an_unmerge_gives_it_back(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    draw_lots(begin(), [bram.pk], at=at)
    merge = merge_customers(anna, bram, at=at, by="test")
    assert Lot.objects.get().customer_id == anna.pk
    unmerge_customers(merge, at=at, by="test")
    assert Lot.objects.get().customer_id == bram.pk


def test_where_both_records_have_a_lot_nothing_moves(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    draw_lots(begin(), [anna.pk, bram.pk], at=at)
    before = list(Lot.objects.order_by("pk").values())
    merge = merge_customers(anna, bram, at=at, by="test")
    assert list(Lot.objects.order_by("pk").values()) == before
    unmerge_customers(merge, at=at, by="test")
    assert list(Lot.objects.order_by("pk").values()) == before


def test_an_imported_record_that_is_told_again_keeps_its_arm(at: datetime) -> None:
    experiment = begin()
    facts = {"key": "C-7", "email": "zoe@example.nl", "postcode": "1234 AB", "house_number": "9"}
    customer, _ = record_customer(at=at, on="api", **facts)
    (lot,) = draw_lots(experiment, [customer.pk], at=at)
    told, outcome = record_customer(at=at, on="api", **{**facts, "house_number": "10"})
    assert (told.pk, outcome) == (customer.pk, "changed")
    assert draw_lots(experiment, [told.pk], at=at) == [lot]


def test_an_erased_person_stays_in_the_count_without_a_name(
    anna: Customer, colleague: User, home: object, at: datetime
) -> None:
    (lot,) = draw_lots(begin(), [anna.pk], at=at)
    note_treatment(lot, at=at, by=colleague, reason="Anna van der Berg asked for it")
    erase_person(anna, at=at, by="test")
    assert Lot.objects.get() == lot
    assert Treatment.objects.get().reason == ""


# --- held out ----------------------------------------------------------------------------------


def test_the_control_arm_is_held_out_until_its_after_period_is_over(at: datetime) -> None:
    experiment = begin()
    lots = draw_lots(experiment, _ids(make_customers(20, at)), at=at)
    control = next(lot for lot in lots if lot.arm.is_control)
    mailed = next(lot for lot in lots if not lot.arm.is_control)
    assert holds_out(control, at)
    assert not holds_out(mailed, at)
    assert not holds_out(control, at - timedelta(seconds=1))
    assert set(held_out([lot.customer_id for lot in lots], at)) == {
        lot.customer_id for lot in lots if lot.arm.is_control
    }
    end_experiment(experiment, at=at)
    control.refresh_from_db()
    for days, is_held in ((149, True), (150, False)):
        later = at + timedelta(days=days)
        assert holds_out(control, later) == is_held == bool(held_out([control.customer_id], later))


def test_the_standing_control_gets_nothing_and_is_no_part_of_the_comparison(at: datetime) -> None:
    people = _ids(make_customers(100, at))
    standing = begin(kind="standing")
    draw_lots(standing, people, at=at)
    inside = in_standing_control(people, at)
    assert 30 < len(inside) < 70
    lots = draw_lots(begin("e2"), people, at=at)
    assert {lot.customer_id for lot in lots if lot.is_standing} == inside
    assert all(lot.arm.is_control and lot.probability == 1 for lot in lots if lot.is_standing)
    assert any(lot.arm.is_control for lot in lots if not lot.is_standing)


# --- by hand, and what it cost -----------------------------------------------------------------


def test_what_is_given_by_hand_needs_a_reason(at: datetime, colleague: User) -> None:
    lots = draw_lots(begin(), _ids(make_customers(20, at)), at=at)
    control = next(lot for lot in lots if lot.arm.is_control)
    mailed = next(lot for lot in lots if not lot.arm.is_control)
    for lot, by in ((control, None), (control, colleague), (mailed, colleague)):
        with pytest.raises(NeedsReason):
            note_treatment(lot, at=at, by=by, reason="  ")
    assert not note_treatment(mailed, at=at, key="sent:1").is_by_hand
    assert note_treatment(mailed, at=at, key="sent:1").pk
    given = note_treatment(control, at=at, by=colleague, reason="She asked")
    assert given.is_by_hand
    assert Treatment.objects.count() == 2
    assert Event.objects.get(kind="treated_by_hand").subject_id == control.pk
    with pytest.raises(KeyReused):
        note_treatment(control, at=at, reason="again", key="sent:1")


def test_a_cost_is_booked_once(at: datetime) -> None:
    experiment = begin()
    for _ in range(2):
        book_cost(experiment, "mail", "sending", 112, key="m1", at=at)
    assert Cost.objects.get().amount_minor == 112
    with pytest.raises(KeyReused):
        book_cost(experiment, "mail", "sending", 113, key="m1", at=at)
    with pytest.raises(BadExperiment):
        book_cost(experiment, "letter", "sending", 113, key="m2", at=at)
    with pytest.raises(BadExperiment):
        book_cost(experiment, "mail", "bribe", 113, key="m2", at=at)


# --- many at once ------------------------------------------------------------------------------


def test_many_are_drawn_in_portions_each_once(at: datetime) -> None:
    """A small version of a million lots in well under a minute (bench/verdicts.py)."""
    people = _ids(make_customers(20_000, at))
    experiment = begin()
    assert write_lots(experiment, people, at=at) == 20_000
    assert write_lots(experiment, people, at=at) == 0
    assert Lot.objects.values("customer").distinct().count() == 20_000

"""For whom it worked: groups fixed before the lot, read together, and silent where little is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from measurement.efforts import BEGAN, DAY, begin, draw, live, mark_known, verdict
from scoring.shops import make_customers
from stamgast.events.models import Job
from stamgast.measurement.before import evenings_of
from stamgast.measurement.for_whom import due, look_for_whom
from stamgast.measurement.models import ForWhom, Lot

LOT_DAY = date(2026, 3, 1)
END = LOT_DAY + timedelta(days=150)


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_it_worked_for_those_who_had_bought_often(at) -> None:
    people = make_customers(900, at)
    experiment = begin()
    lots = draw(experiment, people)
    often = {one.pk for n, one in enumerate(people) if n % 3}

    def habit(lot: Lot, dice: np.random.Generator) -> list[tuple[int, int]]:
        size = int(1500 * dice.lognormal(0, 0.3))
        times = 5 if lot.customer_id in often else 1
        found = [(-30 * n - 10 - lot.customer_id % 9, size) for n in range(1, times + 1)]
        helps = lot.customer_id in often and not lot.arm.is_control
        if dice.random() < (0.8 if helps else 0.4):
            found.append((int(dice.integers(0, 60)), size))
        # A purchase of the window's own days says nothing of who they were before it.
        return found

    live(lots, habit)
    mark_known(END)
    assert not due(END)
    verdict(END)
    assert Job.objects.filter(kind="for_whom").count() == 1
    (row,) = look_for_whom(as_of=END, at=BEGAN + 151 * DAY, progress=lambda *_: None)
    assert not due(END)
    orders = {one["code"]: one for one in row.facts["groups"]["orders"]["groups"]}
    # Too few kinds of buyer to draw together: two groups are left, and three are asked.
    assert not orders
    assert row.facts["groups"]["orders"]["why"] == "too_few_groups"
    value = {one["code"]: one for one in row.facts["groups"]["value"]["groups"]}
    assert set(value) <= {"none", "lower", "upper"}
    assert row.facts["groups"]["kind"]["why"] == "too_few_groups"  # nobody knows why they stay
    assert row.facts["customers"] == 900
    stages = row.facts["groups"]["stage"]
    assert (
        stages["left_out"] + sum(one["treated"] + one["control"] for one in stages["groups"]) <= 900
    )
    assert ForWhom.objects.count() == 1


def test_a_few_days_have_their_own_evening_and_many_the_end_of_the_month_before() -> None:
    some = [date(2026, 3, 1), date(2026, 3, 20)]
    assert evenings_of(some) == {day: day - DAY for day in some}
    many = [date(2024, 1, 15) + n * 7 * DAY for n in range(104)]
    found = evenings_of(many)
    assert len(set(found.values())) == 12
    assert all(evening < day for day, evening in found.items())
    assert max(found) == max(many)
    assert found[max(many)].day in (28, 29, 30, 31)

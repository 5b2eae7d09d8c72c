"""Equal to what others publish, to the last digit they print.

The figures of GrowthBook's gbstats are those of its own tests; those on Hillstrom's e-mail test were
made with gbstats on the same file.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy import stats

from insight.effect import hillstrom
from stamgast.insight.effect import (
    Interval,
    Sums,
    adjusted,
    arm_sums,
    as_they_come,
    as_they_come_one_sided,
    check_sample_ratio,
    compare,
    posterior,
    read_once,
    relative,
)

A = Sums(n=3407, y=1396.87, yy=52377.9767)
B = Sums(n=3461, y=2422.7, yy=134698.29)
A_3000 = Sums(n=3000, y=1396.87, yy=52377.9767)


def rounded(found: Interval) -> tuple[float, ...]:
    return tuple(round(value, 5) for value in (found.estimate, found.lower, found.upper))


def test_relative_lift_at_one_look():
    found = read_once(relative(B, A))
    assert rounded(found) == (0.70732, -0.03526, 1.44989)
    assert round(found.p or 0, 5) == 0.06191


def test_absolute_difference_at_one_look():
    found = read_once(compare(B, A))
    assert rounded(found) == (0.29, 0.04538, 0.53462)
    assert round(found.p or 0, 5) == 0.02016


def test_relative_lift_read_at_any_time():
    found = as_they_come(relative(B, A_3000), tuned_at=1000)
    assert rounded(found) == (0.50336, -0.55844, 1.56516)
    assert found.p == 1


def test_shares_of_buyers_read_at_any_time():
    a, b = (Sums(n=n, y=k, yy=k * k / n + k * (1 - k / n) * (n - 1) / n)
            for k, n in ((1396, 3000), (2422, 3461)))  # fmt: skip
    found = as_they_come(relative(b, a))  # a share p has the variance p (1 - p)
    assert rounded(found) == (0.50386, 0.40098, 0.60675)
    assert round(found.p or 0, 5) == 0


def test_one_sided_readings():
    found = relative(B, A_3000)
    above, below = (as_they_come_one_sided(found, side) for side in ("above", "below"))
    assert (round(above.lower, 5), above.upper) == (-0.42356, float("inf"))
    assert (below.lower, round(below.upper, 5)) == (float("-inf"), 1.43029)


HILLSTROM = """
mens   visit      | .07659 | .06995 .08323 | .06569 .08749 | .06995 .08323 | 1.0000
mens   spend      | .76983 | .48514 1.05451 | .30207 1.23759 | .48515 1.05451 | 1.0000
womens conversion | .00311 | .00150 .00472 | .00046 .00576 | .00150 .00472 | .9999
womens spend      | .42441 | .16896 .67987 | .00465 .84418 | .16896 .67986 | .9994
"""


@pytest.mark.parametrize("line", HILLSTROM.strip().splitlines())
def test_hillstroms_mails_at_one_look_at_any_time_and_as_belief(line: str, shared_data: Path):
    which, estimate, once, any_time, belief, chance = (part.strip() for part in line.split("|"))
    arm, measure = which.split()
    customers = hillstrom.read(shared_data)
    arms = arm_sums(customers.select("arm", outcome=customers[measure].cast("float64")))
    found = compare(arms[arm], arms["none"])
    for interval, told in (
        (read_once(found), once),
        (as_they_come(found), any_time),
        (posterior(found).interval, belief),
    ):
        expected = (float(estimate), *(float(end) for end in told.split()))
        assert rounded(interval) == expected
    assert round(posterior(found).chance_better, 4) == float(chance)


def test_hillstroms_womens_spend_has_the_published_p_values(shared_data: Path):
    customers = hillstrom.read(shared_data)
    arms = arm_sums(customers.select("arm", outcome=customers.spend.cast("float64")))
    found = compare(arms["womens"], arms["none"])
    assert round(read_once(found).p or 0, 4) == 0.0011
    assert round(as_they_come(found).p or 0, 3) == 0.045


@pytest.mark.parametrize(
    ("before", "measure", "published"),
    [("history", "visit", {0.4}), ("recency", "visit", {0.5, 0.6, 0.7}),
     ("recency", "spend", {0.03, 0.04})],
)  # fmt: skip
def test_hillstroms_time_before_takes_away_hardly_any_noise(
    before: str, measure: str, published: set[float], shared_data: Path
):
    customers = hillstrom.read(shared_data)
    values = {"outcome": customers[measure].cast("float64"), "before": customers[before] * 1.0}
    arms = arm_sums(customers.select("arm", **values))
    digits = 2 if max(published) < 0.1 else 1
    for arm in ("mens", "womens"):
        gain = adjusted(arms[arm], arms["none"]).gain
        assert round(100 * gain, digits) in published


def test_hillstroms_lot_is_as_planned_and_a_loss_of_rows_is_not(shared_data: Path):
    customers = hillstrom.read(shared_data)
    counts = {arm: sums.n for arm, sums in arm_sums(customers.mutate(outcome=0.0)).items()}
    assert counts == {"mens": 21_307, "womens": 21_387, "none": 21_306}
    shares = dict.fromkeys(counts, 1.0)
    found = check_sample_ratio(counts, shares)
    assert round(found.p, 3) == 0.904
    assert found.p == pytest.approx(stats.chisquare(list(counts.values())).pvalue)
    assert not found.is_alarm
    lost = check_sample_ratio({**counts, "womens": counts["womens"] - 1087}, shares)
    assert lost.p == pytest.approx(1e-7, rel=0.5)
    assert lost.is_alarm

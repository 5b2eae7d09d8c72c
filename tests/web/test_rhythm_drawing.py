"""Where the dots of a customer's purchases go."""

from __future__ import annotations

from datetime import date, timedelta

from stamgast.web.marketer.rhythm import LARGEST, SMALLEST, draw

TODAY = date(2026, 11, 19)


def test_draws_nothing_without_purchases() -> None:
    assert draw([], as_of=TODAY, usual_interval=30) is None
    assert draw([(TODAY + timedelta(days=1), 100)], as_of=TODAY, usual_interval=30) is None


def test_runs_from_the_first_purchase_to_today_when_the_next_is_overdue() -> None:
    drawing = draw(
        [(TODAY - timedelta(days=n), 100) for n in (50, 100)], as_of=TODAY, usual_interval=25
    )
    assert drawing is not None
    assert [dot.x for dot in drawing.dots] == [0.0, 0.5]
    assert (drawing.expected, drawing.now, drawing.is_overdue) == (0.75, 1.0, True)


def test_runs_on_to_the_next_purchase_that_is_expected() -> None:
    drawing = draw(
        [(TODAY - timedelta(days=n), 100) for n in (0, 60)], as_of=TODAY, usual_interval=40
    )
    assert drawing is not None
    assert (drawing.now, drawing.expected, drawing.is_overdue) == (0.6, 1.0, False)
    assert drawing.expected_day == TODAY + timedelta(days=40)


def test_lets_the_area_follow_the_amount() -> None:
    drawing = draw(
        [(TODAY - timedelta(days=n), amount) for n, amount in ((1, 400), (2, 100), (3, 0))],
        as_of=TODAY,
        usual_interval=None,
    )
    assert drawing is not None
    smallest, quarter, largest = (dot.radius for dot in drawing.dots)
    assert (smallest, largest) == (SMALLEST, LARGEST)
    assert quarter == SMALLEST + (LARGEST - SMALLEST) / 2


def test_draws_a_single_purchase_of_today_and_refunds() -> None:
    drawing = draw([(TODAY, -500)], as_of=TODAY, usual_interval=None)
    assert drawing is not None
    assert drawing.dots[0].radius == SMALLEST
    assert drawing.expected is None


def test_names_few_years_and_none_under_the_word_now() -> None:
    long_ago = draw([(date(2001, 5, 1), 1)], as_of=TODAY, usual_interval=None)
    assert long_ago is not None
    assert len(long_ago.years) <= 9
    lately = draw([(date(2025, 12, 1), 1)], as_of=date(2026, 1, 2), usual_interval=None)
    assert lately is not None
    assert lately.years == []

"""How far to trust the forecast: the page, the button and the drawing."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from stamgast.events.models import Job
from stamgast.scoring.models import Backtest
from stamgast.web.marketer.trust_picture import lines
from web.conftest import SignIn
from web.pages import get, said, section, text


def _week(n: int, actual: float, expected: float) -> dict[str, Any]:
    ends = date(2026, 5, 24) + timedelta(days=7 * (n + 1))
    return {"ends": ends.isoformat(), "actual": actual, "expected": expected}


def _look_back(at: datetime, **changes: Any) -> Backtest:
    error = {"mean_absolute": 0.7, "rank_correlation": 0.5}
    facts: dict[str, Any] = {
        "model": "MBGNBD",
        "fitted_until": "2026-05-24",
        "until": "2026-11-22",
        "customers": 2554,
        "purchases": 3227.0,
        "expected": 3346.9,
        "total_low": 3212.0,
        "total_high": 3532.0,
        "is_total_covered": True,
        "level": 0.9,
        "covered": 0.94,
        "best": "MBGNBD",
        "beats_naive": True,
        "weeks": [_week(n, 110 + n, 130 - n / 2) for n in range(26)],
        "deciles": [{"customers": 255, "expected": n / 4, "actual": n / 5} for n in range(1, 11)],
        "scores": {
            "last_year": {"root_mean_square": 1.7, "total_error": -0.07, **error},
            "MBGNBD": {"root_mean_square": 1.11, "total_error": 0.037, **error},
            "like_customers": {"root_mean_square": 1.4, "total_error": 0.076, **error},
        },
    }
    return Backtest.objects.create(run_at=at, facts={**facts, **changes})


def test_says_what_was_expected_and_what_came(signed_in: SignIn, at: datetime) -> None:
    _look_back(at)
    assert said(get(signed_in("service"), "/trust")) == (
        "In 26 weeks 3,347 purchases were expected and 3,227 came. "
        "You may trust it for the whole base, and for who comes first."
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"beats_naive": False}, "A simple rule did as well"),
        ({"is_total_covered": False}, "Trust it for who comes first; take totals with a margin."),
    ],
)
def test_says_when_to_trust_it_less(
    signed_in: SignIn, at: datetime, changes: dict[str, Any], sentence: str
) -> None:
    _look_back(at, **changes)
    assert sentence in said(get(signed_in("analyst"), "/trust"))


def test_sets_simple_rules_beside_it_the_closest_first(signed_in: SignIn, at: datetime) -> None:
    _look_back(at)
    page = section(get(signed_in("analyst"), "/trust"), "Against simple rules")
    assert "our forecast 1.11 +3.7%" in page
    assert page.index("our forecast") < page.index("customers like them") < page.index("last year")
    assert "for 94% of customers; 90% was the aim" in page


def test_names_no_model(signed_in: SignIn, at: datetime) -> None:
    _look_back(at)
    assert "NBD" not in get(signed_in("analyst"), "/trust")


def test_shows_the_newest(signed_in: SignIn, at: datetime) -> None:
    _look_back(at)
    _look_back(at - timedelta(days=7), purchases=99.0)
    assert "3,227 came" in text(get(signed_in("analyst"), "/trust"))


def test_the_button_asks_once(signed_in: SignIn) -> None:
    client = signed_in("analyst")
    assert "Look back now" in get(client, "/trust")
    for _ in range(2):
        client.post("/trust/look-back")
    assert Job.objects.filter(kind="backtest").count() == 1


def test_customer_service_cannot_ask_for_it(signed_in: SignIn) -> None:
    client = signed_in("service")
    assert "Look back now" not in get(client, "/trust")
    assert client.post("/trust/look-back").status_code == 403


def test_both_lines_stay_within_the_drawing() -> None:
    drawing = lines([_week(n, 100 * (n % 3), 87.5) for n in range(10)])
    assert drawing is not None
    for points in (drawing.actual, drawing.expected):
        pairs = [tuple(map(float, pair.split(","))) for pair in points.split()]
        assert len(pairs) == 10
        assert all(40 <= x <= 508 and drawing.top <= y <= drawing.base for x, y in pairs)


def test_a_broken_week_at_the_end_is_not_drawn() -> None:
    weeks = [_week(n, 100, 100) for n in range(5)]
    weeks.append({"ends": "2026-06-30", "actual": 10.0, "expected": 14.0})
    drawing = lines(weeks)
    assert drawing is not None
    assert len(re.findall(",", drawing.actual)) == 5


def test_words_at_the_ends_do_not_overlap() -> None:
    drawing = lines([_week(n, 100, 100) for n in range(5)])
    assert drawing is not None
    assert abs(drawing.actual_end - drawing.expected_end) >= 14

"""Looking back at the forecast: through the database, the reader and the engine."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scoring.shops import fill_shop, make_customers
from stamgast.events.models import Job
from stamgast.scoring.backtest import KEPT, ask_weekly, look_back
from stamgast.scoring.errors import CannotLookBack
from stamgast.scoring.models import Backtest


def _quietly(share: float, doing: str) -> None:
    """Show nothing."""


@pytest.mark.django_db(transaction=True)
def test_holds_weeks_against_what_came(at: datetime) -> None:
    fill_shop(400, at=at)
    for n in range(KEPT):
        Backtest.objects.create(run_at=at - timedelta(days=7 * n), facts={})
    facts = look_back(weeks=13, at=at, progress=_quietly).facts
    assert len(facts["weeks"]) == 13
    assert sum(week["actual"] for week in facts["weeks"]) == facts["purchases"] > 0
    assert sum(band["customers"] for band in facts["deciles"]) == facts["customers"]
    assert {"last_year", "like_customers", facts["model"]} == set(facts["scores"])
    assert facts["total_low"] < facts["expected"] < facts["total_high"]
    assert Backtest.objects.count() == KEPT


@pytest.mark.django_db(transaction=True)
def test_refuses_without_orders(at: datetime) -> None:
    make_customers(3, at)
    with pytest.raises(CannotLookBack):
        look_back(weeks=13, at=at, progress=_quietly)
    assert not Backtest.objects.exists()


@pytest.mark.parametrize("weeks", [3, 105])
def test_refuses_too_few_and_too_many_weeks(weeks: int, at: datetime) -> None:
    with pytest.raises(CannotLookBack):
        look_back(weeks=weeks, at=at, progress=_quietly)


@pytest.mark.django_db
def test_asks_again_after_a_week(at: datetime) -> None:
    Backtest.objects.create(run_at=at - timedelta(days=5), facts={})
    assert ask_weekly(Job(kind="ask_backtest", run_at=at)) == {"asked": False}
    later = at + timedelta(days=2)
    assert ask_weekly(Job(kind="ask_backtest", run_at=later)) == {"asked": True}
    assert Job.objects.filter(kind="backtest").count() == 1

"""Scoring the base: complete, repeatable, visible at once, and honest about what it cannot know."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from scoring.shops import AS_OF, fill_shop, make_customers, make_order
from stamgast.customers.models import Customer
from stamgast.database.exclusive import exclusive
from stamgast.events.models import Event
from stamgast.sales.models import Order
from stamgast.scoring.actions import score_base
from stamgast.scoring.errors import (
    AlreadyScoring,
    BeforeFirstOrder,
    EngineFull,
    NothingToScore,
)
from stamgast.scoring.models import CurrentRun, Run, Score
from stamgast.scoring.queries import current_run, facets, score_of, summary

pytestmark = pytest.mark.django_db(transaction=True)


def silently(share: float, doing: str) -> None:
    """Show no progress."""


def score(at: datetime, as_of: date | None = AS_OF) -> Run:
    return score_base(as_of=as_of, at=at, progress=silently)


def test_every_customer_gets_one_score(at: datetime) -> None:
    fill_shop(120, at=at)
    run = score(at)
    assert run.customers == Score.objects.count() == 120
    assert current_run() == run
    assert sum(summary()["stages"].values()) == summary()["customers"] == 120


def test_amounts_are_those_of_the_orders(at: datetime) -> None:
    anna, bram = make_customers(2, at)
    Order.objects.bulk_create(
        [
            make_order(anna, "1", date(2026, 10, 1), 5000, margin=2000),
            make_order(anna, "2", date(2026, 11, 1), 2501, margin=1001),
            make_order(bram, "3", date(2026, 11, 2), 1000, margin=-50, is_assumed=True),
        ]
    )
    score(at)
    hers, his = score_of(anna), score_of(bram)
    assert hers is not None
    assert his is not None
    assert (hers.orders, hers.revenue_minor, hers.margin_minor) == (2, 7501, 3001)
    assert (hers.first_day, hers.last_day, hers.days_silent) == (
        date(2026, 10, 1), date(2026, 11, 1), 19,
    )  # fmt: skip
    assert (his.margin_minor, his.is_margin_assumed, hers.is_margin_assumed) == (-50, True, False)
    assert summary()["margin_minor"] == 2951


def test_without_a_day_it_looks_from_the_last_known_order(at: datetime) -> None:
    (anna,) = make_customers(1, at)
    make_order(anna, "1", date(2011, 12, 9), 5000).save()
    run = score(at, as_of=None)
    assert run.as_of == date(2011, 12, 9)
    assert run.orders_until is not None
    assert run.orders_until.date() == date(2011, 12, 9)


def test_never_looks_beyond_today(at: datetime) -> None:
    (anna,) = make_customers(1, at)
    make_order(anna, "1", at.date() - timedelta(days=3), 5000).save()
    make_order(anna, "2", at.date() + timedelta(days=300), 5000).save()
    assert score(at, as_of=None).as_of == at.date()


def test_a_day_in_the_past_knows_only_what_was_known_then(at: datetime) -> None:
    fill_shop(60, at=at)
    anna = Customer.objects.get(key="k1")
    make_order(anna, "late", AS_OF, 99_00).save()
    early = AS_OF - timedelta(days=200)
    score(at, as_of=early)
    seen = score_of(anna)
    assert seen is not None
    assert seen.last_day is None or seen.last_day <= early


def test_a_handful_of_customers_gets_stages_but_no_forecast(at: datetime) -> None:
    anna, _ = make_customers(2, at)
    make_order(anna, "1", date(2026, 11, 1), 5000).save()
    run = score(at)
    hers = score_of(anna)
    assert hers is not None
    assert hers.stage == "new"
    assert hers.p_alive is None
    assert run.facts["forecast"]["is_known"] is False
    assert summary()["at_stake"] is None


def test_orders_in_another_currency_are_left_out_and_counted(at: datetime) -> None:
    anna, bram = make_customers(2, at)
    make_order(anna, "1", date(2026, 11, 1), 5000).save()
    make_order(bram, "2", date(2026, 11, 1), 5000, currency="GBP").save()
    run = score(at)
    his = score_of(bram)
    assert his is not None
    assert his.stage == "none"
    assert run.facts["orders_in_other_currencies"] == 1


def test_who_objects_to_profiling_is_not_judged(at: datetime) -> None:
    fill_shop(80, at=at)
    Customer.objects.filter(key="k2").update(objects_to_profiling=True)
    score(at)
    theirs = Score.objects.get(customer__key="k2", run=current_run())
    assert (theirs.stage, theirs.p_alive, theirs.step) == ("withheld", None, "nothing")
    assert theirs.margin_365_minor is None
    assert theirs.rfm == ""
    assert summary()["stages"]["withheld"] == 1


def test_facets_get_figures_of_their_own(at: datetime) -> None:
    fill_shop(160, at=at)
    score(at)
    assert facets()["country"] == ["NL", "BE"]
    both = [summary("country", name) for name in ("NL", "BE")]
    whole = summary()
    assert sum(part["orders"] for part in both) == whole["orders"]
    assert sum(part["margin_minor"] for part in both) == whole["margin_minor"]


def test_the_same_orders_give_the_same_scores(at: datetime) -> None:
    fill_shop(100, at=at)
    score(at)
    fields = [f.name for f in Score._meta.fields if f.name not in {"id", "run"}]
    second = score(at)
    once = Score.objects.exclude(run=second).order_by("customer_id").values_list(*fields)
    again = Score.objects.filter(run=second).order_by("customer_id").values_list(*fields)
    assert list(once) == list(again)


def test_the_shown_run_and_the_one_before_it_are_kept(at: datetime) -> None:
    fill_shop(30, at=at)
    first = score(at)
    second = score(at)
    assert CurrentRun.objects.get().run == second
    assert set(Score.objects.values_list("run_id", flat=True)) == {first.pk, second.pk}
    third = score(at)
    assert set(Score.objects.values_list("run_id", flat=True)) == {second.pk, third.pk}
    assert Event.objects.filter(kind="base_scored").count() == 3


def test_a_failed_run_leaves_the_old_scores(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_shop(30, at=at)
    first = score(at)

    def full_disk(*args: object, **kwargs: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("stamgast.scoring.writing.insert", full_disk)
    with pytest.raises(OSError, match="no space"):
        score(at)
    assert current_run() == first
    assert Score.objects.filter(run=first).count() == 30
    assert Run.objects.latest("pk").status == Run.Status.FAILED


def test_refuses_an_empty_shop(at: datetime) -> None:
    with pytest.raises(NothingToScore):
        score(at)


def test_refuses_a_day_before_the_first_order(at: datetime) -> None:
    (anna,) = make_customers(1, at)
    make_order(anna, "1", date(2026, 11, 1), 5000).save()
    with pytest.raises(BeforeFirstOrder):
        score(at, as_of=date(2020, 1, 1))


def test_refuses_what_does_not_fit_in_the_engines_memory(at: datetime, settings: Any) -> None:
    fill_shop(2000, at=at)
    shown = score(at)
    settings.ENGINE_MEMORY = "2MB"
    with pytest.raises(EngineFull) as refused:
        score(at)
    assert refused.value.facts == {"memory": "2MB"}
    assert current_run() == shown


def test_refuses_a_second_scoring_at_once(at: datetime) -> None:
    make_customers(1, at)
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive("scoring"):
            is_held.set()
            is_over.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    is_held.wait(30)
    try:
        with pytest.raises(AlreadyScoring):
            score(at)
    finally:
        is_over.set()
        other.join()

"""Who comes back, and what is at stake: where, and with whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from stamgast.customers.models import Customer
from stamgast.scoring.models import Backtest, Run, Score
from stamgast.web.marketer.value_carried import tenths_of
from web.base_in_figures import AS_OF, show_base
from web.conftest import SignIn
from web.pages import get, section, text


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    from django.core.cache import cache

    cache.clear()


def _score(run: Run, at: datetime, key: str, **changes: Any) -> Score:
    customer = Customer.objects.create(key=key, first_name=key, made_at=at, changed_at=at)
    known: dict[str, Any] = {
        "stage": "drifting",
        "orders": 5,
        "revenue_minor": 50_000,
        "margin_minor": 20_000,
        "last_day": AS_OF,
        "days_silent": 77,
        "usual_interval": 35.0,
        "margin_365_minor": 16_400,
        "margin_365_low_minor": 7_100,
        "margin_365_high_minor": 28_000,
        "step": "save_offer",
        "country": "Nederland",
    }
    return Score.objects.create(run=run, customer=customer, **{**known, **changes})


def test_says_how_many_still_buy_after_half_a_year(signed_in: SignIn) -> None:
    show_base()
    page = text(get(signed_in("analyst"), "/cohorts"))
    assert "Half a year later, 26 of every 100 new customers buy each month." in page


def test_a_month_that_is_not_over_does_not_count_yet(signed_in: SignIn) -> None:
    cells = [{"month": m, "customers": 10, "share": 0.1, "margin_minor": 5} for m in range(7)]
    cells[6]["is_complete"] = False
    show_base(cohorts=[{"cohort": "2026-05", "customers": 100, "cells": cells}])
    page = text(get(signed_in("analyst"), "/cohorts"))
    assert "Half a year from now you see here how many new customers stay." in page


def test_each_intake_has_its_row(signed_in: SignIn) -> None:
    cells = [
        {"month": 0, "customers": 100, "share": 1.0, "margin_minor": 100_000},
        {"month": 1, "customers": 34, "share": 0.34, "margin_minor": 50_000},
    ]
    show_base(cohorts=[{"cohort": "2026-10", "customers": 100, "cells": cells}])
    client = signed_in("marketer")
    page = client.get("/cohorts").content.decode()
    assert "Oct 2026" in page
    assert 'title="First bought in October 2026, 1 months on: 34 of 100 bought (34.0%)">34' in page
    assert ">€5<" in client.get("/cohorts?in=margin").content.decode()


def test_margin_of_intakes_is_hidden_from_customer_service(signed_in: SignIn) -> None:
    show_base()
    page = signed_in("service").get("/cohorts?in=margin").content.decode()
    shown = page.split("<main")[1]
    assert "margin" not in shown.lower()
    assert "€" not in shown


def test_shades_stay_light_enough_to_read(signed_in: SignIn) -> None:
    show_base()
    page = signed_in("service", language="nl").get("/cohorts").content.decode()
    shades = [float(part.split('"')[0]) for part in page.split("--share:")[1:]]
    assert len(shades) == 18 * 19 / 2
    assert all(0 <= shade <= 1 for shade in shades)


@pytest.mark.parametrize("address", ["/cohorts", "/value"])
def test_before_the_first_scoring_the_overview_says_how_to_begin(
    signed_in: SignIn, address: str
) -> None:
    assert signed_in("marketer").get(address).headers["Location"] == "/"


def test_says_what_is_at_stake_and_with_whom(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _score(run, at, "Bram")
    _score(run, at, "Anna", stage="active")
    _score(run, at, "Carla", margin_365_minor=99_000)
    page = text(get(signed_in("marketer"), "/value"))
    assert "€14,800 margin hangs on 412 drifting customers." in page
    assert "Likely between €12,900 and €16,900." in page
    assert page.index("Carla") < page.index("Bram")
    assert "Anna" not in page
    assert "11 weeks usually 5 weeks €164 €71 to €280" in page


def test_compares_countries(signed_in: SignIn) -> None:
    show_base()
    page = text(get(signed_in("marketer"), "/value"))
    assert "Per country" in page
    assert "Nederland 329 5% €3,000" in page


def test_shows_the_customers_of_one_country(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _score(run, at, "Bram")
    _score(run, at, "Carla", country="België")
    page = text(get(signed_in("marketer"), "/value?only=country:België"))
    assert "Carla" in page
    assert "Bram" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"stages": {"active": 9}}, "Nobody is drifting, so nothing is at stake."),
        ({"at_stake": None}, "What is at stake cannot be said yet"),
    ],
)
def test_says_when_there_is_nothing_to_say(
    signed_in: SignIn, changes: dict[str, Any], sentence: str
) -> None:
    show_base(**changes)
    assert sentence in text(get(signed_in("marketer"), "/value"))


def test_says_who_carries_the_margin(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    for place in range(20):
        customer = Customer.objects.create(key=f"c{place}", made_at=at, changed_at=at)
        margin = 100_000 if place < 2 else 5_000
        Score.objects.create(
            run=run, customer=customer, stage="active", orders=3, revenue_minor=1, margin_minor=1,
            margin_365_minor=margin, step="nothing",
        )  # fmt: skip
    Backtest.objects.create(
        run_at=at, facts={"weeks": [{}] * 26, "expected": 7580.4, "purchases": 7735}
    )
    card = section(get(signed_in("marketer"), "/value"), "Who carries the margin")
    assert "carries 69% of the margin; half of it rests on 7% of your customers" in card
    assert "1 €1,000 to €1,000 69%" in card
    assert "Looking back 26 weeks, 7,580 purchases were expected and 7,735 came." in card


@pytest.mark.parametrize("amounts", [[500] * 9, [-100] * 30, []])
def test_of_a_handful_or_a_loss_nobody_carries_the_margin(amounts: list[int]) -> None:
    assert tenths_of(amounts) == []


def test_tenths_hold_everybody_and_everything() -> None:
    tenths = tenths_of(list(range(1007, 0, -1)))
    assert sum(tenth.customers for tenth in tenths) == 1007
    assert sum(tenth.margin for tenth in tenths) == sum(range(1008))
    assert sum(tenth.share for tenth in tenths) == pytest.approx(1)
    assert tenths[0].most == 1007
    assert tenths[-1].least == 1

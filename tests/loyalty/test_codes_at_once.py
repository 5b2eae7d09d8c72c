"""Limits and budgets hold when many come in the same millisecond."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from cast import ANNA, meet
from loyalty.codes_cast import CART, a_card_set, a_set, hold
from stamgast.loyalty.codes.actions import (
    add_code,
    commit_codes,
    issue_code,
    issue_gift_card,
    make_codes,
    quote_codes,
    release_codes,
)
from stamgast.loyalty.codes.errors import CodeNotApplied
from stamgast.loyalty.models import CodeCount, CodeSet, CodeUse, DiscountCode

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 16


def _all_at_once(act: Callable[[int], Any]) -> list[Any]:
    """Let sixteen threads do this at the same moment; what each returned, or why it was refused."""
    start = threading.Barrier(CALLERS)
    results: list[Any] = [None] * CALLERS

    def run(caller: int) -> None:
        start.wait()
        try:
            results[caller] = act(caller)
        except CodeNotApplied as refusal:
            results[caller] = refusal.facts["reason"]
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[caller] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_code_for_one_is_used_by_one_of_sixteen(at: datetime) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    results = _all_at_once(lambda n: hold(f"cart-{n}", "ONCE", at=at)[0].amount_minor)
    assert sorted(map(str, results)) == ["500"] + ["used_up"] * 15
    assert CodeUse.objects.count() == 1
    assert DiscountCode.objects.get().uses == 1


def test_a_limit_of_five_over_many_codes_lets_five_of_sixteen_through(at: datetime) -> None:
    made = a_set(at, uses_most=5)
    for n in range(CALLERS):
        add_code(made, f"CODE{n}", at=at)
    results = _all_at_once(lambda n: hold(f"cart-{n}", f"CODE{n}", at=at)[0].amount_minor)
    assert sorted(map(str, results)) == ["500"] * 5 + ["used_up"] * 11
    assert CodeSet.objects.get().uses == 5


def test_a_budget_is_not_passed_by_sixteen_at_once(at: datetime) -> None:
    a_set(at, "TEN", budget_minor=2000)
    results = _all_at_once(lambda n: hold(f"cart-{n}", "TEN", at=at)[0].amount_minor)
    assert sum(result for result in results if isinstance(result, int)) <= 2000
    assert set(map(str, results)) <= {"500", "used_up", "budget_spent"}
    assert CodeSet.objects.get().spent_minor == sum(
        CodeUse.objects.filter(state="held").values_list("amount_minor", flat=True)
    )


def test_one_customer_uses_a_set_once_from_sixteen_windows(at: datetime) -> None:
    made = a_set(at, uses_per_customer=1)
    for n in range(CALLERS):
        add_code(made, f"CODE{n}", at=at)
    anna = meet(ANNA)
    results = _all_at_once(
        lambda n: hold(f"cart-{n}", f"CODE{n}", at=at, customer=anna)[0].amount_minor
    )
    assert sorted(map(str, results)) == ["500"] + ["used_by_you"] * 15
    assert CodeCount.objects.get().uses == 1


def test_a_gift_card_never_goes_below_nothing(at: datetime) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=20_000, at=at, key="sale")

    def spend(n: int) -> int:
        hold(f"cart-{n}", card.text, at=at)
        return commit_codes(f"cart-{n}", at=at, amounts={card.text: 5000})[0].amount_minor

    results = _all_at_once(spend)
    taken = sum(CodeUse.objects.values_list("amount_minor", flat=True))
    left = DiscountCode.objects.get().balance_minor
    assert left is not None
    assert left >= 0
    assert left + taken == 20_000
    spent = CodeUse.objects.filter(state="used").values_list("amount_minor", flat=True)
    assert sum(result for result in results if isinstance(result, int)) == sum(spent)


def test_a_hold_is_either_used_or_released_never_both(at: datetime) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=5000, at=at, key="sale")
    hold("cart", card.text, at=at)
    _all_at_once(lambda n: (commit_codes if n % 2 else release_codes)("cart", at=at))
    use = CodeUse.objects.get()
    left = DiscountCode.objects.get().balance_minor
    assert (use.state, left) in {("used", 0), ("released", 5000)}


def test_sixteen_let_go_of_one_expired_hold_once(at: datetime) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    hold("old", "ONCE", at=at, minutes=1)
    later = at + timedelta(minutes=2)
    results = _all_at_once(lambda n: hold(f"cart-{n}", "ONCE", at=later)[0].amount_minor)
    assert sorted(map(str, results)) == ["500"] + ["used_up"] * 15
    assert DiscountCode.objects.get().uses == 1


def test_sixteen_customers_who_are_given_a_code_get_sixteen_codes(at: datetime) -> None:
    made = a_set(at)
    make_codes(made, wanted=CALLERS, at=at)
    people = [
        meet(type(ANNA)({"key": f"K{n}", "email": f"k{n}@example.nl"}, (1,), False))
        for n in range(CALLERS)
    ]
    results = _all_at_once(lambda n: issue_code(made, people[n], at=at, key=f"offer:{n}").text)
    assert len(set(results)) == CALLERS
    again = _all_at_once(lambda n: issue_code(made, people[0], at=at, key="offer:0").text)
    assert set(again) == {results[0]}


def test_everybody_who_asks_the_price_at_once_hears_the_same(at: datetime) -> None:
    a_set(at, "TEN", uses_most=3)
    results = _all_at_once(lambda n: quote_codes(CART, ["TEN"], at=at)[0].amount_minor)
    assert results == [500] * CALLERS

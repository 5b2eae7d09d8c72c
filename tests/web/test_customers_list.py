"""The list of customers: what it says first, who belongs to it, in which order, and for whom."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest

from stamgast.customers.actions import add_interaction, close_complaint, record_consent
from stamgast.customers.models import Customer
from stamgast.scoring.models import Run
from stamgast.staff.models import SavedFilter
from stamgast.web.marketer.selection_figures import PAGE
from web.pages import get, names, said
from web.scored_people import AS_OF, NOON, Visitor, buy, run, score

__all__ = ["run"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def base(run: Run, anna: Customer, bram: Customer, carla: Customer, eva: Customer) -> Run:
    """Four scored customers: active, drifting, lost, and one who never bought."""
    score(run, anna, margin_365_minor=90_000, orders=34, step="thank_and_reward")
    score(
        run,
        bram,
        stage="drifting",
        margin_365_minor=60_000,
        last_day=AS_OF - timedelta(days=95),
        days_silent=95,
        step="ask_why",
        country="NL",
    )
    score(
        run,
        carla,
        stage="lost",
        margin_365_minor=1_000,
        last_day=AS_OF - timedelta(days=700),
        days_silent=700,
        step="let_be",
        country="BE",
    )
    score(run, eva, stage="none", margin_365_minor=None, orders=0, last_day=None, days_silent=None)
    return run


def test_says_first_how_many_and_worth_how_much(base: Run, signed_in: Visitor) -> None:
    page = get(signed_in("marketer"), "/customers")
    assert said(page) == "You know 4 customers; together €1,510 margin in the coming year."


def test_says_what_a_selection_has_in_common(base: Run, signed_in: Visitor) -> None:
    page = get(signed_in("marketer"), "/customers?stage=drifting&country=NL&step=ask_why")
    assert said(page) == (
        "1 customer is drifting, buys from NL and has “Ask why” as next step; "
        "expected margin in the coming year €600."
    )
    assert names(page) == ["Bram Jansen"]


def test_hides_margin_from_service_in_words_columns_filters_and_order(
    base: Run, signed_in: Visitor
) -> None:
    client = signed_in("service")
    page = get(client, "/customers?value=highest&sort=value")
    assert said(page) == "You know 4 customers."
    assert "Margin" not in page
    assert "€900" not in page
    assert 'name="value"' not in page
    assert names(page)[0] == "Anna van der Berg"  # the latest purchase, not the highest value


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("value", "Anna van der Berg"),
        ("last", "Anna van der Berg"),
        ("silent", "Carla de Wit"),
        ("orders", "Anna van der Berg"),
        ("name", "Anna van der Berg"),
    ],
)
def test_sorts(base: Run, signed_in: Visitor, order: str, first: str) -> None:
    shown = names(get(signed_in("marketer"), f"/customers?sort={order}"))
    assert shown[0] == first
    assert len(shown) == 4


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("stage=lost", ["Carla de Wit"]),
        ("stage=none", ["Eva Özdemir"]),
        ("last=month", ["Anna van der Berg"]),
        ("last=half", ["Bram Jansen"]),
        ("last=older", ["Carla de Wit"]),
        ("country=BE", ["Carla de Wit"]),
        ("value=highest", ["Anna van der Berg"]),
        ("value=lowest", ["Carla de Wit", "Eva Özdemir"]),
        ("q=özdem", ["Eva Özdemir"]),
        ("q=jansen&stage=lost", []),
        ("stage=nonsense&last=never&step=x", ["Anna van der Berg", "Bram Jansen", "Carla de Wit"]),
    ],
)
def test_filters(base: Run, signed_in: Visitor, query: str, who: list[str]) -> None:
    assert names(get(signed_in("marketer"), f"/customers?{query}"))[: max(len(who), 1)] == who


def test_filters_on_what_customers_said_last_about_offers(
    base: Run, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    client = signed_in("marketer")
    assert names(get(client, "/customers?consent=email")) == [
        "Anna van der Berg",
        "Bram Jansen",
        "Carla de Wit",
    ]
    record_consent(bram, channel="email", purpose="offers", is_granted=False, source="phone", at=at)
    assert "Bram Jansen" not in names(get(client, "/customers?consent=email&stage=drifting"))


def test_shows_who_has_an_open_complaint(
    base: Run, carla: Customer, signed_in: Visitor, at: datetime
) -> None:
    client = signed_in("service")
    complaint = add_interaction(carla, kind="complaint", text="Broken cup", at=at)
    assert names(get(client, "/customers?complaint=open&country=BE")) == ["Carla de Wit"]
    close_complaint(complaint, outcome="New cup", at=at)
    page = get(client, "/customers?complaint=open&stage=lost")
    assert said(page) == "No customer fits this selection."


def test_finds_the_buyer_of_an_order_number(base: Run, eva: Customer, signed_in: Visitor) -> None:
    buy(eva, "10482")
    assert names(get(signed_in("service"), "/customers?q=10482")) == ["Eva Özdemir"]


def test_shows_customers_that_came_after_the_scoring_when_searched(
    base: Run, daan: Customer, signed_in: Visitor
) -> None:
    page = get(signed_in("service"), "/customers?q=daan")
    assert names(page) == ["Daan Müller"]
    assert "Not scored yet" in page


def test_shows_customers_before_the_first_scoring(anna: Customer, signed_in: Visitor) -> None:
    page = get(signed_in("marketer"), "/customers")
    assert said(page) == "You know 1 customer."
    assert names(page) == ["Anna van der Berg"]
    assert "after the first scoring" in page


def test_tells_an_empty_shop_what_to_do(db: None, signed_in: Visitor) -> None:
    page = get(signed_in("marketer"), "/customers")
    assert "Nobody here yet" in page
    assert 'href="/imports"' in page


def test_shows_a_page_at_a_time(run: Run, signed_in: Visitor) -> None:
    people = Customer.objects.bulk_create(
        Customer(last_name=f"Nr {i:03d}", made_at=NOON, changed_at=NOON) for i in range(60)
    )
    for i, person in enumerate(people):
        score(run, person, margin_365_minor=100_000 - i * 100)
    client = signed_in("marketer")
    first, last = get(client, "/customers"), get(client, "/customers?page=3")
    assert names(first) == [f"Nr {i:03d}" for i in range(PAGE)]
    assert names(last) == [f"Nr {i:03d}" for i in range(2 * PAGE, 60)]
    assert "51 to 60 of 60" in last
    assert names(get(client, "/customers?page=99")) == names(last)


def test_leaves_out_who_went_up_in_another_record_since(
    base: Run, anna: Customer, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    from stamgast.privacy.actions import merge_customers

    merge_customers(anna, bram, at=at, by=None)
    assert "Bram Jansen" not in names(get(signed_in("marketer"), "/customers"))


def test_escapes_what_customers_are_called(run: Run, signed_in: Visitor) -> None:
    person = Customer.objects.create(
        last_name="<script>alert(1)</script>", made_at=NOON, changed_at=NOON
    )
    score(run, person, channel="<b>web</b>")
    page = get(signed_in("marketer"), "/customers?channel=<b>web</b>")
    assert "<script>alert" not in page
    assert "<b>web</b>" not in page


def test_keeps_a_selection_and_lets_it_be_thrown_away_and_back(
    base: Run, signed_in: Visitor
) -> None:
    client = signed_in("marketer")
    made = client.post(
        "/customers/kept/keep", {"name": "Drifters", "query": "stage=drifting&page=3&evil=1"}
    )
    saved = SavedFilter.objects.get()
    assert made.headers["Location"] == "/customers?stage=drifting"
    assert saved.query == "stage=drifting"
    assert "Drifters" in get(client, "/customers")
    client.post(f"/customers/kept/{saved.pk}/forget")
    page = get(client, "/customers/kept")
    assert not SavedFilter.objects.exists()
    undo = re.search(r'action="(/customers/kept/restore[^"]*)"', page)
    assert undo
    client.post(html.unescape(undo[1]))
    assert SavedFilter.objects.get().name == "Drifters"


def test_shares_a_selection_with_colleagues_only_when_asked(base: Run, signed_in: Visitor) -> None:
    marketer, service = signed_in("marketer"), signed_in("service")
    marketer.post("/customers/kept/keep", {"name": "Mine", "query": "stage=new"})
    marketer.post(
        "/customers/kept/keep", {"name": "Ours", "query": "stage=lost", "is_shared": "yes"}
    )
    page = get(service, "/customers")
    assert "Ours" in page
    assert "Mine" not in page
    ours = SavedFilter.objects.get(name="Ours")
    assert service.post(f"/customers/kept/{ours.pk}/forget").status_code == 409

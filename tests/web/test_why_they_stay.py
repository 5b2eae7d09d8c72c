"""Why they stay: for the base, for those who stay without being loyal, and for one customer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from stamgast.customers.models import Customer
from stamgast.scoring.models import BondScore, Run
from web.base_in_figures import AS_OF, show_base
from web.conftest import SignIn
from web.pages import get, said, section, text

BONDS = ("situational", "economic", "legal", "technical", "emotional")


def _bonds(run: Run, at: datetime, name: str, kind: str, **changes: Any) -> BondScore:
    """Write down why a customer stays: everything half known, unless said otherwise."""
    customer = Customer.objects.create(key=name, first_name=name, made_at=at, changed_at=at)
    chances = dict.fromkeys(("p_true", "p_latent", "p_spurious", "p_none"), 0.1)
    if f"p_{kind}" in chances:
        chances[f"p_{kind}"] = 0.7
    facts: dict[str, Any] = {
        **chances,
        "kind": kind,
        "held_by": "legal",
        "margin_365_minor": 10_000,
    }
    facts |= {"recommend": 0.5, "recommend_low": 0.3, "recommend_high": 0.7}
    for bond in BONDS:
        facts |= {bond: 0.5, f"{bond}_low": 0.2, f"{bond}_high": 0.8, f"{bond}_coverage": 0.5}
    return BondScore.objects.create(run=run, customer=customer, **{**facts, **changes})


def _held(run: Run, at: datetime, name: str, days: int | None, **changes: Any) -> BondScore:
    ends = {"ends_on": AS_OF + timedelta(days=days), "ends_bond": "legal"} if days else {}
    return _bonds(run, at, name, "spurious", **{"subtype": "captive", **ends, **changes})


def test_while_most_are_unknown_it_leads_with_what_is_known(
    signed_in: SignIn, at: datetime
) -> None:
    run = show_base()
    _bonds(run, at, "Anna", "true")
    _held(run, at, "Bram", 41)
    _bonds(run, at, "Carla", "unknown")
    page = get(signed_in("marketer"), "/why-they-stay")
    assert said(page).startswith("Of 2 customers we know enough to say why they stay, of 7,998")
    assert "367 more answers tell how many are loyal" in text(page)


def test_when_most_are_known_it_says_how_many_are_loyal(signed_in: SignIn, at: datetime) -> None:
    run = show_base(customers=3, stages={"active": 3})
    _bonds(run, at, "Anna", "true")
    _held(run, at, "Bram", 41)
    _bonds(run, at, "Carla", "unknown")
    page = get(signed_in("marketer"), "/why-they-stay")
    assert said(page) == (
        "Of 3 customers 1 are loyal; 1 stay without being loyal, and of 1 we do not know yet."
    )


def test_each_kind_says_what_fits_and_what_to_avoid(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _bonds(run, at, "Anna", "true")
    kinds = section(get(signed_in("marketer"), "/why-they-stay"), "Who stays, and what to do")
    assert "Loyal: fond of us, and they buy 1" in kinds
    assert "Invite them to bring somebody" in kinds
    assert "Discount: they buy without" in kinds


def test_the_matrix_sets_attitude_against_buying(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _bonds(run, at, "Anna", "true")
    _bonds(run, at, "Dirk", "true")
    _bonds(run, at, "Bram", "none")
    matrix = section(get(signed_in("marketer"), "/why-they-stay"), "Do they want to stay")
    assert "yes 0 0 2 €200" in matrix
    assert "no 1 €100 0 0" in matrix


def test_bonds_that_end_stand_by_month(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _held(run, at, "Bram", 41)
    _bonds(run, at, "Anna", "true", ends_on=date(2026, 12, 5), ends_bond="legal")
    _held(run, at, "Past", None, ends_on=AS_OF - timedelta(days=3), ends_bond="legal")
    page = section(get(signed_in("marketer"), "/why-they-stay"), "When what holds them ends")
    assert "December 2026 The contract ends 2 1 €200" in page
    assert "November" not in page


def test_margin_is_hidden_from_customer_service(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _held(run, at, "Bram", 41)
    client = signed_in("service")
    for address in ("/why-they-stay", "/why-they-stay/not-loyal"):
        shown = get(client, address).split("<main")[1]
        assert "€" not in shown
        assert "argin" not in shown


def test_lists_who_is_held_and_whose_bond_ends_first(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _held(run, at, "Later", 120)
    _held(run, at, "Never", None, subtype="habit")
    _held(run, at, "Soon", 41)
    _bonds(run, at, "Loyal", "true")
    page = get(signed_in("marketer"), "/why-they-stay/not-loyal")
    assert said(page) == (
        "3 customers stay without being loyal. What holds 1 of them ends within three months."
    )
    shown = text(page)
    assert "Contract ends in 41 days" in shown
    assert shown.index("Soon") < shown.index("Later") < shown.index("Never")
    assert "Loyal " not in shown.split("What ends")[1]


def test_the_list_narrows_to_what_holds_them(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _held(run, at, "Contracted", 41)
    _held(run, at, "Habitual", None, subtype="habit")
    page = text(get(signed_in("marketer"), "/why-they-stay/not-loyal?held=habit"))
    assert "Habitual" in page
    assert "Contracted" not in page


def test_the_list_has_pages(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    for n in range(51):
        _held(run, at, f"Customer{n:02}", 10 + n)
    client = signed_in("marketer")
    assert "Customer50" not in get(client, "/why-they-stay/not-loyal")
    assert "Customer50" in get(client, "/why-they-stay/not-loyal?page=2")


def test_in_dutch_the_contract_ends_too(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    _held(run, at, "Bram", 41)
    page = text(get(signed_in("marketer", language="nl"), "/why-they-stay/not-loyal"))
    assert "Contract loopt af over 41 dagen" in page


def test_a_customer_page_says_in_words_why_they_stay(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    evidence = [
        {"code": "contract", "bond": "legal", "day": "2026-11-01", "direction": "for"},
        {
            "code": "discount_share",
            "bond": "economic",
            "day": "2026-10-14",
            "direction": "neither",
            "detail": "7/20",
        },
        {"code": "nps", "bond": "emotional", "day": "2026-10-02", "value": 0.1},
    ]
    row = _held(run, at, "Bram", 41, evidence=evidence, emotional_coverage=0.1)
    card = section(get(signed_in("service"), f"/customers/{row.customer_id}"), "Why this customer")
    assert "Stays through a contract rather than liking us." in card
    assert "contract ends in 41 days" in card
    assert "Contract: speaks for it (1 November 2026)" in card
    assert "Buys again with discount, 7 of 20 times: says neither (14 October 2026)" in card
    assert "Would recommend us: speaks against it (2 October 2026)" in card
    assert "Of what they think of us we know little: 1 sign." in card


def test_having_no_contract_is_said_so(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    none = {"code": "contract", "bond": "legal", "day": "2026-11-01", "detail": "none"}
    row = _bonds(run, at, "Anna", "true", evidence=[none])
    card = section(get(signed_in("service"), f"/customers/{row.customer_id}"), "Why this customer")
    assert "Contract No contract" in card


def test_nobody_who_objects_is_judged(signed_in: SignIn, at: datetime) -> None:
    run = show_base()
    row = _held(run, at, "Bram", 41)
    Customer.objects.filter(pk=row.customer_id).update(objects_to_profiling=True)
    page = get(signed_in("service"), f"/customers/{row.customer_id}")
    assert not section(page, "Why this customer")


def test_before_the_first_scoring_the_overview_says_how_to_begin(signed_in: SignIn) -> None:
    client = signed_in("marketer")
    for address in ("/why-they-stay", "/why-they-stay/not-loyal"):
        assert client.get(address).headers["Location"] == "/"

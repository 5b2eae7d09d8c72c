"""The loyalty programme as a till uses it: whatever is sent twice is done once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.conftest import MakeProgram, Program
from loyalty.codes_cast import a_card_set, a_set
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.loyalty.actions import add_rule, set_programme, start_programme
from stamgast.loyalty.actions.replies import forget_replies
from stamgast.loyalty.codes.actions import issue_code, issue_gift_card
from stamgast.loyalty.models import Checkout, Entry, Reply
from stamgast.loyalty.replay import verify
from stamgast.loyalty.tiers.actions import judge_members, set_rule, set_tier
from stamgast.privacy.actions import erase_person

LINES = [{"sku": "A", "amount": "60.00"}, {"sku": "B", "amount": "40.00"}]
BASKET: dict[str, Any] = {"member": "M-1", "currency": "EUR", "lines": LINES}


@pytest.fixture
def till(shop_program: Program, anna: Customer, bram: Customer, at: datetime) -> Program:
    """A till in a shop where Anna and Bram take part; Anna has 500 points."""
    started = at - timedelta(days=400)
    start_programme(at=at, by="test", since=started)
    set_programme(at=at, by="test", pending_days=0)
    add_rule(at=at, by="test", name="Euro", kind="per_amount", points=1, starts_at=started)
    assert shop_program.put("/members/M-1", {"customer": {"key": "C-1001"}}).status == 201
    assert shop_program.put("/members/M-2", {"customer": {"key": "C-1002"}}).status == 201
    given = {"kind": "grant", "member": "M-1", "points": 500, "reason": "welcome"}
    assert shop_program.post("/entries", given, key="welcome").status == 201
    return shop_program


def points(till: Program, ref: str = "M-1") -> tuple[int, int, int, int]:
    told = till.get(f"/members/{ref}").body
    return told["available"], told["pending"], told["reserved"], told["owed"]


def test_a_purchase_from_quote_to_return(till: Program) -> None:
    told = till.post("/quotes", {**BASKET, "points": 200}).body
    assert (told["spend"], told["spend_amount"], told["earns"]) == (200, "2.00", 98)
    assert (told["usable"], told["total"], told["to_pay"]) == (500, "100.00", "98.00")
    held = till.put("/checkouts/R-1", {**BASKET, "points": 200})
    assert (held.status, held.body["status"], held.body["held"]) == (201, "held", 200)
    assert points(till) == (300, 0, 200, 0)
    done = till.post("/checkouts/R-1/commit", {})
    assert (done.status, done.body["spent"], done.body["earned"]) == (200, 200, 98)
    back = till.post("/checkouts/R-1/returns", {"return_ref": "B-1", "lines": [{"sku": "A"}]})
    assert (back.status, back.body["given_back"], back.body["taken_back"]) == (201, 120, 59)
    assert till.post("/checkouts/R-1/returns", {"return_ref": "B-2"}).status == 201
    assert points(till) == (500, 0, 0, 0)
    assert till.get("/checkouts/R-1").body["taken_back"] == 98
    assert verify().is_in_balance


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/entries", {"kind": "grant", "member": "M-1", "points": 5, "reason": "sorry"}),
        ("/entries", {"kind": "deduct", "member": "M-1", "points": 5, "reason": "sorry"}),
        ("/entries", {"kind": "correct", "member": "M-1", "points": -5, "reason": "sorry"}),
        (
            "/entries",
            {"kind": "transfer", "member": "M-1", "to": "M-2", "points": 5, "reason": "sorry"},
        ),
        ("/checkouts", {**BASKET, "ref": "R-9", "points": 30}),
        ("/members/M-1/leave", {}),
    ],
)
def test_the_same_key_is_done_once_and_gets_the_same_answer(
    till: Program, path: str, body: dict[str, Any]
) -> None:
    first = till.post(path, body, key="K")
    count = Entry.objects.count()
    again = till.post(path, body, key="K")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Entry.objects.count() == count


def test_the_same_key_with_another_request_is_refused(till: Program) -> None:
    body = {"kind": "grant", "member": "M-1", "points": 5, "reason": "sorry"}
    till.post("/entries", body, key="K")
    for path, other in (("/entries", {**body, "points": 6}), ("/members/M-1/leave", {})):
        answer = till.post(path, other, key="K")
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert points(till)[0] == 505


def test_a_write_without_a_key_is_refused(till: Program) -> None:
    response = till._client.post(
        "/api/v1/entries",
        {"kind": "grant", "member": "M-1", "points": 5, "reason": "sorry"},
        content_type="application/json",
    )
    assert response.status_code == 422
    assert response.json()["fields"][0]["field"] == "Idempotency-Key"
    assert points(till)[0] == 500


def test_a_refused_request_leaves_nothing_and_its_key_free(till: Program) -> None:
    body = {"kind": "deduct", "member": "M-1", "points": 501, "reason": "sorry"}
    refused = till.post("/entries", body, key="K")
    assert (refused.status, refused.code) == (409, "not_enough_points")
    assert refused.body["facts"] == {"available": 500}
    assert not Reply.objects.filter(key="K").exists()
    till.post("/entries", {**body, "kind": "grant", "points": 1}, key="more")
    assert till.post("/entries", body, key="K").status == 201


def test_the_shops_own_reference_is_done_once_whatever_the_key(till: Program) -> None:
    body = {**BASKET, "ref": "R-1", "points": 100}
    assert till.post("/checkouts", body).status == 201
    assert till.post("/checkouts", body).status == 200
    assert till.post("/checkouts", {**body, "points": 101}).code == "key_reused"
    assert points(till) == (499, 0, 0, 0)
    assert till.post("/checkouts/R-1/returns", {"return_ref": "B"}).body["given_back"] == 100
    assert till.post("/checkouts/R-1/returns", {"return_ref": "B"}).body["given_back"] == 100
    assert points(till) == (500, 0, 0, 0)


@pytest.mark.parametrize(
    "bad",
    [
        {"points": -1},
        {"points": 1.5},
        {"points": "5"},
        {"points": 10**12},
        {"points": True},
        {"shipping": "-1.00"},
        {"shipping": 4.95},
        {"lines": []},
        {"lines": [{"sku": "A", "amount": 60.0}]},
        {"lines": [{"sku": "A", "amount": "-1.00"}]},
        {"lines": [{"sku": "A", "amount": "1.00", "quantity": "0"}]},
        {"currency": "XXX"},
        {"currency": "USD"},
        {"coupon": "typing error"},
    ],
)
def test_a_basket_that_cannot_be_is_refused_with_nothing_written(
    till: Program, bad: dict[str, Any]
) -> None:
    for path in ("/quotes", "/checkouts"):
        more = {} if path == "/quotes" else {"ref": "R-1"}
        assert till.post(path, {**BASKET, **more, **bad}).status == 422
    assert till.put("/checkouts/R-1", {**BASKET, **bad}).status == 422
    assert not Checkout.objects.exists()


def test_shipping_goes_with_the_basket_and_a_code_may_take_it_off(
    till: Program, at: datetime
) -> None:
    a_set(at, "SHIP", kind="free_shipping", percent=None)
    basket = {**BASKET, "shipping": "4.95"}
    assert till.post("/quotes", basket).body["to_pay"] == "104.95"
    told = till.post("/quotes", {**basket, "codes": ["ship"]}).body
    assert (told["total"], told["to_pay"], told["earns"]) == ("104.95", "100.00", 100)
    assert told["effects"][0]["discount"] == "4.95"
    held = till.put("/checkouts/R-1", {**basket, "codes": ["ship"]})
    assert (held.status, held.body["to_pay"]) == (201, "100.00")


def test_a_gift_card_is_told_from_a_discount_and_a_reason_with_its_facts(
    till: Program, at: datetime
) -> None:
    a_set(at, "BIG", least_order_minor=12_500)
    card = issue_gift_card(a_card_set(at), amount_minor=3000, at=at, key="sale").text
    told = till.post("/quotes", {**BASKET, "codes": ["BIG", card]}).body["effects"]
    assert told[0]["reason"] == "below_minimum"
    assert told[0]["facts"] == {"least": "125.00", "missing": "25.00", "currency": "EUR"}
    assert [(one["is_payment"], one["discount"], one["factor"]) for one in told] == [
        (False, "0.00", "1"),
        (True, "30.00", "1"),
    ]


def test_what_is_earned_tells_from_when_and_until_when_it_is_good(
    till: Program, at: datetime
) -> None:
    set_programme(at=at, by="test", pending_days=14, validity_months=24)
    quoted = till.post("/quotes", BASKET).body
    done = till.post("/checkouts", {**BASKET, "ref": "R-1"}).body
    coming = till.get("/members/M-1").body["activating"][0]
    assert coming["points"] == 100
    assert quoted["ends_at"] == done["ends_at"] == coming["ends_at"]
    assert quoted["available_at"][:10] == done["available_at"][:10] == coming["at"][:10]
    set_programme(at=at, by="test", validity_months=0)
    never = till.post("/checkouts", {**BASKET, "ref": "R-2"}).body
    assert (never["ends_at"], never["available_at"] is None) == (None, False)
    nothing = till.post("/checkouts", {**BASKET, "ref": "R-3", "member": None}).body
    assert (nothing["ends_at"], nothing["available_at"]) == (None, None)


def test_a_member_is_told_with_their_tier_and_their_codes(
    till: Program, anna: Customer, at: datetime
) -> None:
    assert till.get("/members/M-1").body["tier"] is None
    set_rule(measure="points", at=at)
    for name, threshold in (("Silver", 100), ("Gold", 500)):
        gives = [{"kind": "extra_points", "text": "More", "factor": "1.5"}]
        set_tier(name=name, threshold=threshold, benefits=gives, at=at)
    till.post("/checkouts", {**BASKET, "ref": "R-1"})
    now = datetime.now(UTC)
    judge_members(at=now)
    five = a_set(at, kind="amount", percent=None, amount_minor=500, uses_per_code=1)
    own = issue_code(five, anna, at=at, key="own")
    told = till.get("/members/M-1").body
    assert told["tier"] == {"code": "silver", "name": "Silver", "grace_until": None}
    ahead = {"code": "gold", "name": "Gold", "measure": "points", "has": "100", "missing": "400"}
    assert told["next_tier"] == ahead
    assert told["benefits"] == [{"kind": "extra_points", "text": "More", "factor": "1.5"}]
    assert [(one["discount_code"], one["gives"], one["amount"]) for one in told["codes"]] == [
        (own.text, "amount", "5.00")
    ]
    till.post("/checkouts", {**BASKET, "ref": "R-2", "codes": [own.text]})
    assert till.get("/members/M-1").body["codes"] == []


def test_joining_again_needs_no_key_and_changes_nothing(till: Program) -> None:
    said = {"customer": {"key": "C-1001"}}
    before = till.get("/members/M-1").body
    told = [till.put("/members/M-1", said) for _ in range(2)]
    assert [(one.status, one.body["outcome"]) for one in told] == [(200, "unchanged")] * 2
    now = till.get("/members/M-1").body
    assert {**before, "as_of": ""} == {**now, "as_of": ""}
    assert till.put("/members/M-1", {"customer": {"key": "C-1002"}}).code == "member_ref_taken"
    assert Event.objects.filter(kind="programme_joined").count() == 2


def test_holding_more_points_than_there_is_to_pay_is_refused(till: Program) -> None:
    small = {**BASKET, "lines": [{"sku": "A", "amount": "3.00"}], "points": 500}
    assert till.post("/quotes", small).body["spend"] == 300
    refused = till.put("/checkouts/R-1", small)
    assert (refused.status, refused.code) == (422, "points_above_total")
    assert refused.body["facts"] == {"most": 300}
    assert points(till) == (500, 0, 0, 0)


def test_who_or_what_is_not_there_is_told(till: Program) -> None:
    assert till.get("/members/X").code == "not_a_member"
    assert till.post("/quotes", {**BASKET, "member": "X"}).status == 404
    assert till.post("/checkouts/X/commit", {}).code == "no_such_checkout"
    assert till.post("/checkouts/X/returns", {"return_ref": "B"}).code == "no_such_checkout"
    assert till.post("/entries/999999/reversal", {"reason": "x"}).code == "no_such_entry"
    body = {"kind": "transfer", "member": "M-1", "points": 5, "reason": "x"}
    assert till.post("/entries", body).code == "nobody_named"


def test_an_entry_is_undone_once(till: Program) -> None:
    entry = till.get("/entries", member="M-1").body["items"][0]
    assert (entry["kind"], entry["points"], entry["sequence"]) == ("grant", 500, 1)
    assert sum(leg["points"] for leg in entry["legs"]) == 0
    undone = till.post(f"/entries/{entry['id']}/reversal", {"reason": "wrong member"})
    assert undone.status == 201
    assert points(till)[0] == 0
    again = till.post(f"/entries/{entry['id']}/reversal", {"reason": "wrong member"})
    assert (again.status, again.code) == (409, "already_reversed")


def test_what_a_member_does_earns_by_the_rules(till: Program, at: datetime) -> None:
    add_rule(at=at, by="test", name="Review", kind="action", action="review", points=25)
    later = {"member": "M-1", "action": "review", "happened_at": "2026-11-21T09:00:00Z"}
    told = till.post("/events", later)
    assert (told.status, [one["points"] for one in told.body["entries"]]) == (201, [25])
    assert points(till)[0] == 525


def test_the_ledger_is_read_in_pages(till: Program) -> None:
    for number in range(3):
        till.post("/checkouts", {**BASKET, "ref": f"R-{number}"})
    first = till.get("/entries", member="M-1", limit=2).body
    rest = till.get("/entries", member="M-1", limit=2, cursor=first["next"]).body
    assert [one["sequence"] for one in first["items"] + rest["items"]] == [1, 2, 3, 4]


def test_a_test_key_answers_and_keeps_nothing(till: Program, program: MakeProgram) -> None:
    trial = Program(*_another_key(program))
    body = {**BASKET, "ref": "R-1", "points": 100}
    assert trial.post("/checkouts", body, key="K").status == 201
    assert not Reply.objects.filter(key="K").exists()
    assert points(till) == (500, 0, 0, 0)


def _another_key(program: MakeProgram) -> tuple[str | None]:
    from stamgast.staff.actions import make_key
    from stamgast.staff.models import User
    from stamgast.staff.rules import SCOPES

    owner = User.objects.get(email="owner@shop.example")
    made = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
    _, plain = make_key("Trial", scopes=SCOPES, is_live=False, by=owner, at=made)
    return (plain,)


def test_points_by_hand_are_answered_anew_from_their_entry(
    till: Program, anna: Customer, at: datetime
) -> None:
    said = {"kind": "grant", "member": "M-1", "points": 40, "reason": "Sorry"}
    first = till.post("/entries", said, key="K")
    again = till.post("/entries", said, key="K")
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    row = Reply.objects.get(key="K")
    assert (row.body, row.entry_id) == (None, first.body["entries"][0]["id"])
    other = till.post("/entries", {**said, "points": 41}, key="K")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert till.post("/entries", {**said, "kind": "deduct", "points": 999}, key="L").status == 409
    assert not Reply.objects.filter(key="L").exists()  # what is refused leaves its key free
    assert forget_replies(at=datetime.now(UTC) + timedelta(days=31)) >= 1
    gone = till.post("/entries", said, key="K")
    assert (gone.status, gone.code) == (409, "answer_gone")
    assert verify().is_in_balance


def test_the_answer_goes_with_the_member_and_the_key_stays(
    till: Program, anna: Customer, at: datetime
) -> None:
    body = {**BASKET, "ref": "R-1"}
    assert till.post("/checkouts", body, key="K").status == 201
    erase_person(anna, at=at, by="test")
    gone = till.post("/checkouts", body, key="K")
    assert (gone.status, gone.code) == (409, "answer_gone")
    assert till.get("/members/M-1").status == 404
    assert verify().is_in_balance

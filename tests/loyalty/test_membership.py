"""Signing in by mail, what members allow, and purchases that earned nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty.at_once import at_once
from stamgast.customers.errors import AlreadyClosed
from stamgast.customers.models import Customer, Task
from stamgast.events.models import Event
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.membership import queries
from stamgast.loyalty.membership.actions import (
    Agreed,
    forget_codes,
    grant_missing,
    join,
    leave,
    mail_code,
    mail_page,
    miss_purchase,
    note_consent,
    refuse_missing,
    remind_of_expiry,
    use_code,
)
from stamgast.loyalty.membership.errors import (
    BadMissingPurchase,
    CannotMailPage,
    PurchaseKnown,
    SignInCodeRefused,
    TooManyQuestions,
)
from stamgast.loyalty.membership.links import customer_behind, is_just_proven
from stamgast.loyalty.models import Checkout, Member, SignInCode
from stamgast.mail.actions import change_mail_settings
from stamgast.mail.models import Message

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def _mailed() -> str:
    return str(Message.objects.order_by("-pk").first().facts["code"])  # type: ignore[union-attr]


def test_a_code_by_mail_signs_in_once(anna: Customer, at: datetime) -> None:
    mail_code(" Anna@Example.nl ", at=at)
    code = _mailed()
    assert code not in SignInCode.objects.get().digest
    assert use_code("anna@example.nl", f"{code[:3]} {code[3:]}", at=at + MINUTE) == anna
    with pytest.raises(SignInCodeRefused):
        use_code("anna@example.nl", code, at=at + MINUTE)


def test_a_code_works_for_ten_minutes(anna: Customer, at: datetime) -> None:
    mail_code("anna@example.nl", at=at)
    with pytest.raises(SignInCodeRefused):
        use_code("anna@example.nl", _mailed(), at=at + 10 * MINUTE)


def test_a_code_is_for_one_person_and_one_purpose(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    mail_code("anna@example.nl", at=at)
    code = _mailed()
    mail_code("bram@example.nl", at=at)
    with pytest.raises(SignInCodeRefused):
        use_code("bram@example.nl", code, at=at)
    with pytest.raises(SignInCodeRefused):
        use_code("anna@example.nl", code, at=at, purpose="erase")
    assert use_code("anna@example.nl", code, at=at) == anna


def test_five_wrong_tries_end_a_code(anna: Customer, at: datetime) -> None:
    mail_code("anna@example.nl", at=at)
    code = _mailed()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(SignInCodeRefused):
            use_code("anna@example.nl", wrong, at=at)
    with pytest.raises(SignInCodeRefused):
        use_code("anna@example.nl", code, at=at)


def test_nobody_is_mailed_more_than_three_codes_in_a_quarter_of_an_hour(
    anna: Customer, at: datetime
) -> None:
    sent = [mail_code("anna@example.nl", at=at + n * MINUTE) for n in range(5)]
    assert [one is not None for one in sent] == [True, True, True, False, False]
    assert mail_code("anna@example.nl", at=at + 16 * MINUTE) is not None
    assert forget_codes(at=at + timedelta(days=2)) == 4


def test_nobody_is_mailed_more_than_twelve_codes_in_a_day(anna: Customer, at: datetime) -> None:
    sent = [mail_code("anna@example.nl", at=at + n * 16 * MINUTE) for n in range(14)]
    assert [one is not None for one in sent] == [True] * 12 + [False] * 2
    assert mail_code("anna@example.nl", at=at + timedelta(days=1, minutes=1)) is not None


def test_thirty_tries_in_a_day_are_all_whatever_codes_are_asked_for(
    anna: Customer, at: datetime
) -> None:
    for number in range(6):
        moment = at + number * 16 * MINUTE
        mail_code("anna@example.nl", at=moment)
        wrong = "000000" if _mailed() != "000000" else "111111"
        for _ in range(5):
            with pytest.raises(SignInCodeRefused):
                use_code("anna@example.nl", wrong, at=moment)
    later = at + 7 * 16 * MINUTE
    mail_code("anna@example.nl", at=later)
    with pytest.raises(SignInCodeRefused):
        use_code("anna@example.nl", _mailed(), at=later)
    tomorrow = at + timedelta(days=1, hours=2)
    mail_code("anna@example.nl", at=tomorrow)
    assert use_code("anna@example.nl", _mailed(), at=tomorrow) == anna


@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_are_no_more_than_five(anna: Customer, at: datetime) -> None:
    mail_code("anna@example.nl", at=at)
    code = _mailed()
    wrong = [f"{(int(code) + n) % 10**6:06}" for n in range(1, 9)]
    assert set(at_once(lambda n: use_code("anna@example.nl", wrong[n], at=at), callers=8)) == {
        SignInCodeRefused.code
    }
    assert SignInCode.objects.get().tries == 5
    with pytest.raises(SignInCodeRefused):
        use_code("anna@example.nl", code, at=at)


def test_who_we_do_not_know_is_mailed_nothing(db: None, at: datetime) -> None:
    assert mail_code("nobody@example.nl", at=at) is None
    assert not Message.objects.exists()
    with pytest.raises(SignInCodeRefused):
        use_code("nobody@example.nl", "123456", at=at)


def test_membership_and_profiling_are_agreed_to_apart(
    per_euro: Any, anna: Customer, at: datetime
) -> None:
    member, _ = join(anna, Agreed("I join", "member page"), at=at)
    assert set(queries.consents_of(member)) == {"membership"}
    note_consent(
        member, kind="profiling", is_granted=False, wording="No profile", source="page", at=at
    )
    anna.refresh_from_db()
    assert anna.objects_to_profiling
    note_consent(
        member, kind="profiling", is_granted=True, wording="Profile me", source="page", at=at
    )
    anna.refresh_from_db()
    assert not anna.objects_to_profiling
    said = queries.consents_of(member)
    assert (said["membership"].wording, said["profiling"].wording) == ("I join", "Profile me")


def test_who_leaves_keeps_points_until_their_end_or_gives_them_up(
    member: Member, other: Member, buy_for: Callable[..., Checkout], at: datetime
) -> None:
    long_ago = at - timedelta(days=60)
    for one in (member, other):
        buy_for(one, f"R-{one.pk}", 100.0, at=long_ago)
    leave(member, source="member page", at=at, by="member")
    leave(other, source="member page", at=at, by="member", keeps_points=False)
    assert balance_of(member, as_of=at).available == 100
    assert balance_of(other, as_of=at).available == 0
    assert not queries.consents_of(member)["membership"].is_granted


def _miss(member: Member, at: datetime, number: str = "R-9", **facts: Any) -> Any:
    usual = {"bought_on": at.date() - timedelta(days=30), "amount_minor": 5000}
    return miss_purchase(member, number=number, at=at, **{**usual, **facts})


def test_a_missed_purchase_becomes_a_task_and_then_points(member: Member, at: datetime) -> None:
    row = _miss(member, at)
    task = Task.objects.get()
    assert (task.title, task.reason) == ("R-9", "missing_purchase")
    grant_missing(row, at=at)
    assert balance_of(member, as_of=at).available == 50  # thirty days ago: no longer pending
    assert Task.objects.get().done_at == at
    with pytest.raises(AlreadyClosed):
        refuse_missing(row, at=at)


def test_a_refused_purchase_earns_nothing_and_cannot_be_asked_twice(
    member: Member, at: datetime
) -> None:
    refuse_missing(_miss(member, at), at=at)
    assert balance_of(member, as_of=at).available == 0
    with pytest.raises(PurchaseKnown):
        _miss(member, at)


def test_refuses_purchases_that_cannot_be_missed(
    member: Member, buy_for: Callable[..., Checkout], at: datetime
) -> None:
    buy_for(member, "R-1", 10.0)
    with pytest.raises(PurchaseKnown):
        _miss(member, at, "R-1")
    day = timedelta(days=1)
    for facts, field in (
        ({"number": " "}, "order_number"),
        ({"bought_on": at.date() + day}, "bought_on"),
        ({"bought_on": at.date() - 366 * day}, "bought_on"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": -500}, "amount_minor"),
    ):
        with pytest.raises(BadMissingPurchase) as refused:
            _miss(member, at, **facts)
        assert refused.value.facts == {"field": field}
    for n in range(5):
        _miss(member, at, f"X-{n}")
    with pytest.raises(TooManyQuestions):
        _miss(member, at, "X-6")


def test_everybody_whose_points_end_soon_is_told_once(
    member: Member, other: Member, buy_for: Callable[..., Checkout], at: datetime
) -> None:
    """For every member alike: no lot is drawn, and no consent to offers is needed to hear it."""
    for one in (member, other):
        buy_for(one, f"R-{one.pk}", 100.0)
    (coming,) = balance_of(member, as_of=at + timedelta(days=20)).expiring
    assert remind_of_expiry(at=coming.at - timedelta(days=31)) == 0
    soon = coming.at - timedelta(days=29)
    assert remind_of_expiry(at=soon) == 2
    assert remind_of_expiry(at=soon + timedelta(days=1)) == 0
    mail = Message.objects.filter(kind="points").order_by("pk").first()
    assert mail is not None
    assert mail.facts["points"] == 100
    assert "button" not in str(mail.content.document)  # our pages have no public address yet
    assert Event.objects.filter(kind="points_expiry_reminded").count() == 2


def test_mails_open_the_members_own_page_for_thirty_days(
    member: Member, buy_for: Callable[..., Checkout], at: datetime
) -> None:
    change_mail_settings(at=at, by="test", public_address="https://points.example")
    buy_for(member, "R-1", 100.0)
    (coming,) = balance_of(member, as_of=at + timedelta(days=20)).expiring
    soon = coming.at - timedelta(days=29)
    assert remind_of_expiry(at=soon) == 1
    page = Message.objects.get(kind="points").facts["page"]
    assert page.startswith("https://points.example/member/open/")
    token = page.rpartition("/")[2]
    assert customer_behind(token, at=soon + timedelta(days=29)) == member.customer
    assert customer_behind(token, at=soon + timedelta(days=30)) is None
    assert not is_just_proven(token, at=soon)


def test_a_colleague_mails_a_member_their_page_once_however_often_pressed(
    member: Member, at: datetime
) -> None:
    change_mail_settings(at=at, by="test", public_address="https://points.example")
    first = mail_page(member, at=at)
    assert mail_page(member, at=at + 2 * MINUTE) == first
    assert mail_page(member, at=at + 20 * MINUTE) != first
    assert Event.objects.filter(kind="member_page_mailed").count() == 2


def test_refuses_to_mail_a_page_without_an_address(member: Member, at: datetime) -> None:
    with pytest.raises(CannotMailPage) as refused:
        mail_page(member, at=at)
    assert refused.value.facts == {"problem": "no_public_address"}
    change_mail_settings(at=at, by="test", public_address="https://points.example")
    member.customer.email = ""
    with pytest.raises(CannotMailPage) as refused:
        mail_page(member, at=at)
    assert refused.value.facts == {"problem": "no_address"}


def test_nonsense_opens_nobodys_page(db: None, at: datetime) -> None:
    assert customer_behind("nonsense", at=at) is None
    assert not is_just_proven("nonsense", at=at)

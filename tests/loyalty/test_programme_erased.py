"""Erasing a member cuts who they were, and leaves the books and figures in balance."""

from __future__ import annotations

from datetime import datetime

import pytest

from loyalty.codes_cast import CART, a_set, hold
from loyalty.till import give
from stamgast.customers.models import Customer
from stamgast.loyalty.codes.actions import commit_codes, issue_code, quote_codes
from stamgast.loyalty.membership.actions import mail_code, note_consent
from stamgast.loyalty.models import (
    Claim,
    CodeCount,
    DiscountCode,
    Member,
    ProgrammeConsent,
    Referral,
    ReferralCode,
    SignInCode,
)
from stamgast.loyalty.referrals.actions import bring_friend, code_of, set_rule
from stamgast.loyalty.referrals.errors import ReferralRefused
from stamgast.loyalty.replay import verify
from stamgast.loyalty.rewards.actions import claim_reward, make_reward
from stamgast.privacy.actions import erase_person, merge_customers, unmerge_customers

pytestmark = pytest.mark.django_db


def test_an_erased_member_leaves_figures_and_no_trace(
    member: Member, daan: Customer, eva: Customer, at: datetime
) -> None:
    set_rule(is_on=True, at=at)
    link = code_of(member, at=at).text
    bring_friend(link, daan, at=at)
    give(member, 250, at=at)
    mug = make_reward(
        name="Mug", kind="gift", points=100, requires_purchase=False, currency="EUR", at=at
    )
    claim_reward(mug, member, key="c-1", at=at)
    code = issue_code(a_set(at), member.customer, at=at, key="k-1")
    mail_code("anna@example.nl", at=at)
    note_consent(member, kind="membership", is_granted=True, wording="I", source="page", at=at)
    erase_person(member.customer, at=at, by="test", reason="request")
    assert verify().is_in_balance
    assert Claim.objects.count() == 1
    assert Referral.objects.count() == 1
    assert not ReferralCode.objects.filter(text=link).exists()
    assert DiscountCode.objects.get(pk=code.pk).blocked_at == at
    assert not ProgrammeConsent.objects.exists()
    assert not SignInCode.objects.exists()
    with pytest.raises(ReferralRefused):
        bring_friend(link, eva, at=at)


def test_two_records_that_are_one_keep_their_codes_and_give_them_back(
    anna: Customer, daan: Customer, at: datetime
) -> None:
    made = a_set(at, uses_per_customer=1)
    code = issue_code(made, daan, at=at, key="k-1")
    hold("cart", code.text, at=at, customer=daan)
    commit_codes("cart", at=at)
    merge = merge_customers(anna, daan, at=at, by="test")
    assert DiscountCode.objects.get().customer_id == anna.pk
    (said,) = quote_codes(CART, [code.text], customer=anna, at=at)
    assert said.reason == "used_by_you"
    unmerge_customers(merge, at=at, by="test")
    assert DiscountCode.objects.get().customer_id == daan.pk


def test_one_person_has_the_limit_of_a_set_once(
    anna: Customer, daan: Customer, at: datetime
) -> None:
    made = a_set(at, "TEN", uses_per_customer=2)
    for number, customer in enumerate((anna, daan)):
        hold(f"c{number}", "TEN", at=at, customer=customer)
        commit_codes(f"c{number}", at=at)
    merge = merge_customers(anna, daan, at=at, by="test")
    assert CodeCount.objects.get(code_set=made, customer=anna).uses == 2
    assert quote_codes(CART, ["TEN"], customer=anna, at=at)[0].reason == "used_by_you"
    unmerge_customers(merge, at=at, by="test")
    uses = CodeCount.objects.filter(code_set=made).values_list("customer", "uses")
    assert set(uses) == {(anna.pk, 1), (daan.pk, 1)}
    assert quote_codes(CART, ["TEN"], customer=anna, at=at)[0].status == "APPLICABLE"

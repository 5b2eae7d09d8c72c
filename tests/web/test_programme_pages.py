"""The staff's pages of the loyalty programme: setting it up, looking, giving and undoing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cast import buy
from loyalty.codes_cast import a_card_set, a_set
from loyalty.till import basket, give
from stamgast.customers.models import Customer
from stamgast.events.actions import claim, finish, tell
from stamgast.events.models import Event, Job
from stamgast.loyalty.actions import add_rule, join_programme, record_purchase, start_programme
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.membership.actions import miss_purchase
from stamgast.loyalty.models import (
    Claim,
    CodeSet,
    EarningRule,
    Member,
    MemberTier,
    Reward,
    Tier,
    WebhookDelivery,
)
from stamgast.loyalty.programme_jobs import invite_members, load_code_file
from stamgast.loyalty.queries import is_running, programme
from stamgast.loyalty.referrals.actions import code_of
from stamgast.loyalty.referrals.actions import set_rule as set_referral_rule
from stamgast.loyalty.rewards.actions import claim_reward, make_reward
from stamgast.loyalty.tiers.actions import set_tier
from stamgast.loyalty.worth.queries import benefit_experiment
from stamgast.mail.actions import change_mail_settings
from stamgast.mail.models import Message
from stamgast.web.marketer.earning_forms import SettingsForm

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGES = (
    "/programme", "/programme/saving", "/programme/saving/new", "/programme/levels",
    "/programme/levels/new", "/programme/rewards", "/programme/rewards/new", "/programme/codes",
    "/programme/codes/new", "/programme/friends", "/programme/lots",
)  # fmt: skip


@pytest.fixture
def member(anna: Customer, at: datetime) -> Member:
    """Anna takes part in a programme that has run for a year."""
    start_programme(at=at, by="test", since=at - 400 * DAY)
    add_rule(at=at, by="test", name="A", kind="per_amount", points=1, starts_at=at - 400 * DAY)
    return join_programme(anna, at=at - 300 * DAY)[0]


def words(response: Any) -> str:
    text = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ").split())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_opens_before_anything_is_there(signed_in: Any, language: str) -> None:
    client = signed_in("marketer", language=language)
    for address in PAGES:
        assert client.get(address).status_code == 200, address


def test_who_may_only_look_sees_no_forms_and_changes_nothing(
    signed_in: Any, member: Member, at: datetime
) -> None:
    client: Client = signed_in("analyst")
    for address in ("/programme", "/programme/saving", "/programme/levels", "/programme/friends"):
        assert client.get(address).status_code == 200
    for address in ("/programme/saving/new", "/programme/codes/new", "/programme/rewards/new"):
        assert client.get(address).status_code == 403
    client.post("/programme/levels", {"measure": "orders"})
    assert client.post("/programme/saving/run").status_code == 403
    assert is_running(programme(), at)


def test_a_rule_is_tried_before_it_is_kept(signed_in: Any, member: Member, at: datetime) -> None:
    buy(member.customer, "R-1", on=at - 10 * DAY)
    client = signed_in("marketer")
    filled = {
        "name": "Double", "kind": "per_amount", "points": "2", "per_minor": "1.00", "factor": "2",
        "does_qualify": "on",
    }  # fmt: skip
    tried = client.post("/programme/saving/new", {**filled, "try": "yes"})
    assert "would have given 24 points" in words(tried)
    assert EarningRule.objects.count() == 1
    review = {**filled, "kind": "action", "action": "review", "try": "yes"}
    assert "Past orders cannot tell" in words(client.post("/programme/saving/new", review))
    client.post("/programme/saving/new", filled)
    assert "2 points for every €1.00" in words(client.get("/programme/saving"))
    rule = EarningRule.objects.get(name="Double")
    client.post(f"/programme/saving/{rule.pk}/remove")
    assert "Double" not in words(client.get("/programme/saving"))


def test_an_action_earns_as_often_as_is_usual_unless_somebody_says_otherwise(
    signed_in: Any, member: Member
) -> None:
    client = signed_in("marketer")
    filled = {
        "name": "Birthday", "kind": "action", "action": "birthday", "points": "50",
        "per_minor": "1.00", "factor": "2",
    }  # fmt: skip
    client.post("/programme/saving/new", filled)
    assert "50 points for their birthday, at most 1 time a year" in words(
        client.get("/programme/saving")
    )
    rule = EarningRule.objects.get(name="Birthday")
    said = {**filled, "most_times": "3", "most_per": "ever"}
    client.post(f"/programme/saving/{rule.pk}", said)
    assert "their birthday, at most 3 times" in words(client.get("/programme/saving"))
    client.post(f"/programme/saving/{rule.pk}", {**said, "most_times": "0"})
    assert "at most" not in words(client.get("/programme/saving"))


def test_what_is_rarely_touched_is_folded_away_until_something_is_wrong_with_it(
    signed_in: Any, db: None
) -> None:
    client = signed_in("marketer")
    page = client.get("/programme/saving").content.decode()
    assert page.count('<details class="fold">') == 5
    form = SettingsForm(initial=dict.fromkeys(SettingsForm.base_fields, ""))
    assert len(form.in_sight()) + sum(len(fields) for _, fields, _ in form.folds()) == len(
        form.fields
    )
    wrong = client.post("/programme/saving", {"name": "A", "grace_days": "-1"})
    assert wrong.status_code == 422
    assert '<details class="fold" open><summary>When points end' in wrong.content.decode()


def test_codes_keep_what_their_kind_gives_and_say_it(signed_in: Any, db: None) -> None:
    client = signed_in("marketer")
    filled = {"name": "Free", "kind": "free_shipping", "percent": "10", "vat_kind": "discount"}
    client.post("/programme/codes/new", {**filled, "categories": "Tea"})
    row = CodeSet.objects.get()
    assert row.percent is None
    assert "free delivery" in words(client.get("/programme/codes"))
    change = client.get(f"/programme/codes/{row.pk}/change").content.decode()
    assert '<details class="fold" open><summary>For which orders' in change
    client.post("/programme/codes/new", {**filled, "name": "Ten", "kind": "percent"})
    assert "Ten 10% off" in words(client.get("/programme/codes"))


def test_the_programme_starts_now_or_on_a_day_that_is_past(
    signed_in: Any, db: None, at: datetime
) -> None:
    add_rule(at=at, by="test", name="A", kind="per_amount", points=1)
    client = signed_in("marketer")
    ahead = client.post("/programme/saving/run", {"since": "2999-01-01"})
    assert ahead.status_code == 422
    assert "This day has yet to come." in words(ahead)
    assert programme().started_at is None
    begun = client.post("/programme/saving/run", {"since": "2026-01-01"}, follow=True)
    assert "what was bought from 1 January 2026 on earns points" in words(begun)
    assert programme().started_at == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert EarningRule.objects.get().starts_at == programme().started_at
    client.post("/programme/saving/run")
    client.post("/programme/saving/run", {"since": ""})
    assert programme().started_at == at


def test_the_settings_are_kept_or_the_field_says_why_not(
    signed_in: Any, member: Member, at: datetime
) -> None:
    client = signed_in("marketer")
    filled = {
        "name": "Linden", "joining": "first_order", "pending_days": "30", "validity_months": "12",
        "remind_days": "14", "point_value": "0.5", "owed": "absorb", "rounding": "down",
        "month_service": "400", "month_marketer": "5000", "expiry": "year_end", "grace_days": "7",
        "hold_minutes": "45",
    }  # fmt: skip
    assert client.post("/programme/saving", filled).status_code == 302
    kept = programme()
    assert (kept.expiry, kept.grace_days, kept.hold_minutes) == ("year_end", 7, 45)
    assert client.post("/programme/saving", {**filled, "hold_minutes": "0"}).status_code == 422
    assert programme().month_service == 400
    assert (programme().pending_days, str(programme().point_value)) == (30, "0.5000")
    assert client.post("/programme/saving", {**filled, "pending_days": "-1"}).status_code == 422
    client.post("/programme/saving/run")
    assert not is_running(programme(), at + DAY)


def test_a_level_with_its_benefits_is_made_and_changed(signed_in: Any, member: Member) -> None:
    client = signed_in("marketer")
    filled = {
        "name": "Silver", "threshold": "250.00", "kind_0": "free_shipping",
        "text_0": "Free delivery", "value_minor_0": "25.00", "cost_minor_0": "18.00",
    }  # fmt: skip
    assert client.post("/programme/levels/new", filled).status_code == 302
    tier = Tier.objects.get()
    assert (tier.threshold, tier.benefits.get().value_minor) == (25_000, 2500)
    page = client.get(f"/programme/levels/{tier.pk}").content.decode()
    assert 'value="250.00"' in page
    assert 'value="Free delivery"' in page
    assert client.post("/programme/levels/new", filled).status_code == 422  # the same threshold
    client.post(f"/programme/levels/{tier.pk}/remove")
    assert "There are no levels yet" in words(client.get("/programme/levels"))


def test_a_reward_is_put_up_given_and_taken_back(
    signed_in: Any, member: Member, at: datetime
) -> None:
    client = signed_in("marketer")
    filled = {
        "name": "Mug", "kind": "gift", "points": "100", "stock": "5", "cost_minor": "3.50",
        "vat_kind": "discount", "requires_purchase": "on", "code_days": "30",
    }  # fmt: skip
    assert client.post("/programme/rewards/new", filled).status_code == 302
    mug = Reward.objects.get()
    assert (mug.cost_minor, mug.code_days, mug.starts_at) == (350, 30, None)
    assert client.post("/programme/rewards/new", {**filled, "code_days": "0"}).status_code == 422
    wrong = client.post("/programme/rewards/new", {**filled, "vat_kind": "multi_purpose"})
    assert wrong.status_code == 422
    give(member, 250, at=at)
    for ref in ("R-1", "R-2"):  # a reward goes with each
        record_purchase(basket(ref, 10), member, at=at)
    claims = [claim_reward(mug, member, key=f"c{n}", at=at) for n in range(2)]
    assert "2 rewards wait" in words(client.get("/programme/rewards"))
    client.post(f"/programme/claims/{claims[0].pk}/fulfil")
    client.post(f"/programme/claims/{claims[1].pk}/undo")
    assert [claim.state for claim in Claim.objects.order_by("pk")] == ["fulfilled", "undone"]
    client.post(f"/programme/rewards/{mug.pk}/close")
    assert "taken down" in words(client.get("/programme/rewards"))
    client.post(f"/programme/rewards/{mug.pk}/reopen")


def test_codes_are_made_typed_and_many_become_a_job(signed_in: Any, member: Member) -> None:
    client = signed_in("marketer")
    filled = {
        "name": "Autumn", "kind": "percent", "percent": "10", "uses_most": "100",
        "budget_minor": "500.00", "vat_kind": "discount",
    }  # fmt: skip
    made = client.post("/programme/codes/new", filled)
    row = CodeSet.objects.get()
    assert made.status_code == 302
    assert (row.budget_minor, row.uses_most) == (50_000, 100)
    address = f"/programme/codes/{row.pk}"
    client.post(address, {"wanted": "20", "begin": "AU"})
    client.post(address, {"text": "welkom-10"})
    assert row.codes.count() == 21
    assert client.post(address, {"text": "né!"}).status_code == 422
    client.post(address, {"wanted": "1000000"})
    job = Job.objects.get(kind="make_codes")
    assert job.facts["wanted"] == 1_000_000
    free = b"".join(client.get(f"{address}/codes.csv").streaming_content)  # type: ignore[attr-defined]
    assert len(free.split()) == 22
    client.post(f"{address}/change", {**filled, "percent": "15"})
    row.refresh_from_db()
    assert row.percent == 15
    client.post(f"{address}/close")
    assert "closed" in words(client.get(address))


def test_a_file_of_codes_is_brought_in_behind_the_screens_within_a_size(
    signed_in: Any, member: Member, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("marketer")
    row = a_set(at)
    address = f"/programme/codes/{row.pk}"
    file = SimpleUploadedFile("autumn.csv", b"code\nAUT-1\nAUT-2\nno good!\nAUT1\n")
    assert client.post(f"{address}/load", {"file": file}).status_code == 302
    job = Job.objects.get(kind="load_codes")
    assert row.codes.count() == 0
    assert "Waiting" in words(client.get(address))
    job = claim(worker="one", at=job.run_at, kinds=["load_codes"]) or job
    finish(job, at=at, result=load_code_file(job))
    assert row.codes.count() == 2
    shown = words(client.get(address))
    assert "5 lines: 2 codes came in, 1 were there" in shown
    assert "line 4" in shown
    monkeypatch.setattr("stamgast.web.marketer.code_set.LARGEST_MB", 0.00001)
    large = SimpleUploadedFile("large.csv", b"code\n" * 100)
    assert client.post(f"{address}/load", {"file": large}).status_code == 422
    assert client.post(f"{address}/load").status_code == 422
    assert signed_in("service").post(f"{address}/load", {"file": file}).status_code == 403


def test_a_gift_card_is_made_once_and_blocked_when_it_is_lost(
    signed_in: Any, member: Member, at: datetime
) -> None:
    client = signed_in("marketer")
    row = a_card_set(at)
    address = f"/programme/codes/{row.pk}"
    filled = {"amount": "25.00", "email": "", "last_day": "", "once": "one"}
    assert client.post(f"{address}/card", filled).status_code == 302
    client.post(f"{address}/card", filled)  # pressed twice
    card = row.codes.get()
    assert (card.balance_minor, card.valid_until) == (2_500, None)
    assert card.text in words(client.get(address)), "right after making it is said whole"
    assert card.text not in words(client.get(address))
    assert f"…{card.text[-4:]}" in words(client.get(address))
    assert client.post(f"/programme/code/{card.pk}/show").status_code == 302
    assert card.text in words(client.get(address))
    assert Event.objects.get(kind="code_shown").subject_id == card.pk
    for wrong in ({"amount": "-1"}, {"email": "nobody@else.example"}, {"last_day": "2026-12-01"}):
        assert client.post(f"{address}/card", {**filled, "once": "two", **wrong}).status_code == 422
    owner = {"email": member.customer.email, "once": "three"}
    assert client.post(f"{address}/card", {**filled, **owner}).status_code == 302
    assert row.codes.filter(customer=member.customer).count() == 1
    client.post(f"/programme/code/{card.pk}/block")
    card.refresh_from_db()
    assert card.blocked_at is not None
    assert "blocked" in words(client.get(address))
    service = signed_in("service")
    assert service.post(f"{address}/card", filled).status_code == 403
    assert service.post(f"/programme/code/{card.pk}/show").status_code == 403
    assert not any(one.text in words(service.get(address)) for one in row.codes.all())


def test_invitations_and_benefits_are_given_by_lot_from_a_page(
    signed_in: Any, member: Member, bram: Customer, daan: Customer, at: datetime
) -> None:
    client = signed_in("marketer")
    once = {"share": "50", "days": "90", "once": "one"}
    assert (
        client.post("/programme/lots/invite", {**once, "name": "", "once": "0"}).status_code == 422
    )
    for _ in range(2):  # pressed twice
        begun = client.post("/programme/lots/invite", {**once, "name": "Autumn"})
        assert begun.status_code == 302
    job = Job.objects.get(kind="invite_members")
    assert job.facts["page"].endswith("/member/sign-in")
    told = invite_members(job)
    assert told["invited"] + told["left_out"] >= 2
    assert invite_members(job) == told
    tier = set_tier(
        name="Silver", threshold=100, benefits=[{"kind": "other", "text": "Thanks"}], at=at
    )
    benefit = tier.benefits.get()
    MemberTier.objects.create(member=member, tier=tier, since=at)
    tried = client.post("/programme/lots/benefit", {**once, "benefit": benefit.pk})
    assert tried.status_code == 302
    assert (
        client.post("/programme/lots/benefit", {**once, "benefit": benefit.pk}).status_code == 422
    )
    shown = words(client.get("/programme/lots"))
    assert "2 things were tried by lot" in shown
    assert "Silver: Thanks" in shown
    running = benefit_experiment(benefit)
    assert running is not None
    client.post(f"/programme/lots/{running.pk}/end")
    assert benefit_experiment(benefit) is None
    assert signed_in("service").get("/programme/lots").status_code == 403


def test_a_colleague_gives_a_link_for_friends_and_notes_who_brought_whom(
    signed_in: Any, member: Member, daan: Customer, at: datetime
) -> None:
    client = signed_in("service")
    page = f"/customers/{member.customer_id}"
    assert "invite friends" not in words(client.get(page))
    set_referral_rule(is_on=True, at=at)
    assert "Give them a link to invite friends" in words(client.get(page))
    client.post(f"{page}/friend")
    code = code_of(member, at=at).text
    assert f"/i/{code}" in words(client.get(page))
    friend = f"/customers/{daan.pk}"
    client.post(f"{friend}/brought", {"code": "WRONG"})
    assert "we do not know this code" in words(client.get(friend))
    client.post(f"{friend}/brought", {"code": code})
    assert "Brought by" in words(client.get(friend))


def test_points_are_given_once_within_ones_limit_and_undone(
    signed_in: Any, member: Member, at: datetime
) -> None:
    client = signed_in("service")
    address = f"/customers/{member.customer_id}/points"
    filled = {"points": "50", "reason": "Sorry for the delay", "once": "one"}
    client.post(address, filled)
    client.post(address, filled)  # pressed twice
    assert balance_of(member, as_of=at).available == 50
    too_many = client.post(address, {**filled, "points": "5000", "once": "two"})
    assert too_many.status_code == 422
    assert client.post(address, {**filled, "reason": "", "once": "three"}).status_code == 422
    page = client.get(address).content.decode()
    assert (
        'Sorry for the delay <span class="small muted">Service</span></td><td class="n">+50' in page
    )
    entry = re.search(r"/entries/(\d+)/undo", page)
    assert entry
    client.post(f"/entries/{entry[1]}/undo")
    assert balance_of(member, as_of=at).available == 0
    client.post(f"/entries/{entry[1]}/undo")
    assert balance_of(member, as_of=at).available == 0
    assert f"/entries/{entry[1]}/undo" not in client.get(address).content.decode()


def test_the_customers_page_shows_points_codes_and_who_brought_whom(
    signed_in: Any, member: Member, daan: Customer, at: datetime
) -> None:
    client = signed_in("service")
    give(member, 250, at=at)
    set_referral_rule(is_on=True, code_set=a_set(at), at=at)
    client.post(f"/customers/{daan.pk}/brought", {"code": code_of(member, at=at).text})
    told = words(client.get(f"/customers/{daan.pk}"))
    assert "Brought by Anna van der Berg." in told
    assert "Takes no part in the programme." in told
    assert "Daan Müller" in words(client.get(f"/customers/{member.customer_id}"))
    client.post(f"/customers/{daan.pk}/enrol")
    assert Member.objects.filter(customer=daan).exists()
    said = "Said on 20 November 2026 that they take part (to a colleague)."
    assert said in words(client.get(f"/customers/{daan.pk}"))
    unasked = words(client.get(f"/customers/{member.customer_id}"))
    assert "has not said so themselves" in unasked
    assert client.get(f"/customers/{daan.pk}/points").status_code == 200


def test_a_colleague_mails_a_member_their_own_page(
    signed_in: Any, member: Member, daan: Customer, at: datetime
) -> None:
    client, address = signed_in("service"), f"/customers/{member.customer_id}/page"
    client.post(address)
    assert "at which address customers reach" in words(
        client.get(f"/customers/{member.customer_id}")
    )
    change_mail_settings(at=at, by="test", public_address="https://points.example")
    client.post(address)
    told = words(client.get(f"/customers/{member.customer_id}"))
    assert "Their page is on its way by mail." in told
    assert Message.objects.get(kind="points").customer == member.customer
    client.post(f"/customers/{daan.pk}/page")  # takes no part
    assert Message.objects.filter(kind="points").count() == 1
    assert signed_in("analyst").post(address).status_code == 403


def test_the_figures_of_a_day_that_is_past_and_what_waits(
    signed_in: Any, member: Member, at: datetime
) -> None:
    record_purchase(basket("R-1", 300.0), member, at=at - 60 * DAY)
    give(member, 100, at=at)
    client = signed_in("marketer")
    assert "1 member has 400 points" in words(client.get("/programme"))
    then = (at - 30 * DAY).date().isoformat()
    assert "has 300 points" in words(client.get("/programme", {"day": then}))
    assert client.get("/programme", {"day": "9999-99-99"}).status_code == 200
    missed = miss_purchase(
        member, number="R-9", bought_on=(at - DAY).date(), amount_minor=1000, at=at
    )
    assert "misses points for R-9" in words(client.get("/programme"))
    client.post(f"/programme/missing/{missed.pk}", {"earns": "yes"})
    assert balance_of(member, as_of=at + 30 * DAY).available == 410


def test_the_tax_office_gets_a_file(signed_in: Any, member: Member, at: datetime) -> None:
    from stamgast.loyalty.codes.actions import issue_gift_card

    issue_gift_card(a_card_set(at), amount_minor=5000, at=at, key="sale")
    mug = make_reward(name="Mug", kind="gift", points=1, cost_minor=350, currency="EUR", at=at)
    give(member, 1, at=at)
    record_purchase(basket("R-1", 10), member, at=at)
    claim_reward(mug, member, key="c", at=at)
    rows = signed_in("marketer").get("/programme/vat.csv").content.decode().splitlines()
    assert rows[1:] == [
        "card_sold,multi_purpose,,False,1,50.00,EUR",
        "reward,discount,,True,1,3.50,EUR",
    ]


def test_webhooks_are_shown_sent_again_and_stopped(
    signed_in: Any, member: Member, at: datetime
) -> None:
    client = signed_in("admin")
    assert client.post("/programme/webhooks", {"url": "ftp://x"}).status_code == 422
    client.post("/programme/webhooks", {"url": "https://shop.example/points"})
    give(member, 50, at=at)
    told = WebhookDelivery.objects.get()
    told.status = "failed"
    told.save()
    page = client.get("/programme/webhooks")
    assert "1 message to your programs did not arrive." in words(page)
    client.post(f"/programme/deliveries/{told.pk}/again")
    told.refresh_from_db()
    assert told.status == "waiting"
    client.post(f"/programme/webhooks/{told.endpoint_id}/stop")
    assert "stopped" in words(client.get("/programme/webhooks"))
    assert signed_in("marketer").get("/programme/webhooks").status_code == 403


@pytest.mark.parametrize(("language", "said"), [("en", "do not add up"), ("nl", "kloppen niet")])
def test_a_ledger_that_does_not_add_up_is_said_on_every_page_of_the_programme(
    signed_in: Any, member: Member, at: datetime, language: str, said: str
) -> None:
    client = signed_in("service", language=language)
    assert said not in words(client.get("/programme"))
    facts = {"differences": {"legs_sum_to_zero": [3], "every_entry_has_legs": [4]}}
    tell("ledger_out_of_balance", at=at, facts=facts)
    for address in ("/programme", "/programme/saving", "/programme/codes"):
        assert said in words(client.get(address))
    tell("ledger_in_balance", at=at)
    assert said not in words(client.get("/programme"))

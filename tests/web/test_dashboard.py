"""The overview: what it says of a base, to whom, and before there is one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from stamgast.customers.models import Customer
from stamgast.events.actions import ask, claim, show_progress
from stamgast.events.models import Job
from web.base_in_figures import ORDERS_UNTIL, STAGES, facts, show_base
from web.conftest import SignIn
from web.pages import get, text

NO_BREAK = "\u00a0"


def test_says_in_one_sentence_what_it_means(signed_in: SignIn) -> None:
    show_base()
    page = text(get(signed_in("marketer"), "/"))
    assert "Of your 8,000 customers, 412 are drifting, 37 more than last week." in page
    assert "€14,800 margin in the coming year (likely between €12,900 and €16,900)" in page
    assert "Orders known up to today 06:10." in page


def test_says_it_in_dutch(signed_in: SignIn) -> None:
    show_base()
    markup = get(signed_in("marketer", language="nl"), "/")
    page = text(markup)
    assert "Van uw 8.000 klanten dreigen er 412 af te haken, 37 meer dan vorige week." in page
    assert "€ 14.800 brutomarge komend jaar" in page
    assert f"(waarschijnlijk tussen €{NO_BREAK}12.900 en €{NO_BREAK}16.900)" in markup
    assert "Bestellingen bekend tot vandaag 06:10." in page


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (400, "412 are drifting, 12 more than last week."),
        (412, "412 are drifting, as many as last week."),
        (500, "412 are drifting, 88 fewer than last week."),
        (None, "412 are drifting."),
    ],
)
def test_compares_with_a_week_ago(signed_in: SignIn, before: int | None, words: str) -> None:
    show_base(drifting_a_week_ago=before)
    assert words in text(get(signed_in("marketer"), "/"))


def test_one_drifting_customer_is_one(signed_in: SignIn) -> None:
    show_base(customers=1, stages={"drifting": 1}, drifting_a_week_ago=0)
    page = text(get(signed_in("marketer"), "/"))
    assert "Of your 1 customer, 1 is drifting, 1 more than last week." in page


def test_nobody_drifting_is_good_news(signed_in: SignIn) -> None:
    show_base(stages={"active": 20}, customers=20, drifting_a_week_ago=0, at_stake=None)
    page = text(get(signed_in("marketer"), "/"))
    assert "Of your 20 customers, nobody is drifting. 20 are active." in page


def test_margin_is_hidden_from_customer_service(signed_in: SignIn) -> None:
    show_base(assumed_share=0.4)
    page = signed_in("service").get("/").content.decode()
    assert "margin" not in page.lower()
    assert "14,800" not in page


def test_margin_is_not_in_the_pictures_either(signed_in: SignIn) -> None:
    show_base()
    for role, is_shown in (("service", False), ("marketer", True)):
        page = signed_in(role).get("/").content.decode()
        spec = re.search(r'<script id="revenue" type="application/json">(.*?)</script>', page, re.S)
        assert spec
        assert all(("margin" in row) is is_shown for row in json.loads(spec[1])["datasets"]["rows"])


def test_proposes_at_most_three_things_this_week(signed_in: SignIn) -> None:
    show_base()
    page = text(get(signed_in("marketer"), "/"))
    week = page.split("This week")[1].split("All next steps")[0]
    assert week.count("rule of thumb") + week.count("Not yet proven.") == 3
    assert "Call 14 customers about what went wrong About 2 hours" in week
    assert "Mail 180 customers who drift: costs at most €720, 15 minutes. Not yet proven." in week
    assert "€6,900 expected margin" in week
    assert "Prepare it" in week


def test_a_step_with_several_reasons_is_one_step(signed_in: SignIn) -> None:
    rows = [
        {"step": "ask_why", "reason": "drifting", "customers": 30, "margin_minor": 100_00},
        {"step": "ask_why", "reason": "notice_given", "customers": 10, "margin_minor": None},
    ]
    show_base(steps=rows)
    page = text(get(signed_in("marketer"), "/"))
    assert "Ask 40 customers why they stay away About 80 minutes · €100 expected margin" in page


def test_steps_lead_to_their_customers(signed_in: SignIn) -> None:
    show_base()
    page = signed_in("marketer").get("/?only=country:Nederland").content.decode()
    assert 'href="/customers?step=save_offer&amp;country=Nederland"' in page


def test_shows_one_country_when_asked(signed_in: SignIn) -> None:
    show_base()
    client = signed_in("marketer")
    page = text(get(client, "/?only=country:België"))
    assert "Of the 1,600 customers in België, 82 are drifting" in page
    assert "8,000 customers" in text(get(client, "/?only=country:Atlantis"))
    assert "8,000 customers" in text(get(client, "/?only=nothing"))


def test_what_a_customer_wrote_is_never_markup(signed_in: SignIn) -> None:
    run = show_base()
    run.summaries.create(facet="country", value="<b>x</b>", facts=facts())
    page = signed_in("marketer").get("/?only=country:<b>x</b>").content.decode()
    assert "in &lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


def test_warns_when_orders_are_old(signed_in: SignIn) -> None:
    show_base(orders_until=ORDERS_UNTIL - timedelta(days=9))
    page = text(get(signed_in("marketer"), "/"))
    assert "The newest order we know was placed 9 days ago." in page


def test_says_where_margin_is_assumed(signed_in: SignIn) -> None:
    show_base(assumed_share=0.42)
    page = text(get(signed_in("marketer"), "/"))
    assert "assumed margin" in page
    assert "42% of the margin so far rests on the rate you stated" in page


def test_a_share_of_a_handful_of_customers_is_not_drawn(signed_in: SignIn) -> None:
    known = facts()["second"]
    show_base(second=[{**row, "customers": 9} for row in known])
    page = get(signed_in("marketer"), "/")
    assert 'data-chart="second-purchases"' not in page
    assert "at least ten new customers each" in page


def test_each_picture_has_a_text_and_a_table(signed_in: SignIn) -> None:
    show_base()
    page = signed_in("marketer").get("/").content.decode()
    for name in re.findall(r'data-chart="([^"]+)"', page):
        part = page.split(f'data-chart="{name}"')[1].split("</figure>")[0]
        assert re.search(r'role="img" aria-label="[A-Z][^"]+\."', part)
        assert "<table>" in part
    assert page.count("data-chart=") == 2


@pytest.mark.parametrize(
    "missing",
    [("steps",), ("history",), ("months",), ("second",), ("at_stake",), tuple(facts())],
    ids=str,
)
def test_an_older_run_that_knows_less_is_shown_all_the_same(
    signed_in: SignIn, missing: tuple[str, ...]
) -> None:
    show_base(without=tuple(key for key in missing if key not in {"customers", "stages"}))
    client = signed_in("marketer")
    for address in ("/", "/cohorts", "/value"):
        assert client.get(address).status_code == 200


def test_counts_complaints_that_are_open_and_late(signed_in: SignIn, at: datetime) -> None:
    show_base()
    customer = Customer.objects.create(key="1", made_at=at, changed_at=at)
    for days, is_closed in ((-3, False), (2, False), (-5, True)):
        customer.interactions.create(
            kind="complaint",
            at=at,
            due=at.date() + timedelta(days=days),
            closed_at=at if is_closed else None,
        )
    assert "2 open 1 too late" in text(get(signed_in("service"), "/"))


def test_reads_a_base_of_any_size_in_few_queries(
    signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    show_base()
    client = signed_in("marketer")
    with django_assert_max_num_queries(15):
        client.get("/")


def test_before_any_customer_it_says_how_to_begin(signed_in: SignIn) -> None:
    page = text(get(signed_in("marketer"), "/"))
    assert "Import your orders" in page
    assert "./stamgast demo" in page


def test_customers_who_were_never_scored_can_be_scored_now(signed_in: SignIn, at: datetime) -> None:
    Customer.objects.create(key="1", made_at=at, changed_at=at)
    client = signed_in("marketer")
    assert "nobody has looked at them yet" in text(get(client, "/"))
    assert client.post(reverse("score_now")).status_code == 302
    client.post(reverse("score_now"))
    assert Job.objects.filter(kind="score").count() == 1
    assert "We are getting to know your customers." in text(get(client, "/"))


def test_progress_says_what_is_done_and_how_long_it_takes(signed_in: SignIn, at: datetime) -> None:
    begun = at - timedelta(seconds=60)
    ask("score", at=begun)
    job = claim(worker="w", at=begun, kinds=["score"])
    assert job
    show_progress(job, at=at, progress=0.5, doing="forecasting")
    part = signed_in("marketer").get(f"/jobs/{job.pk}", headers={"HX-Request": "true"})
    assert "Looking a year ahead · about 60 seconds to go" in text(part.content.decode())
    assert 'hx-trigger="every 1s"' in part.content.decode()


def test_progress_stops_asking_when_it_is_done(signed_in: SignIn, at: datetime) -> None:
    job = ask("score", at=at)
    Job.objects.update(status=Job.Status.DONE, progress=1.0)
    part = signed_in("marketer").get(f"/jobs/{job.pk}", headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert "hx-get" not in part.content.decode()


def test_the_fixture_holds_what_scoring_writes() -> None:
    assert sum(STAGES.values()) == 8000
    assert ORDERS_UNTIL.tzinfo is UTC

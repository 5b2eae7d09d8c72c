"""The page of one customer: its first sentence, what is open, and what each role may see."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from mail.letters import HELLO
from stamgast.customers.actions import (
    add_interaction,
    add_task,
    object_to_profiling,
    record_consent,
)
from stamgast.customers.models import Customer
from stamgast.insight.next_step import RULES, STEPS
from stamgast.mail.actions import queue_message
from stamgast.mail.models import Message
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.sales.models import Contract, Line, Product
from stamgast.scoring.models import Run, Stage
from stamgast.web.marketer import step_words
from stamgast.web.marketer.selection import STAGES
from stamgast.web.marketer.selection_words import stage_words
from web.pages import get, said, section, text
from web.scored_people import AS_OF, NOON, Visitor, buy, run, score

__all__ = ["run"]
pytestmark = pytest.mark.django_db


def page_of(client: object, customer: Customer) -> str:
    return get(client, f"/customers/{customer.pk}")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"stage": "drifting", "orders": 14, "days_silent": 77, "usual_interval": 35.0},
            "Bram Jansen bought 14 times in 7 months and is drifting: "
            "usually back after 5 weeks, now silent for 11 weeks.",
        ),
        (
            {"stage": "active"},
            "Bram Jansen bought 5 times in 7 months and is active: "
            "usually back after 4 weeks, last bought 10 days ago.",
        ),
        (
            {"stage": "new", "orders": 1, "usual_interval": 40.0},
            "Bram Jansen bought once, 10 days ago, and is new.",
        ),
        (
            {"stage": "lost", "orders": 2, "days_silent": 500, "usual_interval": None},
            "Bram Jansen bought 2 times, last 16 months ago, and has left.",
        ),
        (
            {"stage": "none", "orders": 0, "first_day": None, "last_day": None},
            "Bram Jansen has not bought anything yet.",
        ),
    ],
)
def test_opens_with_what_the_figures_mean(
    run: Run, bram: Customer, signed_in: Visitor, facts: dict[str, object], sentence: str
) -> None:
    score(run, bram, **facts)
    assert said(page_of(signed_in("service"), bram)) == sentence


def test_speaks_of_somebody_who_came_after_the_scoring(
    run: Run, daan: Customer, signed_in: Visitor
) -> None:
    page = page_of(signed_in("service"), daan)
    assert said(page) == "Daan Müller was not in the last scoring; the next one tells more."


def test_calls_somebody_without_a_name_by_what_is_known(run: Run, signed_in: Visitor) -> None:
    nobody = Customer.objects.create(made_at=NOON, changed_at=NOON)
    score(run, nobody)
    assert said(page_of(signed_in("service"), nobody)).startswith(
        "a customer without a name bought"
    )


def test_tells_at_a_glance_what_may_and_may_not_be_done(
    run: Run, bram: Customer, eva: Customer, signed_in: Visitor, at: datetime
) -> None:
    record_consent(bram, channel="phone", purpose="offers", is_granted=False, source="phone", at=at)
    client = signed_in("service")
    page = text(page_of(client, bram))
    assert "may be mailed" in page
    assert "do not call" in page
    assert "mail: not asked" in text(page_of(client, eva))


def test_shows_what_is_open_and_what_is_too_late(
    run: Run, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    add_interaction(
        bram,
        kind="complaint",
        text="Three weeks late",
        order_number="10045",
        due=date(2026, 11, 18),
        at=at,
    )
    add_task(bram, title="Ring back", due=date(2026, 11, 25), at=at)
    client = signed_in("service")
    opened = section(page_of(client, bram), "Open now")
    assert "complaint about order 10045" in opened
    assert "too late: promised by 18 Nov" in opened
    assert "Ring back, by 25 Nov" in opened
    assert 'class="card bad"' in page_of(client, bram)


def test_shows_value_with_its_interval_to_who_may_see_margin(
    run: Run, anna: Customer, signed_in: Visitor
) -> None:
    score(run, anna, is_margin_assumed=True)
    buy(anna, "10045")
    shown = page_of(signed_in("marketer"), anna)
    value = section(shown, "Value")
    assert "€200 margin in the coming year" in value
    assert "likely between €120 and €310" in value
    assert "assumed margin" in value
    assert "€20.00" in section(shown, "Orders")
    hidden = page_of(signed_in("service"), anna)
    assert "margin" not in hidden.lower()
    assert "€20.00" not in hidden


def test_draws_the_rhythm_with_a_text_instead(run: Run, anna: Customer, signed_in: Visitor) -> None:
    score(run, anna, usual_interval=30.0)
    for i in range(5):
        buy(anna, str(i), days_ago=40 + 30 * i, revenue_minor=1000 * (i + 1))
    page = page_of(signed_in("service"), anna)
    assert page.count('class="bought"') == 5
    assert page.count('circle class="expected"') == 1
    assert "5 purchases since June 2026. The next was to be expected around 9 November 2026." in (
        text(page)
    )


def test_shows_an_order_with_its_lines_on_demand(
    run: Run, anna: Customer, signed_in: Visitor
) -> None:
    order = buy(anna, "10045", discount_minor=500, returned_minor=1250)
    coffee = Product.objects.create(sku="K1", name="Coffee 1 kg")
    for place, (quantity, charge) in enumerate([("2", False), ("0.5", False), ("1", True)]):
        Line.objects.create(
            order=order,
            position=place + 1,
            product=None if charge else coffee,
            name="Postage" if charge else "",
            is_charge=charge,
            quantity=quantity,
            unit_price="12.5",
            amount_minor=1250,
            net_minor=1033,
        )
    client = signed_in("service")
    row = section(page_of(client, anna), "Orders")
    assert "€5.00 discount" in row
    assert "€12.50 sent back" in row
    fragment = client.get(f"/orders/{order.pk}", headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith("<tr")
    whole = get(client, f"/orders/{order.pk}")
    for lines in (text(fragment), text(whole)):
        assert "2 × Coffee 1 kg €12.50 0.5 × Coffee 1 kg €12.50 1 × Postage charge" in lines


def test_lists_all_orders_when_there_are_many(run: Run, anna: Customer, signed_in: Visitor) -> None:
    for i in range(7):
        buy(anna, f"N{i}", days_ago=i)
    client = signed_in("service")
    page = page_of(client, anna)
    assert "N4" in section(page, "Orders")
    assert "N5" not in section(page, "Orders")
    assert "N6" in get(client, f"/customers/{anna.pk}/orders")


def test_shows_everything_that_happened_newest_first(
    run: Run, anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    buy(anna, "N1", days_ago=3)
    add_interaction(anna, kind="note", text="Likes dark roast", at=at - timedelta(days=1))
    Contract.objects.create(
        customer=anna, number="A1", name="Coffee club", started_on=date(2025, 1, 1), currency="EUR"
    )
    happened = section(page_of(signed_in("service"), anna), "Timeline")
    places = [happened.index(word) for word in ("Likes dark roast", "Order N1", "Contract began")]
    assert places == sorted(places)
    assert "Allows offers by e-mail" in happened


def test_shows_more_of_a_long_history_when_asked(
    run: Run, anna: Customer, signed_in: Visitor
) -> None:
    for i in range(30):
        buy(anna, f"N{i:02d}", days_ago=0)
    client = signed_in("service")
    first = section(page_of(client, anna), "Timeline")
    assert first.count("Order N") == 20
    more = section(get(client, f"/customers/{anna.pk}?timeline=40"), "Timeline")
    assert more.count("Order N") == 30
    assert "Show earlier" not in more


def test_tells_which_mail_went_and_which_did_not(
    run: Run, anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    asked = {"content": HELLO, "facts": {}, "at": at}
    service = queue_message(anna, purpose="", kind="service", key="1", **asked)
    campaign = queue_message(anna, purpose="offers", kind="campaign", key="2", **asked)
    queue_message(anna, purpose="", kind="points", key="3", **asked)  # waits
    Message.objects.filter(pk=service.pk).update(status="failed", reason="bounced", ended_at=at)
    Message.objects.filter(pk=campaign.pk).update(status="sent", ended_at=at)
    told = section(page_of(signed_in("service"), anna), "Timeline")
    assert "Mail, service failed" in told
    assert told.count("Mail, ") == 1, "what a campaign sent stands among the talks"
    assert f"/mail/messages/{service.pk}" in page_of(signed_in("marketer"), anna)
    assert f"/mail/messages/{service.pk}" not in page_of(signed_in("analyst"), anna)


def test_leads_from_a_merged_record_to_the_one_that_was_kept(
    anna: Customer, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    merge_customers(anna, bram, at=at, by=None)
    response = signed_in("service").get(f"/customers/{bram.pk}")
    assert response.headers["Location"] == f"/customers/{anna.pk}"


def test_says_that_somebody_was_erased(anna: Customer, signed_in: Visitor, at: datetime) -> None:
    erase_person(anna, at=at, by=None)
    page = get(signed_in("service"), f"/customers/{anna.pk}", status=410)
    assert said(page) == "This person was erased on 20 November 2026."
    assert "Anna" not in page


def test_scores_nobody_who_objects(
    run: Run, anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    score(run, anna)
    object_to_profiling(anna, at=at, by=None)
    page = page_of(signed_in("marketer"), anna)
    assert said(page) == "Anna van der Berg does not want to be scored; this is what we know."
    assert "Next step" not in page
    assert section(page, "Value") == ""


def test_judges_nobody_whom_scoring_left_out(run: Run, anna: Customer, signed_in: Visitor) -> None:
    score(run, anna, stage="withheld", orders=0, step="let_be")
    client = signed_in("marketer")
    page = page_of(client, anna)
    assert said(page) == "Anna van der Berg was not in the last scoring; the next one tells more."
    assert "Next step" not in page
    listed = get(client, "/customers?stage=withheld")
    assert said(listed).startswith("1 customer does not want to be profiled")


@pytest.mark.parametrize("stage", Stage.values)
def test_has_a_sentence_for_every_stage(stage: str) -> None:
    assert stage_words(stage, 1)
    assert stage in STAGES


def test_escapes_what_people_wrote(
    run: Run, anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    add_interaction(anna, kind="note", text="<img src=x onerror=alert(1)>", at=at)
    Customer.objects.filter(pk=anna.pk).update(city="<b>Utrecht</b>", last_name="<i>Berg</i>")
    page = page_of(signed_in("service"), anna)
    assert "<img" not in page
    assert "<b>Utrecht" not in page
    assert "<i>Berg" not in page


def test_has_words_for_every_step_and_reason() -> None:
    assert set(step_words.TITLES) == set(STEPS)
    assert {rule.reason for rule in RULES} <= set(step_words.REASONS)


def test_asks_few_questions_of_the_database(
    run: Run,
    anna: Customer,
    signed_in: Visitor,
    at: datetime,
    django_assert_max_num_queries: object,
) -> None:
    score(run, anna)
    for i in range(30):
        buy(anna, f"N{i:02d}", days_ago=i)
        add_interaction(anna, kind="note", text=f"Note {i}", at=at)
    client = signed_in("admin")
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        page_of(client, anna)


def test_as_of_is_the_day_of_the_scoring(run: Run, anna: Customer, signed_in: Visitor) -> None:
    score(run, anna, first_day=AS_OF - timedelta(days=365 * 3), days_silent=3)
    assert "in 3 years" in said(page_of(signed_in("service"), anna))


def test_says_in_the_reader_s_language_where_a_consent_was_taken_back(
    anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    for n, source in enumerate(("unsubscribe link", "Braderie 2026")):
        record_consent(
            anna, channel="email", purpose=("offers", "news")[n], is_granted=False, source=source,
            at=at, by="customer", key=f"said-{n}",
        )  # fmt: skip
    page = text(get(signed_in("service", language="nl"), f"/customers/{anna.pk}"))
    assert "afmeldlink" in page
    assert "Braderie 2026" in page
    assert "unsubscribe link" not in page

"""Lists for the mail tool of the shop, what it tells back, and mailings made elsewhere."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.test_other_programs import start
from campaigns.test_pages import at_this_moment, signed_in, text
from stamgast.campaigns.actions import (
    download_list,
    end_campaign,
    hand_list_over,
    pause_campaign,
    record_mailing,
    record_mailings,
    settle_doubt,
    take_outcome,
    take_outcomes,
)
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.errors import BadOutcome, BadReport, NothingToHandOver, NotRunning
from stamgast.campaigns.jobs import do_work, make_list
from stamgast.campaigns.models import Campaign, Contact, Handover
from stamgast.campaigns.reports import read_report
from stamgast.customers.actions import object_to_profiling, record_consent
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Consent, Customer, Interaction
from stamgast.events.models import Event, Job
from stamgast.mail.actions import change_mail_settings
from stamgast.mail.models import Suppression
from stamgast.measurement.models import Lot
from stamgast.staff.models import User

__all__ = ["at_this_moment"]
DAY = timedelta(days=1)
ZONE = "Europe/Amsterdam"


@pytest.fixture
def listing(offer: Campaign, drifting: list[Customer], marketer: User, at: datetime) -> Campaign:
    """A running campaign whose contacts wait for a list."""
    change_campaign(offer, most_customers=8, control_share="0.250", at=at, by=marketer)
    return start(offer, at, marketer, channel="list")


def upload(lines: str, name: str) -> dict[str, SimpleUploadedFile]:
    return {name: SimpleUploadedFile("report.csv", lines.encode(), "text/csv")}


def test_only_the_treated_stand_on_a_list_each_once_and_it_is_written_down_who_took_it(
    listing: Campaign, at: datetime
) -> None:
    client = signed_in("marketer")
    treated = {
        lot.customer.email
        for lot in Lot.objects.filter(arm__is_control=False).select_related("customer")
    }
    assert "waits for a list to be made" in text(client.get("/mail/other-tools"))
    page = text(client.post(f"/mail/other-tools/lists/{listing.pk}/make", follow=True))
    assert "Waiting for its turn" in page
    assert make_list(Job.objects.get(kind="make_list")) == {"customers": len(treated)}
    Job.objects.update(status="done")
    assert f"{len(treated)} customers, of 0 the end is known" in text(
        client.get("/mail/other-tools")
    )
    made = Handover.objects.get()
    answer = client.get(f"/mail/other-tools/lists/{made.pk}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert sorted(row["email"] for row in rows) == sorted(treated)
    assert all(row["code"].startswith("AUTUMN-") and row["contact"] for row in rows)
    page = text(client.post(f"/mail/other-tools/lists/{listing.pk}/make", follow=True))
    assert "Nobody waits for a list, or may be reached now." in page
    told = Event.objects.filter(kind__in=["list_made", "list_downloaded"]).values_list("kind")
    assert sorted(kind for (kind,) in told) == ["list_downloaded", "list_made"]
    assert signed_in("service").get(f"/mail/other-tools/lists/{made.pk}.csv").status_code == 403


def test_a_name_is_no_formula_in_a_spreadsheet(listing: Campaign, at: datetime) -> None:
    for one in Contact.objects.select_related("customer"):
        Customer.objects.filter(pk=one.customer_id).update(first_name="=HYPERLINK(1)")
    made = hand_list_over(listing, at=at, by="test")
    answer = signed_in("marketer").get(f"/mail/other-tools/lists/{made.pk}.csv")
    assert ",'=HYPERLINK(1)" in answer.getvalue().decode()


def test_who_withdrew_since_is_not_on_the_list_nor_on_one_taken_along_later(
    listing: Campaign, at: datetime
) -> None:
    one, two = Contact.objects.order_by("pk")[:2]
    for person, when in ((one.customer, at), (two.customer, at + DAY)):
        if when > at:
            made = hand_list_over(listing, at=at + timedelta(minutes=1), by="test")
        record_consent(
            person, channel="email", purpose="offers", is_granted=False, source="me", at=when
        )
    answer = signed_in("marketer").get(f"/mail/other-tools/lists/{made.pk}.csv")
    listed = answer.getvalue().decode()
    assert one.customer.email not in listed
    assert two.customer.email not in listed
    one.refresh_from_db()
    assert (one.status, one.reason) == ("withheld", "withdrawn")
    assert len(listed.splitlines()) == Contact.objects.count() - 1


def test_a_list_taken_along_again_leaves_out_who_is_known_or_no_longer_meant(
    listing: Campaign, marketer: User, at: datetime
) -> None:
    made = hand_list_over(listing, at=at, by="test")
    sent, objects, *rest = Contact.objects.filter(handover=made).order_by("pk")
    take_outcome(sent, "sent", at=at, by="test")
    object_to_profiling(objects.customer, at=at, by="test")
    rows = list(download_list(made, at=at + timedelta(hours=1), by="test"))
    assert [int(row["contact"]) for row in rows] == [one.pk for one in rest]
    page = text(signed_in("marketer").get("/mail/other-tools"))
    assert "2 left out when it was last taken along" in page
    end_campaign(listing, at=at + timedelta(hours=2), by=marketer)
    assert not list(download_list(made, at=at + timedelta(hours=3), by="test"))


def test_a_campaign_that_stands_still_hands_nothing_over(
    listing: Campaign, marketer: User, at: datetime
) -> None:
    stopped = pause_campaign(listing, at=at, by=marketer)
    with pytest.raises(NotRunning):
        hand_list_over(stopped, at=at, by=marketer)
    Contact.objects.update(status="withheld")
    listing.refresh_from_db()
    Campaign.objects.update(status="running")
    with pytest.raises(NothingToHandOver):
        hand_list_over(Campaign.objects.get(), at=at, by=marketer)
    assert not Handover.objects.exists()


def test_a_tool_that_never_says_what_came_of_it_leaves_doubt(
    listing: Campaign, marketer: User, at: datetime
) -> None:
    hand_list_over(listing, at=at, by=marketer)
    do_work(at=at + 6 * DAY)
    assert not Contact.objects.filter(status="uncertain").exists()
    do_work(at=at + 8 * DAY)
    one = Contact.objects.filter(status="uncertain").earliest("pk")
    assert one.reason == "no_word"
    assert Interaction.objects.filter(customer=one.customer).count() == 1  # it may well have gone
    client = signed_in("marketer")
    assert "nobody knows what became of them" in text(client.get("/mail/other-tools"))
    client.post(f"/mail/other-tools/{one.pk}/settle", {"gone": "yes"})
    one.refresh_from_db()
    assert (one.status, one.delivery.state) == ("sent", "sent")
    assert not settle_doubt(one, has_gone=False, at=at + 8 * DAY, by=marketer)


def test_a_report_is_taken_line_by_line_and_twice_is_once(listing: Campaign, at: datetime) -> None:
    hand_list_over(listing, at=at, by="test")
    one, two, three = Contact.objects.select_related("customer").order_by("pk")[:3]
    lines = (
        "E-mail;Status;Datum;contact\n"
        f"{one.customer.email.upper()};verzonden;20-11-2026;\n"
        f"{two.customer.email};Bounce;2026-11-20T08:30:00Z;\n"
        f";afgemeld;;{three.pk}\n"
        "nobody@example.nl;sent;;\n"
        f"{one.customer.email};opened;;\n"
        f"{one.customer.email};sent;31-02-2026;\n"
        f"{one.customer.email};sent;2027-01-01;\n"
        ";sent;;999999999999\n"
    )
    client = signed_in("marketer")
    page = text(client.post("/mail/other-tools/outcomes", upload(lines, "outcomes")))
    assert "3 lines were news, 0 said what we knew." in page
    for said in (
        "5 lines were not taken",
        "line 5: no other tool was handed a contact like this",
        "line 6: we do not know this outcome",
        "line 7: it is no date",
        "line 8: this has not happened yet",
        "line 9: no other tool was handed a contact like this",
    ):
        assert said in page
    before = list(Contact.objects.order_by("pk").values("status", "reason", "ended_at"))
    again = take_outcomes(read_report(lines.encode(), zone=ZONE), at=at, by="key:1")
    assert (again.new, again.known, len(again.problems)) == (0, 3, 5)
    assert list(Contact.objects.order_by("pk").values("status", "reason", "ended_at")) == before
    assert Suppression.objects.get().address == two.customer.email
    assert Consent.objects.get(is_granted=False).customer == three.customer


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "no_text"),
        (b"name,outcome\nAnna,sent\n", "no_column"),
        (b"email\n" + b"a@b.nl\n" * 5_001, "too_many_lines"),
        (b"email\n" + b"x" * 5_000_001, "too_large"),
    ],
)
def test_refuses_a_file_that_is_no_report(content: bytes, problem: str) -> None:
    with pytest.raises(BadReport) as refused:
        read_report(content, zone=ZONE)
    assert refused.value.facts["problem"] == problem


def test_mailings_made_elsewhere_count_for_the_cap(
    listing: Campaign, drifting: list[Customer], at: datetime
) -> None:
    change_mail_settings(at=at, most_contacts=1, within_days=7)
    contact = Contact.objects.select_related("customer").earliest("pk")
    lines = f"email,date\n{contact.customer.email},2026-11-18\nnobody@example.nl,2026-11-18\n"
    facts = {"mailing": "Autumn letter", "channel": "email", **upload(lines, "mailed")}
    page = text(signed_in("marketer").post("/mail/other-tools/mailings", facts))
    assert "1 line was news, 0 said what we knew." in page
    assert "line 3: nobody is known by this number or address" in page
    again = record_mailings(
        read_report(lines.encode(), zone=ZONE), name="autumn  letter", at=at, by="key:1"
    )
    assert (again.new, again.known) == (0, 1)
    said = Interaction.objects.get(customer=contact.customer)
    assert (said.kind, said.is_ours, said.text) == ("email", True, "Autumn letter")
    hand_list_over(listing, at=at, by="test")
    contact.refresh_from_db()
    assert (contact.status, contact.reason) == ("waiting", "capped")
    assert contact.due_at == said.at + 7 * DAY


@pytest.mark.parametrize("name", ["", "x" * 121])
def test_refuses_a_mailing_without_a_name(
    drifting: list[Customer], at: datetime, name: str
) -> None:
    with pytest.raises(BadOutcome):
        record_mailing(drifting[0], name, happened_at=at, at=at, by="key:1")
    with pytest.raises(InTheFuture):
        record_mailing(drifting[0], "Later", happened_at=at + DAY, at=at, by="key:1")


def test_a_list_and_its_settings_are_chosen_in_the_editor(offer: Campaign, at: datetime) -> None:
    client: Client = signed_in()
    step = {"wait_days": "0", "channel": "list", "cost": "0"}
    page = text(client.post(f"/campaigns/{offer.pk}/contacts/1", step, follow=True))
    assert "Day 0, at once: list for another tool" in page
    assert "What it says stands in the other tool." in page
    client.post(f"/campaigns/{offer.pk}/contact-settings", {"consent": "post", "contact": "1"})
    assert offer.steps.get().content == {"consent": "post", "endpoint": None}
    step["channel"] = "webhook"
    answer = client.post(f"/campaigns/{offer.pk}/contacts/1", step)
    assert "address of the other program" in text(answer)  # there is none yet
    step["channel"] = "call"
    client.post(f"/campaigns/{offer.pk}/contacts/1", step)
    hours = {"tries": "2", "first": "10:00", "last": "18:00", "contact": "1"}
    client.post(f"/campaigns/{offer.pk}/contact-settings", hours)
    content = offer.steps.get().content
    assert (content["tries"], content["hours"]) == (2, {"weekdays": ["10:00", "18:00"]})

"""The day somebody was born: told by a program, a file or a colleague, and never by ourselves."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from campaigns import world
from importers.files import write_csv
from stamgast.campaigns.eligible import eligible
from stamgast.customers import personal, rules
from stamgast.customers.actions import edit_customer, record_customer
from stamgast.customers.errors import BadCustomerField
from stamgast.customers.models import Customer
from stamgast.importers.actions import import_file
from stamgast.importers.models import RowToMend
from stamgast.privacy.actions import erase_person, merge_customers, unmerge_customers

LEAP = date(2008, 2, 29)


@pytest.mark.parametrize(
    ("year", "birthday"), [(2024, date(2024, 2, 29)), (2025, date(2025, 3, 1))]
)
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(year: int, birthday: date) -> None:
    assert rules.birthday_in(year, LEAP) == birthday


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 11, 20), date(2008, 11, 20)),
        (date(2026, 2, 28), date(2008, 2, 28)),
        (date(2026, 3, 1), date(2008, 3, 1)),  # now who was born on the leap day is of age too
        (date(2028, 2, 29), date(2010, 2, 28)),
    ],
)
def test_one_is_of_age_from_the_eighteenth_birthday_on(today: date, last: date) -> None:
    assert rules.born_by(today) == last


@pytest.mark.django_db
def test_a_program_tells_it_and_nobody_is_born_tomorrow(at: datetime) -> None:
    who, _ = record_customer(at=at, key="7", birth_date=date(1961, 5, 4))
    assert who.birth_date == date(1961, 5, 4)
    for impossible in (date(2027, 1, 1), date(1899, 12, 31)):
        with pytest.raises(BadCustomerField) as refused:
            record_customer(at=at, key="7", birth_date=impossible)
        assert refused.value.facts == {"field": "birth_date", "problem": "not_a_day"}
    assert edit_customer(who, at=at, by="", birth_date="").birth_date is None


@pytest.mark.django_db
def test_a_file_tells_it_also_of_before_1970(tmp_path: Path, at: datetime) -> None:
    head = ("klantnummer", "email", "geboortedatum")
    rows = [("7", "a@example.nl", "04-05-1961"), ("8", "b@example.nl", "2031-01-01"),
            ("9", "c@example.nl", "soon")]  # fmt: skip
    import_file(write_csv(tmp_path / "a.csv", rows, head), at=at)
    born = dict(Customer.objects.values_list("key", "birth_date"))
    assert born == {"7": date(1961, 5, 4), "8": None}
    assert RowToMend.objects.get().column == "geboortedatum"
    again = [("7", "a@example.nl", "05-05-1961")]
    import_file(write_csv(tmp_path / "b.csv", again, head), at=at)
    assert Customer.objects.get(key="7").birth_date == date(1961, 5, 5)


@pytest.mark.django_db
def test_it_follows_the_person_through_a_merge_an_export_and_erasure(at: datetime) -> None:
    kept, _ = record_customer(at=at, key="7", email="a@example.nl")
    gone, _ = record_customer(at=at, key="8", birth_date=LEAP)
    merge = merge_customers(kept, gone, at=at, by=None)
    kept.refresh_from_db()
    assert kept.birth_date == LEAP
    told = personal.export(personal.person(kept))["customer"]
    assert {one["birth_date"] for one in told} == {LEAP}
    unmerge_customers(merge, at=at, by=None)
    kept.refresh_from_db()
    assert kept.birth_date is None
    erase_person(gone, at=at, by=None)
    gone.refresh_from_db()
    assert gone.birth_date is None


@pytest.mark.django_db
def test_who_is_under_eighteen_gets_no_campaign(at: datetime) -> None:
    young, grown, unknown = world.make_drifting(3, at)
    Customer.objects.filter(pk=young.pk).update(birth_date=date(2008, 11, 21))
    Customer.objects.filter(pk=grown.pk).update(birth_date=date(2008, 11, 20))
    row = world.save_offer(at, None, None)
    fit = eligible(row, [young.pk, grown.pk, unknown.pk], at)
    assert (fit.may, fit.may_not) == ([grown.pk, unknown.pk], {young.pk: "minor"})

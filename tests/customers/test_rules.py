"""One spelling for names, addresses and numbers."""

from __future__ import annotations

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamgast.customers import rules


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Anna@Example.NL ", "anna@example.nl"),
        ("mailto:anna@example.nl", "anna@example.nl"),
        ("anna+shop@example.co.uk", "anna+shop@example.co.uk"),
        ("anna@münchen.de", "anna@münchen.de"),
        ("anna", ""),
        ("anna@example", ""),
        ("anna@example..nl", ""),
        ("anna@@example.nl", ""),
        ("anna berg@example.nl", ""),
        ("a@example.nl, b@example.nl", ""),
        ("a" * 250 + "@b.nl", ""),
    ],
)
def test_an_email_address_is_lower_case_or_empty(written: str, kept: str) -> None:
    assert rules.email(written) == kept


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("06-12345678", "+31612345678"),
        ("06 12 34 56 78", "+31612345678"),
        ("0612345678", "+31612345678"),
        ("+31 6 12345678", "+31612345678"),
        ("+31 (0)6 12345678", "+31612345678"),
        ("0031612345678", "+31612345678"),
        ("020 - 123 45 67", "+31201234567"),
        ("+32 470 12 34 56", "+32470123456"),
        ("", ""),
    ],
)
def test_a_phone_number_is_one_in_every_notation(written: str, number: str) -> None:
    assert rules.phone(written, "NL") == rules.Phone(number, "")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("ask my mother", "not_a_number"),
        ("12", "too_short"),
        ("06 123", "too_short"),
        ("06 1234567890123456", "too_long"),
        ("+999 12345678", "unknown_country"),
    ],
)
def test_a_phone_number_that_cannot_be_read_is_empty_with_a_reason(
    written: str, problem: str
) -> None:
    assert rules.phone(written, "NL") == rules.Phone("", problem)


def test_the_shops_country_reads_a_number_without_one() -> None:
    assert rules.phone("0470 12 34 56", "BE").number == "+32470123456"


@given(st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True))
def test_the_short_way_reads_dutch_numbers_as_the_library_does(written: str) -> None:
    read = phonenumbers.parse(written, "NL")
    in_full = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
    assert rules.phone(written, "NL").number == in_full


@given(st.text(max_size=40), st.sampled_from(["NL", "BE", "DE", "GB", "XX"]))
def test_any_text_is_read_as_a_phone_number_or_refused_with_a_reason(
    written: str, region: str
) -> None:
    number, problem = rules.phone(written, region)
    assert bool(number) != bool(problem) or not rules.tidy(written)
    if number:
        assert rules.phone(number, region).number == number


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Anna van der Berg", ("Anna", "van der", "Berg")),
        ("Jan Peter de Vries", ("Jan Peter", "de", "Vries")),
        ("Maria in 't Veld", ("Maria", "in 't", "Veld")),
        ("Maria in ’t Veld", ("Maria", "in ’t", "Veld")),
        ("Berg, Anna van der", ("Anna", "van der", "Berg")),
        ("van der Berg, Anna", ("Anna", "van der", "Berg")),
        ("van Dijk", ("", "van", "Dijk")),
        ("Eva Özdemir", ("Eva", "", "Özdemir")),
        ("Jansen", ("", "", "Jansen")),
        ("van", ("", "", "van")),
        ("", ("", "", "")),
    ],
)
def test_a_name_is_taken_apart_as_the_dutch_do(full: str, parts: tuple[str, str, str]) -> None:
    assert tuple(rules.split_name(full)) == parts


@given(st.text(alphabet="abc vandeDETn,'", max_size=30))
def test_taking_a_name_apart_loses_no_word(full: str) -> None:
    parts = rules.split_name(full)
    words = " ".join(parts).split()
    assert sorted(words) == sorted(full.replace(",", " ", 1).split()) or full.count(",") > 1


@pytest.mark.parametrize("written", ["12-a", "12 A", "12A", "12 - a"])
def test_a_house_number_has_one_spelling(written: str) -> None:
    assert rules.house_number(written) == "12A"


def test_a_second_number_is_no_letter() -> None:
    assert rules.house_number("12-2") == "12-2" != rules.house_number("122")


def test_a_postcode_is_in_capitals_without_spaces() -> None:
    assert rules.postcode(" 1234 ab ") == "1234AB"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Renée  Ødegård", "renee odegard"),
        ("STRAUß", "strauss"),
        ("Łukasz Çelik", "lukasz celik"),
        ("Jansen", "jansen"),
        ("\u0130zmir", "izmir"),
    ],
)
def test_folding_forgets_capitals_and_accents(text: str, folded: str) -> None:
    assert rules.fold(text) == folded


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = rules.fold(text)
    assert rules.fold(once) == once


def test_what_cannot_be_seen_or_stored_is_left_out() -> None:
    assert rules.tidy("An\x00na\u200b \ufeffBerg\n") == "An na Berg"
    assert rules.tidy_lines("one\r\ntwo\x00\ud800") == "one\ntwo"


def test_facts_not_said_are_left_out_and_empty_ones_kept() -> None:
    cleaned = rules.clean({"first_name": None, "city": ""}, region="NL")
    assert cleaned.values == {"city": ""}
    assert not cleaned.problems


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("email", "anna", "not_an_address"),
        ("phone", "none", "not_a_number"),
        ("city", "x" * 81, "too_long"),
        ("kind", "dog", "not_a_choice"),
        ("since", "2020-01-01", "not_a_day"),
        ("shoe_size", "42", "unknown_field"),
    ],
)
def test_a_fact_that_cannot_be_kept_has_a_problem_and_no_value(
    field: str, value: str, problem: str
) -> None:
    cleaned = rules.clean({field: value, "last_name": "Berg"}, region="NL")
    assert cleaned.problems == {field: problem}
    assert cleaned.values == {"last_name": "Berg"}


def test_the_customers_own_country_reads_their_phone_number() -> None:
    facts = {"phone": "0470 12 34 56", "country": "be", "since": date(2020, 1, 1)}
    cleaned = rules.clean(facts, region="NL")
    assert cleaned.values["phone"] == "+32470123456"
    assert cleaned.values["country"] == "BE"


def test_the_lengths_are_those_of_the_table() -> None:
    from stamgast.customers.models import Customer

    fields = {f.name: f.max_length for f in Customer._meta.fields if f.name in rules.LENGTHS}
    assert fields == rules.LENGTHS
    assert Customer._meta.get_field("search").max_length == rules.SEARCH_LENGTH


@pytest.mark.parametrize(
    ("channel", "purpose", "order", "may"),
    [
        ("email", "offers", "1001", True),
        ("sms", "offers", "1001", True),
        ("phone", "offers", "1001", False),
        ("email", "news", "1001", False),
        ("email", "offers", "", False),
    ],
)
def test_a_sale_allows_offers_by_message_only(
    channel: str, purpose: str, order: str, may: bool
) -> None:
    assert rules.may_be_soft(channel, purpose, order) is may

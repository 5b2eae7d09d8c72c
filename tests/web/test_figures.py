"""How figures, dates and times read, in Dutch and in English."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from stamgast.kernel import Money
from stamgast.web.design import tags

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _readings(table: str) -> list[tuple[str, str, str]]:
    """Rows of `what | Dutch | English`: at `~` a space and at `^` nothing, where no line may end."""
    table = table.translate(str.maketrans({"~": "\u00a0", "^": "\u2060"}))
    rows = [line.split("|") for line in table.strip().splitlines()]
    return [tuple(cell.strip(" ") for cell in row) for row in rows]  # type: ignore[misc]


def _said(said: Callable[[], Any], language: str) -> str:
    with translation.override(language):
        return str(said())


AMOUNTS = """
money(5995, "EUR")              | €~59,95      | €59.95
money(-40000, "EUR")            | −^€~400,00   | −^€400.00
money(123456789, "EUR")         | €~1.234.567,89 | €1,234,567.89
money(500, "JPY")               | JPY~500      | JPY~500
money(1234, "KWD")              | KWD~1,234    | KWD~1.234
money(5995, "GBP")              | £~59,95      | £59.95
money(None, "EUR")              | –            | –
whole_money(396000, "EUR")      | €~3.960      | €3,960
whole_money(-40, "EUR")         | €~0          | €0
about_money(1482345, "EUR")     | €~14.800     | €14,800
about_money(-1482345, "EUR")    | −^€~14.800   | −^€14,800
about_money(9960, "EUR")        | €~100        | €100
about_money(149, "EUR")         | €~1          | €1
about_money(0, "EUR")           | €~0          | €0
number(5942)                    | 5.942        | 5,942
number(25.13, 1)                | 25,1         | 25.1
number(-1200)                   | −1.200       | −1,200
percent(0.251, 1)               | 25,1~%       | 25.1%
percent(0.24)                   | 24~%         | 24%
signed(number(37))              | +37          | +37
signed(number(-37))             | −37          | −37
"""


@pytest.mark.parametrize(("what", "dutch", "english"), _readings(AMOUNTS))
def test_amounts_read_in_the_readers_notation(what: str, dutch: str, english: str) -> None:
    def said() -> Any:
        return eval(what, vars(tags))  # the table is ours

    assert _said(said, "nl") == dutch
    assert _said(said, "en") == english


def test_money_knows_its_own_currency() -> None:
    assert _said(lambda: tags.money(Money(5995, "EUR")), "en") == "€59.95"


TIMES = """
in_words(1)    | 1 dag      | 1 day
in_words(9)    | 9 dagen    | 9 days
in_words(35)   | 5 weken    | 5 weeks
in_words(77)   | 11 weken   | 11 weeks
in_words(120)  | 4 maanden  | 4 months
in_words(1100) | 3 jaar     | 3 years
span(timedelta(seconds=7))    | 7 seconden | 7 seconds
span(timedelta(seconds=48))   | 50 seconden | 50 seconds
span(timedelta(minutes=4))    | 4 minuten  | 4 minutes
span(timedelta(hours=2))      | 2 uur      | 2 hours
day(date(2026, 12, 9))            | 9 december 2026 | 9 December 2026
day(date(2026, 12, 9), "short")   | 9 dec           | 9 Dec
day(date(2026, 12, 9), "month")   | december 2026   | December 2026
ago(date(2026, 11, 20), AT)   | vandaag        | today
ago(date(2026, 11, 19), AT)   | gisteren       | yesterday
ago(date(2026, 10, 16), AT)   | 5 weken geleden | 5 weeks ago
ago(date(2026, 11, 21), AT)   | morgen         | tomorrow
ago(date(2026, 11, 29), AT)   | over 9 dagen   | in 9 days
moment(datetime(2026, 11, 20, 5, 10, tzinfo=UTC), AT)  | vandaag 06:10  | today 06:10
moment(datetime(2026, 11, 19, 15, 20, tzinfo=UTC), AT) | gisteren 16:20 | yesterday 16:20
moment(datetime(2026, 3, 9, 15, 20, tzinfo=UTC), AT)   | 9 maart 16:20  | 9 March 16:20
moment(datetime(2025, 3, 9, 15, 20, tzinfo=UTC), AT)   | 9 maart 2025 16:20 | 9 March 2025 16:20
listed(["a"])            | a       | a
listed(["a", "b", "c"])  | a, b en c | a, b and c
"""


@pytest.mark.parametrize(("what", "dutch", "english"), _readings(TIMES))
def test_times_read_as_people_say_them(what: str, dutch: str, english: str) -> None:
    names = {**vars(tags), "timedelta": timedelta, "date": date, "UTC": UTC, "AT": AT}

    def said() -> Any:
        with timezone.override("Europe/Amsterdam"):
            return eval(what, names)  # the table is ours

    assert _said(said, "nl") == dutch
    assert _said(said, "en") == english


def test_style_sheets_get_points_whatever_the_language() -> None:
    with translation.override("nl"):
        assert tags.plain(0.25) == "0.25"
        assert tags.percent_css(0.1255) == "12.55%"


def test_nothing_of_nothing_is_no_share() -> None:
    assert tags.of(3, 0) == 0.0
    assert tags.of(None, 4) == 0.0

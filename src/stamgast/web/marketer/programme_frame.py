"""The pages of the loyalty programme: which there are, and who may open them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stamgast.kernel import Money, minor_digits
from stamgast.loyalty.queries import ledger_alarm
from stamgast.web.design.fields import NumberField
from stamgast.web.doors import StaffRequest
from stamgast.web.marketer.care_forms import Day

TABS = (
    (_("In figures"), "programme", "see programme"),
    (_("Saving points"), "earning", "see programme"),
    (_("Levels"), "levels", "see programme"),
    (_("Rewards"), "rewards", "see programme"),
    (_("Codes"), "code_sets", "see programme"),
    (_("Friends"), "friends", "see programme"),
    (_("By lot"), "lots", "see margin"),
    (_("For programs"), "webhooks", "see calls"),
)
NOTATIONS = ["%Y-%m-%d", "%d-%m-%Y"]


def show(
    request: StaffRequest, template: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the programme with the tabs that one may open."""
    places = [(name, reverse(view)) for name, view, verb in TABS if request.may(verb)]
    first = places[0][1]
    tabs = [
        (name, place, request.path == place or (place != first and request.path.startswith(place)))
        for name, place in places
    ]
    shown = {"tabs": tabs, "ledger_alarm": ledger_alarm(), **facts}
    return render(request, f"programme/{template}", shown, status=status)


class FoldedForm(forms.Form):
    """A form that shows what is mostly filled in, and folds the rest away by subject."""

    FOLDS: Sequence[tuple[Any, Sequence[str]]] = ()
    SHOWS_FILLED = True  # a fold in which something optional was filled in is open

    def in_sight(self) -> list[forms.BoundField]:
        """Return the fields that are in no fold."""
        folded = {name for _title, names in self.FOLDS for name in names}
        return [field for field in self if field.name not in folded]

    def folds(self) -> list[tuple[Any, list[forms.BoundField], bool]]:
        """Return the title of each fold, its fields, and whether it is open."""
        every = [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in self.FOLDS
        ]
        return [(title, fields, any(map(self._is_telling, fields))) for title, fields in every]

    def _is_telling(self, field: forms.BoundField) -> bool:
        is_filled = not field.field.required and bool(field.value())
        return bool(field.errors) or (self.SHOWS_FILLED and is_filled)


class AmountField(NumberField):
    """An amount of money as people write it; cleaned to minor units."""

    def __init__(self, *, currency: str = "EUR", **options: Any) -> None:
        self.currency = currency
        options.setdefault("min_value", 0)
        super().__init__(max_digits=14, decimal_places=minor_digits(currency), **options)

    def clean(self, value: Any) -> int | None:
        """Return minor units."""
        found = super().clean(value)
        return None if found is None else Money.of(Decimal(found), self.currency).minor

    def prepare_value(self, value: Any) -> Any:
        """Show minor units as an amount."""
        if isinstance(value, int) and not isinstance(value, bool):
            return Money(value, self.currency).amount
        return value


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day that may be left out."""
    return forms.DateField(
        label=label, required=False, widget=Day(), input_formats=NOTATIONS, **options
    )


def day_begins(day: date | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment at which a day of the shop begins."""
    return datetime.combine(day, time(), tzinfo=zone) if day else None


def first_day(starts_at: datetime | None, zone: ZoneInfo) -> date | None:
    """Return the day of the shop on which something begins."""
    return starts_at.astimezone(zone).date() if starts_at else None


def last_day(ends_at: datetime | None, zone: ZoneInfo) -> date | None:
    """Return the last day of the shop on which something holds that ends at a moment."""
    return first_day(ends_at - timedelta(microseconds=1), zone) if ends_at else None

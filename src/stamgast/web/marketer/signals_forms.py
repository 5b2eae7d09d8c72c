"""What staff fill in about signals: an outside event, its end, and what came of an alarm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.sales.models import Product
from stamgast.signals.models import OutsideEvent
from stamgast.signals.rules import LONGEST
from stamgast.web.marketer.care_forms import Day
from stamgast.web.marketer.signals_words import KINDS

NOTATIONS = ["%Y-%m-%d", "%d-%m-%Y"]
MOST_CHOICES = 60


class EventForm(forms.Form):
    """What happened outside, when, and to whom it matters."""

    kind = forms.ChoiceField(label=_("What happened"), choices=list(KINDS.items()))
    title = forms.CharField(
        label=_("In a few words"),
        max_length=LONGEST["title"],
        help_text=_("For instance: Supermarket sells beans at half price."),
    )
    starts_on = forms.DateField(label=_("First day"), widget=Day(), input_formats=NOTATIONS)
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=Day(),
        input_formats=NOTATIONS,
        help_text=_("Leave empty while it goes on."),
    )
    categories = forms.MultipleChoiceField(
        label=_("Which categories it is about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none when it is about everything you sell."),
    )
    skus = forms.CharField(
        label=_("Or which products"),
        required=False,
        max_length=4000,
        help_text=_("Product numbers, with a comma or space between them."),
    )
    countries = forms.MultipleChoiceField(
        label=_("In which countries"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none when it is everywhere."),
    )
    note = forms.CharField(
        label=_("What else is known"),
        required=False,
        max_length=LONGEST["note"],
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    source = forms.CharField(
        label=_("Who told us, or where it is written"), required=False, max_length=LONGEST["source"]
    )

    def __init__(
        self,
        *given: Any,
        countries: Sequence[str],
        event: OutsideEvent | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*given, **options)
        kept = (event.categories, event.countries) if event else ([], [])
        known = Product.objects.exclude(category="").order_by("category")
        categories = list(known.values_list("category", flat=True).distinct()[:MOST_CHOICES])
        for name, choices in (
            ("categories", [*categories, *kept[0]]),
            ("countries", [*countries, *kept[1]]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(one, one) for one in dict.fromkeys(choices)]
            if not field.choices:
                del self.fields[name]

    def clean_skus(self) -> list[str]:
        """Read product numbers; refuses one that no product has."""
        numbers = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["skus"].strip())))
        numbers = [one for one in numbers if one]
        known = set(Product.objects.filter(sku__in=numbers).values_list("sku", flat=True))
        unknown = [one for one in numbers if one not in known]
        if unknown:
            text = gettext("There is no product %(sku)s.")
            raise forms.ValidationError(text % {"sku": unknown[0]})
        return numbers

    @classmethod
    def of(cls, event: OutsideEvent, *, countries: Sequence[str]) -> EventForm:
        """Fill the form in with what is known of an event."""
        known = {name: getattr(event, name) for name in cls.base_fields}
        initial = {**known, "skus": ", ".join(event.skus)}
        return cls(countries=countries, event=event, initial=initial)


class EndForm(forms.Form):
    """The last day of an outside event."""

    ends_on = forms.DateField(label=_("Last day"), widget=Day(), input_formats=NOTATIONS)

    @classmethod
    def today(cls, day: date) -> EndForm:
        """Offer today."""
        return cls(initial={"ends_on": day}, auto_id="end-%s")


class OutcomeForm(forms.Form):
    """What came of an alarm."""

    outcome = forms.CharField(
        label=_("What it was, and what you did"), required=False, max_length=LONGEST["outcome"]
    )

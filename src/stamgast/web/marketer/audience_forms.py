"""Filling a condition in: a form made of what the condition asks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from stamgast.campaigns.audience import Kind
from stamgast.campaigns.audience.fields import Field
from stamgast.kernel import Money
from stamgast.loyalty.tiers.queries import tiers
from stamgast.sales.models import Product
from stamgast.scoring.queries import facets
from stamgast.signals.models import OutsideEvent
from stamgast.web.design.fields import NumberField
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer import audience_words as words

MOST_SUGGESTED = 60


class ConditionForm(forms.Form):
    """What one condition asks; `leaf` is what was filled in, ready to be read."""

    is_opposite = forms.BooleanField(label=gettext_lazy("The opposite"), required=False)

    def __init__(
        self, kind: Kind, data: Any = None, *, currency: str, leaf: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id=f"{kind.code}-%s", initial=self._shown(kind, leaf, currency))
        self.kind, self.currency = kind, currency
        opposite = self.fields.pop("is_opposite")
        for field in kind.fields:
            self.fields[field.name] = _asked(kind, field, leaf)
        self.fields["is_opposite"] = opposite

    @staticmethod
    def _shown(kind: Kind, leaf: Mapping[str, Any] | None, currency: str) -> dict[str, Any]:
        shown = dict(leaf or {})
        for field in kind.fields:
            value = shown.get(field.name)
            if value is None:
                continue
            if field.sort == "amount":
                shown[field.name] = Money(value, currency).amount
            elif field.sort == "names" and not _suggested(field):
                shown[field.name] = ", ".join(value)
        return shown

    def leaf(self) -> dict[str, Any]:
        """Return the condition as it was filled in; reading it may still refuse it."""
        filled: dict[str, Any] = {"is": self.kind.code}
        for field in self.kind.fields:
            value = self.cleaned_data.get(field.name)
            if value in (None, "", []):
                continue
            if field.sort == "amount":
                value = Money.of(value, self.currency).minor
            elif field.sort == "reference":
                value = int(value)
            elif field.sort == "names" and isinstance(value, str):
                value = [one.strip() for one in value.split(",") if one.strip()]
            filled[field.name] = value
        return filled


def _asked(kind: Kind, field: Field, leaf: Mapping[str, Any] | None) -> forms.Field:
    names = words.AHEAD if kind.code in words.LOOKS_AHEAD else {}
    label = str(names.get(field.name) or words.FIELDS.get(field.name, field.name))
    is_needed = not field.is_optional
    if field.sort == "one_of":
        return forms.ChoiceField(
            label=label, required=is_needed, choices=_choices(kind, field, field.choices)
        )
    if field.sort == "some_of":
        return _many(label, is_needed, _choices(kind, field, field.choices))
    if field.sort == "reference":
        return forms.ChoiceField(label=label, required=is_needed, choices=_events())
    if field.sort == "names":
        known = [*_suggested(field), *((leaf or {}).get(field.name) or [])]
        if _suggested(field):
            return _many(label, is_needed, [(one, one) for one in dict.fromkeys(known)])
        help_text = gettext("Several with a comma between them.")
        return forms.CharField(
            label=label, required=is_needed, max_length=4000, help_text=help_text
        )
    if field.sort == "amount":
        return NumberField(
            label=label,
            required=is_needed,
            min_value=Decimal(0),
            max_value=Decimal(10**10),
            decimal_places=2,
        )
    return forms.IntegerField(
        label=label, required=is_needed, min_value=field.least, max_value=field.most
    )


def _many(label: Any, is_needed: bool, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=is_needed, choices=choices, widget=forms.CheckboxSelectMultiple
    )


def _choices(kind: Kind, field: Field, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, sentences.choice_word(kind.code, field.name, code)) for code in codes]


def _suggested(field: Field) -> list[str]:
    """Return what one mostly chooses from, where that fits on a screen."""
    if field.suggests in ("country", "channel", "shop"):
        return facets().get(field.suggests, [])[:MOST_SUGGESTED]
    if field.suggests in ("category", "brand"):
        rows = Product.objects.exclude(**{field.suggests: ""}).order_by(field.suggests)
        return list(rows.values_list(field.suggests, flat=True).distinct()[:MOST_SUGGESTED])
    if field.suggests == "tier":
        return list(tiers().values_list("name", flat=True)[:MOST_SUGGESTED])
    if field.suggests == "language":
        return ["nl", "en", "de", "fr"]
    return []


def _events() -> list[tuple[str, str]]:
    rows = OutsideEvent.objects.order_by("-starts_on", "-pk")[:MOST_SUGGESTED]
    return [(str(row.pk), row.title) for row in rows]

"""Fields of forms that speak the reader's language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import localize


class NumberField(forms.DecimalField):
    """A number as the reader writes it: shown, read and refused with their own decimal mark."""

    def __init__(self, **options: Any) -> None:
        super().__init__(localize=True, **options)

    def run_validators(self, value: Any) -> None:
        """Refuse what lies outside the limits, and say these as the reader writes them."""
        try:
            super().run_validators(value)
        except ValidationError as refusal:
            for one in refusal.error_list:
                if one.params and "limit_value" in one.params:
                    one.params["limit_value"] = localize(one.params["limit_value"])
            raise

"""Numbers in forms are written, read and refused as the reader writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from stamgast.web.design.fields import NumberField


class Form(forms.Form):
    budget = NumberField(min_value=Decimal("0.01"), max_value=Decimal("1234.5"))


@pytest.mark.parametrize(("language", "written"), [("nl", "12,50"), ("en", "12.50")])
def test_a_number_is_read_and_shown_with_the_readers_decimal_mark(
    language: str, written: str
) -> None:
    with translation.override(language):
        read = Form({"budget": written})
        assert read.is_valid(), read.errors
        assert read.cleaned_data["budget"] == Decimal("12.50")
        assert f'value="{written}"' in str(Form(initial={"budget": Decimal("12.50")}))


@pytest.mark.parametrize(
    ("language", "low", "high"), [("nl", "0,01", "1234,5"), ("en", "0.01", "1234.5")]
)
def test_limits_are_said_with_the_readers_decimal_mark(language: str, low: str, high: str) -> None:
    with translation.override(language):
        assert low in str(Form({"budget": "0"}).errors["budget"])
        assert high in str(Form({"budget": "5000"}).errors["budget"])

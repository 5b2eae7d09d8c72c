"""The tutorial shows what its commands really answer."""

from __future__ import annotations

import re

import pytest

from stories.tutorial import PAGE, run_again

NUMBER = re.compile(r"\d[\d,]*")


def test_the_tutorial_is_true() -> None:
    """Words to the letter; numbers up to what another version of a library may round otherwise."""
    text = PAGE.read_text("utf-8")
    again = run_again(text)
    assert "$ ./stamgast import" in text
    assert NUMBER.sub("#", again) == NUMBER.sub("#", text), "run: python tests/stories/tutorial.py"
    assert numbers(again) == pytest.approx(numbers(text), rel=0.03, abs=2)


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in NUMBER.findall(text)]

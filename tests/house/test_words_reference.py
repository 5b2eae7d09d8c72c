"""The page about words holds what the screens say, and every code has its word."""

from __future__ import annotations

import pytest

from house.words_reference import KINDS, PAGE, page
from stamgast.insight.next_step import STEPS
from stamgast.scoring.models import Stage
from stamgast.staff.rules import ROLES, SCOPES
from stamgast.web.words import KINDS as WORDS


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python tests/house/words_reference.py"


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("step", STEPS), ("role", ROLES), ("scope", SCOPES), ("stage", Stage.values)],
)
def test_every_code_has_its_word(kind: str, codes: list[str]) -> None:
    assert WORDS[kind].keys() >= set(codes)
    assert kind in KINDS

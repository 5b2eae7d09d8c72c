"""The page about conditions holds all of them, and each is worded in both languages."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from house.conditions_reference import PAGE, page
from stamgast.campaigns.audience import Kind, kinds
from stamgast.campaigns.audience.kinds import SUBJECTS
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer import audience_words as words


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python tests/house/conditions_reference.py"


def test_every_subject_has_its_words() -> None:
    assert words.SUBJECTS.keys() == set(SUBJECTS)


def usual(kind: Kind) -> dict[str, object]:
    """A condition as somebody might fill it in."""
    values = {
        "one_of": lambda field: field.choices[0],
        "some_of": lambda field: list(field.choices[:2]),
        "whole": lambda field: max(field.least, 3),
        "percent": lambda field: max(field.least, 20),
        "amount": lambda field: 2_000,
        "names": lambda field: ["Coffee"],
        "reference": lambda field: 1,
    }
    return {"is": kind.code, **{f.name: values[f.sort](f) for f in kind.fields}}


@pytest.mark.parametrize("code", list(kinds()))
def test_every_condition_reads_as_a_sentence_in_both_languages(code: str, db: None) -> None:
    said = words.CONDITIONS[code]
    leaf = usual(kinds()[code])
    read = {}
    for language in ("en", "nl"):
        with override(language):
            holds = sentences.sentence(leaf, currency="EUR")
            opposite = sentences.sentence(leaf, currency="EUR", is_opposite=True)
            read[language] = (str(said.name), holds, opposite)
            assert "%(" not in holds + opposite
            assert holds != opposite
    assert read["en"][1] != read["nl"][1]


@pytest.mark.parametrize(
    ("leaf", "english", "dutch"),
    [
        ({"is": "orders", "at_least": 1, "at_most": 1}, "exactly 1 time", "precies 1 keer kocht"),
        ({"is": "orders", "at_least": 2}, "at least 2 times", "minstens 2 keer kocht"),
        ({"is": "last_bought", "at_most": 1}, "at most 1 day ago", "hooguit 1 dag geleden"),
        (
            {"is": "last_bought", "at_least": 90},
            "at least 90 days ago",
            "minstens 90 dagen geleden",
        ),
    ],
)
def test_one_is_no_plural(leaf: dict[str, object], english: str, dutch: str) -> None:
    with override("en"):
        assert sentences.sentence(leaf, currency="EUR").endswith(english)
    with override("nl"):
        assert dutch in sentences.sentence(leaf, currency="EUR")

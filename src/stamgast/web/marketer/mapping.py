"""The form that says how a file is read: what columns hold, and what the file does not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext

from stamgast.importers.errors import BadAnswer, ColumnsMissing
from stamgast.kernel import Refusal
from stamgast.web.design.tags import listed, number
from stamgast.web.marketer import import_words as words
from stamgast.web.marketer.looking import Look, Question
from stamgast.web.refusals import sentence


@dataclass(frozen=True)
class ColumnShown:
    """One column of the file: its name, some of its values, and the choice of what it holds."""

    name: str
    examples: list[str]
    field: forms.BoundField


class MappingForm(forms.Form):
    """One choice per column of the file, and one field per question."""

    def __init__(
        self,
        *given: Any,
        look: Look,
        settled: Mapping[str, str] | None = None,
        answered: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(*given)
        self.look = look
        known = {column: field for field, column in (settled or look.mapping).items()}
        choices = [("", gettext("not used")), *self._choices()]
        for place, column in enumerate(look.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=column,
                choices=choices,
                required=False,
                initial=known.get(column, ""),
            )
        for asked in look.questions:
            self.fields[f"answer_{asked.code}"] = _question(
                asked, {**look.answers, **(answered or {})}
            )

    def _choices(self) -> Iterator[tuple[str, str]]:
        known = [field for field in words.FIELDS if field in self.look.fields]
        others = [field for field in self.look.fields if field not in words.FIELDS]
        return ((field, words.word(words.FIELDS, field)) for field in (*known, *others))

    @property
    def columns(self) -> list[ColumnShown]:
        """The columns with their choices, as the page lists them."""
        return [
            ColumnShown(column, self.look.examples(column), self[f"column_{place}"])
            for place, column in enumerate(self.look.columns)
        ]

    @property
    def questions(self) -> list[forms.BoundField]:
        """The questions, as the page lists them."""
        return [self[f"answer_{asked.code}"] for asked in self.look.questions]

    @property
    def used(self) -> list[ColumnShown]:
        """The columns that hold something we use."""
        return [column for column in self.columns if column.field.value() or column.field.errors]

    @property
    def unused(self) -> list[ColumnShown]:
        """The other columns."""
        used = {column.name for column in self.used}
        return [column for column in self.columns if column.name not in used]

    @property
    def mapping(self) -> dict[str, str]:
        """Field to column as chosen; empty for each field that no column holds."""
        chosen = {
            self.cleaned_data[f"column_{place}"]: column
            for place, column in enumerate(self.look.columns)
        }
        return {field: chosen.get(field, "") for field in self.look.fields}

    @property
    def answers(self) -> dict[str, str]:
        """The answers that were given."""
        given = {
            asked.code: self.cleaned_data.get(f"answer_{asked.code}")
            for asked in self.look.questions
        }
        return {code: str(answer) for code, answer in given.items() if answer not in {None, ""}}

    def clean_answer_margin(self) -> Decimal | None:
        """A percentage, in either notation, is kept as a share."""
        text = str(self.cleaned_data["answer_margin"]).strip().removesuffix("%").strip()
        try:
            share = Decimal(text.replace(",", ".")) / 100 if text else None
        except InvalidOperation:
            share = Decimal(-1)
        if share is not None and not 0 <= share < 1:
            raise forms.ValidationError(gettext("A percentage lies between 0 and 100."))
        return share

    def clean(self) -> dict[str, Any]:
        """Refuse two columns that hold the same."""
        cleaned = super().clean() or {}
        places = [f"column_{place}" for place in range(len(self.look.columns))]
        counts = Counter(cleaned.get(place) for place in places if cleaned.get(place))
        for place in places:
            field = cleaned.get(place)
            if field and counts[field] > 1:
                text = gettext("Two columns cannot both hold the %(field)s.")
                self.add_error(place, text % {"field": words.word(words.FIELDS, field)})
        return cleaned

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the right field why this mapping or answer will not do."""
        if isinstance(refusal, ColumnsMissing):
            lacking = listed(words.word(words.FIELDS, f) for f in refusal.facts["fields"])
            text = gettext("Say which column holds the %(fields)s.") % {"fields": lacking}
            self.add_error(None, text)
        elif (
            isinstance(refusal, BadAnswer) and f"answer_{refusal.facts['question']}" in self.fields
        ):
            text = gettext("This answer is not possible.")
            self.add_error(f"answer_{refusal.facts['question']}", text)
        else:
            self.add_error(None, sentence(refusal))


def _question(asked: Question, answers: Mapping[str, Any]) -> forms.Field:
    label = words.word(words.QUESTIONS, asked.code)
    help_text = words.word(words.WHY_ASKED, asked.code) if asked.code in words.WHY_ASKED else ""
    initial = answers.get(asked.code, asked.default)
    if asked.code == "margin":
        initial = number(Decimal(str(initial)) * 100, 1).removesuffix(",0").removesuffix(".0")
    if asked.choices:
        return forms.ChoiceField(
            label=label,
            choices=[(code, words.word(words.ANSWERS, code)) for code in asked.choices],
            initial=initial,
            help_text=help_text,
        )
    return forms.CharField(label=label, max_length=20, initial=initial, help_text=help_text)

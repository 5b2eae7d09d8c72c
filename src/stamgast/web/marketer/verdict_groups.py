"""For whom it worked, in words and as a picture; and when nothing can be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.kernel import minor_digits
from stamgast.measurement.models import Experiment, ForWhom
from stamgast.web.design import charts
from stamgast.web.design.tags import money, number
from stamgast.web.marketer.why_they_stay_words import ONE_OF_KIND
from stamgast.web.words import word_of

DIMENSIONS: dict[str, str | Promise] = {
    "stage": _("By stage"),
    "kind": _("By kind of loyalty"),
    "orders": _("By number of orders"),
    "value": _("By what they brought the year before"),
}
_ORDERS: dict[str, str | Promise] = {
    "0": _("no order yet"),
    "1": _("one order"),
    "2-3": _("2 or 3 orders"),
    "4-9": _("4 to 9 orders"),
    "10+": _("10 orders or more"),
}
_VALUES: dict[str, str | Promise] = {
    "none": _("nothing"),
    "lower": _("the lower half"),
    "upper": _("the upper half"),
}


@dataclass(frozen=True)
class Dimension:
    """One way to part the customers: what it says in a sentence, and a picture where there is one."""

    name: str
    said: str
    picture: charts.Picture | None
    left_out: int


def for_whom(experiment: Experiment) -> list[Dimension]:
    """Return for whom an effort worked, in every dimension; nothing before it was looked at."""
    row = ForWhom.objects.filter(experiment=experiment).first()
    if row is None:
        return []
    return [
        _dimension(code, row.facts["groups"][code], experiment.currency)
        for code in DIMENSIONS
        if code in row.facts["groups"]
    ]


def _dimension(code: str, facts: dict[str, Any], currency: str) -> Dimension:
    groups = sorted(facts["groups"], key=lambda one: -one["drawn"]["estimate"])
    picture = _picture(code, groups, currency) if groups else None
    return Dimension(str(DIMENSIONS[code]), _said(code, groups, facts, currency), picture,
                     facts["left_out"])  # fmt: skip


def _said(code: str, groups: list[dict[str, Any]], facts: dict[str, Any], currency: str) -> str:
    if facts["why"] == "too_few_groups":
        return gettext("Nothing can be said: fewer than three groups are large enough.")
    if facts["why"]:
        return gettext("Nothing can be said: too few customers bought in the smaller group.")
    filling = {
        "best": _name(code, groups[0]["code"]),
        "most": money(round(groups[0]["drawn"]["estimate"]), currency),
        "least": money(round(groups[-1]["drawn"]["estimate"]), currency),
        "other": _name(code, groups[-1]["code"]),
    }
    if facts["differ"] >= 0.05:
        return gettext(
            "The groups differ no more than chance makes them: read it as working alike for all."
        )
    gains = [one for one in groups if one["drawn"]["low"] > 0]
    losses = [one for one in groups if one["drawn"]["high"] < 0]
    said = (
        gettext("Most for: %(best)s (%(most)s a head). Least for: %(other)s (%(least)s a head).")
        % filling
    )
    if losses:
        names = ", ".join(_name(code, one["code"]) for one in losses)
        return f"{said} " + gettext("It cost more than it brought for: %(names)s.") % {
            "names": names
        }
    if not gains:
        return f"{said} " + gettext("For none of them it is proven by itself.")
    text = ngettext(
        "Proven by itself for %(n)s of %(all)s groups.",
        "Proven by itself for %(n)s of %(all)s groups.",
        len(gains),
    )
    return f"{said} " + text % {"n": number(len(gains)), "all": number(len(groups))}


def _picture(code: str, groups: list[dict[str, Any]], currency: str) -> charts.Picture:
    unit = 10 ** minor_digits(currency)

    def amount(minor: float) -> str:
        return money(round(minor), currency)

    rows = [
        {
            "label": _name(code, one["code"]),
            **{name: one["drawn"][name] / unit for name in ("estimate", "low", "high")},
            "tip": gettext("%(amount)s a head, likely between %(low)s and %(high)s")
            % {
                "amount": amount(one["drawn"]["estimate"]),
                "low": amount(one["drawn"]["low"]),
                "high": amount(one["drawn"]["high"]),
            },
        }
        for one in groups
    ]
    return charts.Picture(
        name=f"for-whom-{code}",
        spec=charts.group_effects(rows),
        text=gettext("Extra margin a head after costs, per group, with what is likely."),
        columns=(
            gettext("Group"),
            gettext("Extra margin a head"),
            gettext("Likely between"),
            gettext("By itself"),
            gettext("Got it"),
            gettext("Control group"),
        ),
        table=[
            (
                _name(code, one["code"]),
                amount(one["drawn"]["estimate"]),
                gettext("%(low)s and %(high)s")
                % {"low": amount(one["drawn"]["low"]), "high": amount(one["drawn"]["high"])},
                amount(one["alone"]["estimate"]),
                number(one["treated"]),
                number(one["control"]),
            )
            for one in groups
        ],
    )


def _name(dimension: str, code: str) -> str:
    if dimension == "stage":
        return word_of("stage", code)
    words: dict[str, Any] = {"kind": ONE_OF_KIND, "orders": _ORDERS, "value": _VALUES}[dimension]
    return str(words.get(code, code))

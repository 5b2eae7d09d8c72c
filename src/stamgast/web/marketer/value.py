"""What is at stake: how much margin hangs on drifting customers, where and who they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.scoring.models import Run, Score, Stage, Summary
from stamgast.scoring.queries import newest_backtest, scores
from stamgast.web.design.tags import about_money, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer.base_shown import FACETS, Base, Estimate, base_shown, estimate_in
from stamgast.web.marketer.value_carried import carried
from stamgast.web.sentences import filled

PARTS_SHOWN = 8
CUSTOMERS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One shop, brand, country or channel: who is drifting there, and what hangs on it."""

    facet: str
    value: str
    customers: int
    drifting: int
    at_stake: Estimate

    @property
    def most(self) -> int:
        return self.at_stake.high or self.at_stake.value

    @property
    def drifting_share(self) -> float:
        return self.drifting / self.customers if self.customers else 0.0


@page("see margin")
def value(request: StaffRequest) -> HttpResponse:
    """Show what is at stake, where, and with whom."""
    base = base_shown(request.GET)
    if base is None or not base.customers:
        return redirect("dashboard")
    parts = _parts(base.run)
    facts = {
        "base": base,
        "headline": _headline(base),
        "at_stake": base.estimate("at_stake"),
        "expected": base.estimate("margin_year"),
        "parts": parts,
        "most": max((part.most for _, of_facet in parts for part in of_facet), default=1),
        "customers": _drifting(base),
        "carried": carried(base),
        "looked_back": _looked_back(),
    }
    return render(request, "value.html", facts)


def _headline(base: Base) -> SafeString:
    """Say how much hangs on how many."""
    at_stake = base.estimate("at_stake")
    if not base.drifting:
        return filled(gettext("Nobody is drifting, so nothing is at stake."))
    if at_stake is None:
        return filled(
            gettext("What is at stake cannot be said yet: too few customers came back so far.")
        )
    text = ngettext(
        "<b>%(amount)s</b> margin hangs on <b>%(n)s drifting customer</b>.",
        "<b>%(amount)s</b> margin hangs on <b>%(n)s drifting customers</b>.",
        base.drifting,
    )
    amount = about_money(at_stake.value, base.currency)
    return filled(text, amount=amount, n=number(base.drifting))


def _looked_back() -> str:
    """Say what was expected the last time the forecast was held against what came; empty before."""
    newest = newest_backtest()
    if newest is None:
        return ""
    weeks = len(newest.facts["weeks"])
    text = ngettext(
        "Looking back %(weeks)s week, %(expected)s purchases were expected and %(actual)s came.",
        "Looking back %(weeks)s weeks, %(expected)s purchases were expected and %(actual)s came.",
        weeks,
    )
    told = {
        "weeks": weeks,
        "expected": newest.facts["expected"],
        "actual": newest.facts["purchases"],
    }
    return text % {name: number(figure) for name, figure in told.items()}


def _parts(run: Run) -> list[tuple[str, list[Part]]]:
    """Return per facet its parts, the most at stake first; facets with one part say nothing."""
    rows = Summary.objects.filter(run=run).exclude(facet="").exclude(value="")
    fields = ("facet", "value", "facts__customers", "facts__stages", "facts__at_stake")
    found: dict[str, list[Part]] = {facet: [] for facet in FACETS}
    for facet, name, customers, stages, at_stake in rows.values_list(*fields):
        estimate = estimate_in(at_stake)
        if estimate is not None:
            drifting = (stages or {}).get(Stage.DRIFTING, 0)
            found[facet].append(Part(facet, name, customers or 0, drifting, estimate))
    ordered = {
        facet: sorted(parts, key=lambda part: -part.at_stake.value)[:PARTS_SHOWN]
        for facet, parts in found.items()
    }
    return [(facet, parts) for facet, parts in ordered.items() if len(parts) > 1]


def _drifting(base: Base) -> list[Score]:
    """Return the drifting customers of whom most is expected."""
    here = {base.facet: base.value} if base.facet else {}
    drifting = scores(base.run).filter(**here, stage=Stage.DRIFTING, margin_365_minor__isnull=False)
    return list(drifting.order_by("-margin_365_minor")[:CUSTOMERS_SHOWN])

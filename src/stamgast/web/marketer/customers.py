"""The list of customers: what a selection means and who belongs to it, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from stamgast.scoring.models import Run
from stamgast.scoring.queries import current_run, facets
from stamgast.staff.queries import filters_for
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import selection_words as words
from stamgast.web.marketer.search import meant_by
from stamgast.web.marketer.selection import (
    FACETS,
    GIVES_MARGIN_AWAY,
    STAGES,
    Selection,
    read,
    read_order,
)
from stamgast.web.marketer.selection_figures import PAGE, Held, is_margin_assumed
from stamgast.web.words import STEPS, word_of

Options = list[tuple[str, str | Promise]]


@dataclass(frozen=True)
class Filter:
    """One choice of the form above the list."""

    name: str
    label: str
    options: Options
    chosen: str


@page("see customers")
def customers(request: StaffRequest) -> HttpResponse:
    """Show the customers of a selection."""
    sees_margin = request.may("see margin")
    selection = read(request.GET, sees_margin=sees_margin)
    order = read_order(request.GET, sees_margin=sees_margin)
    run = current_run()
    held = Held(selection, run, request.at, meant_by(selection.q) if selection.q else None)
    found = held.figures()
    shown = _page(found.count, request.GET.get("page"))
    currency = run.currency if run else request.shop.currency
    facts = {
        "sentence": words.sentence(selection, found, currency=currency, sees_margin=sees_margin),
        "found": found,
        "rows": held.rows(order=order, page=shown.number),
        "page": shown,
        "sees_margin": sees_margin,
        "address": reverse("customer", args=[0]).removesuffix("0"),
        "selection": selection,
        "order": order,
        "sorts": _sorts(sees_margin),
        "filters": list(_filters(selection, run, sees_margin=sees_margin)),
        "saved": filters_for(request.user),
        "run": run,
        "currency": currency,
        "is_assumed": sees_margin and run is not None and is_margin_assumed(run),
    }
    return render(request, "customers/list.html", facts)


def _page(count: int, wanted: str | None) -> Page[int]:
    """Number the pages without fetching what stands on them."""
    return Paginator(range(count), PAGE).get_page(wanted)


def _sorts(sees_margin: bool) -> Options:
    return [
        (code, word)
        for code, word in words.SORTS.items()
        if sees_margin or code not in GIVES_MARGIN_AWAY
    ]


def _filters(selection: Selection, run: Run | None, *, sees_margin: bool) -> Iterator[Filter]:
    stages: Options = [(code, word_of("stage", code)) for code in STAGES]
    yield Filter("stage", _("Stage"), stages, selection.stage)
    yield Filter("step", _("Next step"), list(STEPS.items()), selection.step)
    if sees_margin:
        yield Filter("value", _("Value"), list(words.VALUE_BANDS.items()), selection.value)
    yield Filter("last", _("Last purchase"), list(words.LAST_PURCHASES.items()), selection.last)
    yield Filter("consent", _("Permission"), list(words.CONSENTS.items()), selection.consent)
    labels = {
        "shop": _("Shop"),
        "brand": _("Brand"),
        "country": _("Country"),
        "channel": _("Sales channel"),
    }
    known = facets(run)
    for name in FACETS:
        values = known.get(name, [])
        chosen = getattr(selection, name)
        if len(values) > 1 or chosen:
            yield Filter(name, labels[name], [(value, value) for value in values], chosen)

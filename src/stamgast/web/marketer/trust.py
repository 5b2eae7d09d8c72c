"""How far to trust the forecast: what it would have said half a year ago, and what came."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.events.actions import ask
from stamgast.scoring.queries import newest_backtest
from stamgast.web.design.tags import number, percent
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.trust_picture import lines
from stamgast.web.marketer.why_they_stay_words import Words
from stamgast.web.sentences import filled

RULES: Words = {
    "last_year": _("the same as last year"),
    "last_period": _("the same as in the weeks before"),
    "like_customers": _("what customers like them bought before"),
}


@page("see base")
def trust(request: StaffRequest) -> HttpResponse:
    """Show the newest look back; before the first, how to get one."""
    newest = newest_backtest()
    job = busy_job("backtest")
    facts: dict[str, Any] = {
        "backtest": newest,
        "job": job,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
    }
    if newest is None:
        headline = filled(gettext("How far to trust the forecast is not known yet."))
        return render(request, "trust.html", {**facts, "headline": headline})
    told = newest.facts
    facts |= {
        "told": told,
        "headline": _headline(told),
        "sense": _sense(told),
        "since": date.fromisoformat(told["fitted_until"]),
        "until": date.fromisoformat(told["until"]),
        "picture": lines(told["weeks"]),
        "weeks": [{**week, "ends": date.fromisoformat(week["ends"])} for week in told["weeks"]],
        "deciles": told["deciles"],
        "most": max(
            (max(band["expected"], band["actual"]) for band in told["deciles"]), default=1.0
        ),
        "forecasts": _forecasts(told),
    }
    return render(request, "trust.html", facts)


@page("run scoring")
@require_POST
def look_back(request: StaffRequest) -> HttpResponse:
    """Ask for a look back; who asks twice within a minute asks once."""
    if busy_job("backtest") is None:
        key = f"backtest:asked:{request.at:%Y%m%d%H%M}"
        ask("backtest", at=request.at, key=key, by=f"user:{request.user.pk}")
        say(request, gettext("Looking back has begun."))
    return redirect("trust")


def _headline(told: dict[str, Any]) -> SafeString:
    """Say what was expected and what came, and what follows from it."""
    facts = {
        "weeks": number(len(told["weeks"])),
        "expected": number(told["expected"]),
        "actual": number(told["purchases"]),
    }
    text = gettext(
        "In %(weeks)s weeks <b>%(expected)s purchases</b> were expected and <b>%(actual)s</b> came."
    )
    return SafeString(f"{filled(text, **facts)} {_sense(told)}")


def _sense(told: dict[str, Any]) -> str:
    if not told["beats_naive"]:
        return gettext("A simple rule did as well: read the forecast per customer as a hint.")
    if told["is_total_covered"]:
        return gettext("You may trust it for the whole base, and for who comes first.")
    return gettext("Trust it for who comes first; take totals with a margin.")


def _forecasts(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return our forecast and the simple rules, the closest first."""
    rows = []
    for name, score in told["scores"].items():
        off = score["total_error"]
        rows.append(
            {
                "name": RULES.get(name, _("our forecast")),
                "is_ours": name not in RULES,
                "off": score["root_mean_square"],
                "in_all": None if off is None else _signed(off),
                "order": score["rank_correlation"],
            }
        )
    return sorted(rows, key=lambda row: float(row["off"]))


def _signed(share: float) -> str:
    text = percent(share, 1)
    return f"+{text}" if share > 0 else text

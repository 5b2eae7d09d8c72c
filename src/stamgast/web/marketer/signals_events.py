"""Outside events one by one: written down, looked at, corrected, ended, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.scoring.models import Score
from stamgast.scoring.queries import current_run
from stamgast.signals import actions, queries
from stamgast.signals.models import OutsideEvent
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import signals_words as words
from stamgast.web.marketer.selection_figures import cached, is_margin_assumed
from stamgast.web.marketer.signals import event_shown
from stamgast.web.marketer.signals_forms import EndForm, EventForm
from stamgast.web.marketer.writing import landing, tried

MOST_COUNTRIES = 30


@dataclass(frozen=True)
class Exposed:
    """Whom an event may touch: how many, and what they are expected to bring in a year."""

    customers: int
    margin_minor: int | None
    is_margin_assumed: bool


@page("write signals")
def new_signal(request: StaffRequest) -> HttpResponse:
    """Write down something that happened outside."""
    form = EventForm(
        *_given(request),
        countries=known_countries(),
        initial={"starts_on": timezone.localdate(request.at)},
    )
    if form.is_bound:
        event = tried(
            form, lambda: actions.record_event(at=request.at, by=request.user, **_facts(form))
        )
        if event is not None:
            undo = reverse("remove_signal", args=[event.pk])
            say(request, gettext("Written down: %(title)s.") % {"title": event.title}, undo=undo)
            return redirect("signal", pk=event.pk)
    status = 422 if form.is_bound else 200
    return render(request, "signals_new.html", {"form": form}, status=status)


@page("see base")
def signal(request: StaffRequest, pk: int) -> HttpResponse:
    """Show an outside event: whom it touches, and how their purchases moved."""
    return _shown(request, _event(pk))


@page("write signals")
@require_POST
def change_signal(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct what was told of an outside event."""
    event = _event(pk)
    form = EventForm(request.POST, countries=known_countries(), event=event)
    before = {name: getattr(event, name) for name in EventForm.base_fields}
    changed = tried(
        form, lambda: actions.change_event(event, at=request.at, by=request.user, **_facts(form))
    )
    if changed is None:
        return _shown(request, event, form=form)
    if all(getattr(changed, name) == value for name, value in before.items()):
        return redirect("signal", pk=pk)
    say(request, gettext("Corrected. How purchases moved is looked at again."))
    return redirect("signal", pk=pk)


@page("write signals")
@require_POST
def end_signal(request: StaffRequest, pk: int) -> HttpResponse:
    """Say which day was the last."""
    event = _event(pk)
    form = EndForm(request.POST, auto_id="end-%s")
    ended = tried(
        form,
        lambda: actions.close_event(
            event, ends_on=form.cleaned_data["ends_on"], at=request.at, by=request.user
        ),
    )
    if ended is None:
        return _shown(request, event, end_form=form)
    back = landing(request, reverse("signals"))
    undo = f"{reverse('reopen_signal', args=[pk])}?{urlencode({'next': back.url})}"
    say(request, gettext("Ended: %(title)s.") % {"title": event.title}, undo=undo)
    return back


@page("write signals")
@require_POST
def reopen_signal(request: StaffRequest, pk: int) -> HttpResponse:
    """It goes on after all."""
    actions.reopen_event(_event(pk), at=request.at, by=request.user)
    say(request, gettext("It goes on."))
    return landing(request, reverse("signals"))


@page("write signals")
@require_POST
def remove_signal(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back what one has just written down."""
    actions.remove_event(_event(pk), at=request.at, by=request.user)
    say(request, gettext("Taken back."))
    return redirect("signals")


def known_countries() -> list[str]:
    """Return the countries that customers buy from, by the current scores."""
    run = current_run()
    if run is None:
        return []

    def look() -> list[str]:
        rows = Score.objects.filter(run=run).exclude(country="").values("country")
        most = rows.annotate(n=Count("pk")).order_by("-n", "country")[:MOST_COUNTRIES]
        return [row["country"] for row in most]

    return cached(f"countries:{run.pk}", look)


def exposed(event: OutsideEvent) -> Exposed:
    """Count whom an event may touch, and add up what they are expected to bring."""
    people = queries.exposed_customers(event)
    run = current_run()
    if run is None:
        return Exposed(people.count(), None, False)

    def count() -> Exposed:
        mine = Score.objects.filter(run=run, customer__in=people)
        sums = mine.aggregate(n=Count("pk"), margin=Sum("margin_365_minor"))
        return Exposed(sums["n"], sums["margin"], is_margin_assumed(run))

    told = (event.starts_on, event.skus, event.categories, event.countries)
    return cached(f"exposed:{run.pk}:{event.pk}:{hash(str(told))}", count)


def _given(request: StaffRequest) -> tuple[Any, ...]:
    return (request.POST,) if request.method == "POST" else ()


def _facts(form: Form) -> dict[str, Any]:
    """Return what was filled in; a field that was not asked for stays as it is."""
    return dict(form.cleaned_data)


def _event(pk: int) -> OutsideEvent:
    return get_object_or_404(OutsideEvent.objects.select_related("made_by"), pk=pk)


def _shown(request: StaffRequest, event: OutsideEvent, **forms: Form) -> HttpResponse:
    facts = {
        "one": event_shown(event, request),
        "event": event,
        "exposed": exposed(event),
        "moved": [{**row, "who": words.group_name(row)} for row in words.in_order(event.effect)],
        "form": EventForm.of(event, countries=known_countries()),
        "end_form": EndForm.today(timezone.localdate(request.at)),
        "is_first": event.effect_until is None,
        "currency": request.shop.currency,
        **forms,
    }
    return render(request, "signals_event.html", facts, status=422 if forms else 200)

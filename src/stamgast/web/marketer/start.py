"""The guide from nothing, or from the example shop, to the first step in one's real shop."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.customers.models import Interaction, Task
from stamgast.importers.models import Batch
from stamgast.sales.models import MarginRate, Order
from stamgast.scoring.queries import current_run, summary
from stamgast.staff.actions import change_shop
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the guide: what to do, why, where, and whether it is done."""

    title: str
    text: str
    address: str
    label: str
    is_done: bool


@page("edit settings")
def start(request: StaffRequest) -> HttpResponse:
    """Show how to begin: from the example shop with a command, in a real shop stop by stop."""
    if request.shop.is_demo:
        return render(request, "start_from_demo.html")
    stops = _stops(request)
    ahead = next((place for place in stops if not place.is_done), None)
    done = sum(place.is_done for place in stops)
    return render(request, "start.html", {"stops": stops, "ahead": ahead, "done": done})


@page("edit settings")
@require_POST
def end_guide(request: StaffRequest) -> HttpResponse:
    """Take the guide out of the menu."""
    change_shop(at=request.at, by=request.user, is_set_up=True)
    text = gettext("The guide is gone from the menu.")
    say(request, text, undo=reverse("show_guide"))
    return redirect("dashboard")


@page("edit settings")
@require_POST
def show_guide(request: StaffRequest) -> HttpResponse:
    """Put the guide back in the menu."""
    change_shop(at=request.at, by=request.user, is_set_up=False)
    return redirect("start")


def _stops(request: StaffRequest) -> list[Stop]:
    run = current_run()
    has_orders = Order.objects.exists()
    is_margin_known = MarginRate.objects.exists() or (
        run is not None and has_orders and not summary(run=run).get("assumed_share")
    )
    return [
        Stop(
            gettext("Name your shop and its currency"),
            gettext("The name stands above every page; amounts are added up in one currency."),
            reverse("shop_settings"),
            gettext("Name your shop"),
            bool(request.shop.name),
        ),
        Stop(
            gettext("Import your orders"),
            gettext(
                "An export from your web shop: who bought what, when and for how much. "
                "Two or three years back is best."
            ),
            reverse("imports"),
            gettext("Choose a file"),
            has_orders or Batch.objects.filter(status=Batch.Status.DONE).exists(),
        ),
        Stop(
            gettext("Say what you earn on it"),
            gettext("Where a file holds no costs, a rate for the whole shop or per category does."),
            reverse("margin_settings"),
            gettext("State your margin"),
            is_margin_known,
        ),
        Stop(
            gettext("Let every customer be scored"),
            gettext("It follows an import by itself and takes a minute at most for most shops."),
            reverse("dashboard"),
            gettext("To the overview"),
            run is not None,
        ),
        Stop(
            gettext("Take the first step"),
            gettext("Choose one customer who is drifting, call or write, and note what was said."),
            f"{reverse('customers')}?stage=drifting",
            gettext("Show who is drifting"),
            Interaction.objects.filter(by__isnull=False).exists()
            or Task.objects.filter(made_by__isnull=False).exists(),
        ),
    ]

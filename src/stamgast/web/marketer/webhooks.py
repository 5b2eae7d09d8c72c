"""Addresses that hear of every entry, what was sent to them, and sending it again."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.loyalty.actions.webhooks import add_endpoint, send_again, stop_endpoint
from stamgast.loyalty.models import WebhookDelivery, WebhookEndpoint
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import show
from stamgast.web.marketer.writing import tried

SHOWN = 50


class EndpointForm(forms.Form):
    """An address of one of the shop's own programs."""

    url = forms.CharField(label=_("Address"), max_length=500, help_text=_("It begins with https."))
    hears = forms.ChoiceField(
        label=_("It hears of"),
        choices=[
            (WebhookEndpoint.Hears.POINTS, _("every entry of points")),
            (WebhookEndpoint.Hears.CONTACTS, _("customers that campaigns reach through it")),
        ],
        initial=WebhookEndpoint.Hears.POINTS,
        required=False,
    )


@page("see calls")
def webhooks(request: StaffRequest) -> HttpResponse:
    """Show who hears of entries and what was sent; let another address hear of them."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST":
        made = tried(
            form,
            lambda: add_endpoint(
                form.cleaned_data["url"],
                hears=form.cleaned_data["hears"] or WebhookEndpoint.Hears.POINTS,
                at=request.at,
                by=request.user,
            ),
        )
        if made is not None:
            say(request, gettext("It hears from now on. Its secret stands below."))
            return redirect("webhooks")
    deliveries = WebhookDelivery.objects.select_related("endpoint", "entry")
    facts = {
        "form": form,
        "endpoints": WebhookEndpoint.objects.order_by("-is_active", "pk"),
        "deliveries": deliveries.order_by("-pk")[:SHOWN],
        "failed": deliveries.filter(status=WebhookDelivery.Status.FAILED).count(),
        "waiting": deliveries.filter(status=WebhookDelivery.Status.WAITING).count(),
    }
    return show(request, "webhooks.html", facts, status=422 if form.is_bound else 200)


@page("see calls")
@require_POST
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    """Let an address hear nothing more."""
    stop_endpoint(get_object_or_404(WebhookEndpoint, pk=pk), at=request.at, by=request.user)
    say(request, gettext("It hears nothing more."))
    return redirect("webhooks")


@page("see calls")
@require_POST
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Send something again that did not arrive."""
    if send_again(get_object_or_404(WebhookDelivery, pk=pk), at=request.at):
        say(request, gettext("It is on its way again."))
    else:
        say(request, gettext("It arrived, or is on its way."))
    return redirect("webhooks")

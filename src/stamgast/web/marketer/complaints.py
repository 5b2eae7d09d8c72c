"""Complaints until their end: what is open, who solves it, and what came of it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.models import Interaction
from stamgast.customers.queries import open_complaints
from stamgast.sales.queries import with_order_doubt
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import care_forms
from stamgast.web.marketer.writing import landing, tried
from stamgast.web.sentences import filled

PAGE = 25


@page("see customers")
def complaints(request: StaffRequest) -> HttpResponse:
    """Show open complaints, the latest deadline last; or those that ended."""
    today = timezone.localdate(request.at)
    is_closed = request.GET.get("state") == "closed"
    is_mine = request.GET.get("whose") == "mine"
    waiting = open_complaints(as_of=today)
    rows = _closed() if is_closed else with_order_doubt(waiting)
    if is_mine:
        rows = rows.filter(owner=request.user)
    facts = {
        "sentence": _sentence(waiting.count(), waiting.filter(due__lt=today).count()),
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "is_closed": is_closed,
        "is_mine": is_mine,
    }
    return render(request, "complaints/list.html", facts)


def _closed() -> QuerySet[Interaction]:
    ended = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT, closed_at__isnull=False)
    return ended.select_related("customer", "owner").order_by("-closed_at", "-pk")


def _sentence(waiting: int, late: int) -> SafeString:
    if not waiting:
        return filled(_("No complaint is open."))
    text = ngettext(
        "<b>%(n)s complaint</b> is open%(late)s.",
        "<b>%(n)s complaints</b> are open%(late)s.",
        waiting,
    )
    return filled(text, n=number(waiting), late=said_late(late))


def said_late(late: int) -> SafeString | str:
    """Say how many of what is open are too late, to go behind how many there are."""
    if not late:
        return _(", none too late")
    text = ngettext(
        ', <span class="bad">%(n)s too late</span>',
        ', <span class="bad">%(n)s too late</span>',
        late,
    )
    return filled(text, n=number(late))


@page("write interactions")
def complaint(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one complaint with its forms."""
    row = _complaint(pk)
    return _shown(request, row)


@page("write interactions")
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """End a complaint with what came of it."""
    row = _complaint(pk)
    form = care_forms.CloseForm(request.POST, auto_id="close-%s")
    outcome = tried(
        form,
        lambda: actions.close_complaint(
            row, outcome=form.cleaned_data["outcome"], at=request.at, by=request.user
        ),
    )
    if outcome is None:
        return _shown(request, row, close_form=form)
    back = landing(request, reverse("complaints"))
    undo = f"{reverse('reopen_complaint', args=[row.pk])}?{urlencode({'next': back.url})}"
    say(request, _("Complaint closed."), undo=undo)
    return back


@page("write interactions")
@require_POST
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """A complaint turns out not to be solved."""
    row = actions.reopen_complaint(_complaint(pk), at=request.at, by=request.user)
    say(request, _("Complaint open again."))
    return landing(request, reverse("complaint", args=[row.pk]))


@page("write interactions")
@require_POST
def assign(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody else solves a complaint, or by another day."""
    row = _complaint(pk)
    before = {"owner": row.owner_id or "", "due": row.due.isoformat() if row.due else ""}
    # What is to be undone stands in the address.
    form = care_forms.AssignForm(request.GET or request.POST, auto_id="assign-%s")
    assigned = tried(
        form,
        lambda: actions.assign_complaint(row, at=request.at, by=request.user, **form.cleaned_data),
    )
    if assigned is None:
        return _shown(request, row, assign_form=form)
    undo = f"{reverse('assign_complaint', args=[row.pk])}?{urlencode(before)}"
    name = assigned.owner or _("nobody")
    say(request, _("Complaint given to %(name)s.") % {"name": name}, undo=undo)
    return landing(request, reverse("complaints"))


def _complaint(pk: int) -> Interaction:
    rows = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT)
    return get_object_or_404(rows.select_related("customer", "owner", "by"), pk=pk)


def _shown(request: StaffRequest, row: Interaction, **forms: Form) -> HttpResponse:
    initial = {"owner": row.owner_id, "due": row.due}
    facts = {
        "complaint": row,
        "is_late": bool(row.due and not row.closed_at and row.due < timezone.localdate(request.at)),
        "close_form": care_forms.CloseForm(auto_id="close-%s"),
        "assign_form": care_forms.AssignForm(auto_id="assign-%s", initial=initial),
        **forms,
    }
    status = 422 if forms and not request.htmx else 200
    return render(request, "complaints/page.html", facts, status=status)

"""Promises to customers: mine or everyone's, finished with one press."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.models import Task
from stamgast.customers.queries import open_tasks
from stamgast.web.design.tags import number, promised
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.complaints import said_late
from stamgast.web.marketer.writing import address_of, landing
from stamgast.web.sentences import filled

PAGE = 25


@page("see customers")
def tasks(request: StaffRequest) -> HttpResponse:
    """Show what one promised oneself, or all that was promised; or what was done."""
    today = timezone.localdate(request.at)
    is_done = request.GET.get("state") == "done"
    is_everyones = request.GET.get("whose") == "all"
    waiting = open_tasks(as_of=today)
    if not is_everyones:
        waiting = waiting.filter(owner=request.user)
    rows = _done(request, is_everyones) if is_done else waiting
    late = waiting.filter(due__lt=today).count()
    facts = {
        "sentence": _sentence(waiting.count(), late, is_everyones),
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "is_done": is_done,
        "is_everyones": is_everyones,
    }
    return render(request, "tasks/list.html", facts)


def _done(request: StaffRequest, is_everyones: bool) -> QuerySet[Task]:
    rows = Task.objects.exclude(done_at=None).select_related("customer", "owner")
    kept = rows if is_everyones else rows.filter(owner=request.user)
    return kept.order_by("-done_at", "-pk")


def _sentence(n: int, late: int, is_everyones: bool) -> SafeString:
    if not n and is_everyones:
        return filled(_("Everything that was promised is done."))
    if not n:
        return filled(_("You have nothing left to do for a customer."))
    if is_everyones:
        text = ngettext(
            "<b>%(n)s task</b> is open%(late)s.", "<b>%(n)s tasks</b> are open%(late)s.", n
        )
    else:
        text = ngettext(
            "You have <b>%(n)s task</b>%(late)s.", "You have <b>%(n)s tasks</b>%(late)s.", n
        )
    return filled(text, n=number(n), late=said_late(late))


@page("write tasks")
@require_POST
def finish(request: StaffRequest, pk: int) -> HttpResponse:
    """A promise was kept."""
    row = actions.finish_task(_task(pk), at=request.at, by=request.user)
    back = landing(request, reverse("tasks"))
    undo = f"{reverse('reopen_task', args=[row.pk])}?{urlencode({'next': back.url})}"
    say(request, _("Task done: %(title)s.") % {"title": promised(row)}, undo=undo)
    return back


@page("write tasks")
@require_POST
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """A promise is not kept yet after all."""
    actions.reopen_task(_task(pk), at=request.at, by=request.user)
    say(request, _("Task open again."))
    return landing(request, reverse("tasks"))


@page("write tasks")
@require_POST
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a task that one has just made."""
    row = _task(pk)
    actions.remove_task(row, at=request.at, by=request.user)
    say(request, _("Taken back."))
    return landing(request, address_of(row.customer))


def _task(pk: int) -> Task:
    return get_object_or_404(Task.objects.select_related("customer"), pk=pk)

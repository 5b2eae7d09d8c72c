"""Bringing in files: upload, see what is in them, say what columns mean, follow, and the result."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from stamgast.events.models import Job
from stamgast.importers.actions.uploading import (
    ask_for_check,
    ask_for_import,
    drop_upload,
    keep_upload,
    settle_upload,
)
from stamgast.importers.layouts import layouts
from stamgast.importers.models import Batch
from stamgast.kernel import Refusal, minor_digits
from stamgast.web.design.tags import NO_BREAK, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import import_words as words
from stamgast.web.marketer.jobs import BUSY, left
from stamgast.web.marketer.looking import Look, Unreadable, look_at, refused_in_words
from stamgast.web.marketer.mapping import MappingForm
from stamgast.web.marketer.uploads import IntoHome, KeptFile, kept_path

PAGE = 25
UNTOUCHED = (Batch.Status.DRAFT, Batch.Status.FAILED)


@page("import files")
def imports(request: StaffRequest) -> HttpResponse:
    """Show what came in before, and take in another file."""
    return _history(request)


def _history(request: StaffRequest, *, problem: str = "") -> HttpResponse:
    batches = Batch.objects.select_related("made_by").order_by("-made_at", "-pk")
    shown = Paginator(batches, PAGE).get_page(request.GET.get("page"))
    facts = {
        "last": batches.filter(status=Batch.Status.DONE, imported__gt=0).first(),
        "page": shown,
        "rows": [(row, words.word(words.STATUSES, row.status)) for row in shown],
        "limit_mb": settings.UPLOAD_LIMIT // 1024**2,
        "problem": problem,
    }
    return render(request, "imports/list.html", facts, status=422 if problem else 200)


@csrf_exempt  # the token is checked in _receive: it may be read only after the handler is set
@page("import files")
@require_POST
def upload(request: StaffRequest) -> HttpResponse:
    """Take in a file piece by piece, and look whether anything can be read from it."""
    handler = IntoHome(request)
    request.upload_handlers = [handler]
    return _receive(request, handler)


@csrf_protect
def _receive(request: StaffRequest, handler: IntoHome) -> HttpResponse:
    file = request.FILES.get("file")
    if handler.is_too_large:
        limit = settings.UPLOAD_LIMIT // 1024**2
        return _history(request, problem=_("The file is larger than %(n)s MB.") % {"n": limit})
    if not isinstance(file, KeptFile):
        return _history(request, problem=_("Choose a file first."))
    try:
        look = look_at(file.path)
    except Unreadable as why:
        file.path.unlink(missing_ok=True)
        return _history(request, problem=str(why))
    batch = keep_upload(
        file.path, name=file.name or "", layout=look.layout, at=request.at, by=request.user
    )
    return redirect("import", batch.pk)


@page("import files")
def batch(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one file: what is in it, how far it is, or what it brought."""
    row = get_object_or_404(Batch.objects.select_related("made_by"), pk=pk)
    job = _job(row, "import_batch")
    if row.status == Batch.Status.DONE:
        return render(request, "imports/result.html", _result(row))
    if row.status in UNTOUCHED and not (job and job.status in BUSY and not row.error):
        return _settle(request, row)
    return render(request, "imports/progress.html", _progress(request, row, job))


def _job(row: Batch, kind: str) -> Job | None:
    return Job.objects.filter(kind=kind, facts__batch=row.pk).order_by("-pk").first()


def _progress(request: StaffRequest, row: Batch, job: Job | None) -> dict[str, Any]:
    is_busy = job is not None and job.status in BUSY
    ahead = Job.objects.filter(status__in=BUSY, pk__lt=job.pk).count() if job else 0
    return {
        "batch": row,
        "job": job,
        "is_busy": is_busy,
        "left": left(job, request.at) if job else None,
        "ahead": ahead,
    }


def _settle(request: StaffRequest, row: Batch) -> HttpResponse:
    """Show what is in the file; when the reader said how to read it, check it or bring it in."""
    layout = request.POST.get("layout") or request.GET.get("layout") or ""
    path = kept_path(row.file)
    problem = refused_in_words(row.error["code"], _facts(row)) if row.error else ""
    if path is None:
        return render(request, "imports/gone.html", {"batch": row}, status=410)
    try:
        look = look_at(path, layout=layout if layout in layouts() else "")
    except Unreadable as why:
        return render(request, "imports/gone.html", {"batch": row, "why": str(why)}, status=422)
    given = (request.POST,) if request.method == "POST" else ()
    form = MappingForm(*given, look=look, settled=row.mapping, answered=row.answers)
    if given and form.is_valid() and _begin(request, row, look, form):
        return redirect("import", row.pk)
    facts = {
        "batch": row,
        "look": look,
        "form": form,
        "problem": problem,
        "layouts": [(name, words.word(words.LAYOUTS, name)) for name in layouts()],
        "layout_word": words.word(words.LAYOUTS, look.layout),
        **_check(row),
    }
    return render(request, "imports/settle.html", facts, status=422 if form.errors else 200)


def _check(row: Batch) -> dict[str, Any]:
    """How far the last check of this file is, or what it found."""
    check = _job(row, "check_batch")
    if check is None:
        return {}
    told = check.result.get("error") or ""
    return {
        "check": check,
        "check_is_busy": check.status in BUSY,
        "check_problem": refused_in_words(told, check.result) if told else check.error[:300],
    }


def _facts(row: Batch) -> dict[str, Any]:
    return {name: fact for name, fact in row.error.items() if name != "code"}


def _begin(request: StaffRequest, row: Batch, look: Look, form: MappingForm) -> bool:
    """Keep how the file is read, and ask for its check or import; False when that was refused."""
    try:
        settle_upload(
            row,
            columns=look.columns,
            layout=look.layout,
            mapping=form.mapping,
            answers=form.answers,
            at=request.at,
        )
        ask = ask_for_check if "check" in request.POST else ask_for_import
        ask(row, at=request.at, by=request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _result(row: Batch) -> dict[str, Any]:
    """What a file brought, in the order in which one would tell it."""
    facts = row.result
    totals, odd = (facts.get(name) or {} for name in ("amount_total", "rounding_difference"))
    return {
        "batch": row,
        "facts": facts,
        "first_day": _day(facts.get("first_day")),
        "last_day": _day(facts.get("last_day")),
        "totals": [exactly(Decimal(amount), money) for money, amount in totals.items()],
        "rounding": [exactly(Decimal(lost), money) for money, lost in odd.items() if Decimal(lost)],
        "waiting": row.rows_to_mend.filter(mended_at=None, dropped_at=None).count(),
        "scoring": Job.objects.filter(kind="score", status__in=BUSY).order_by("pk").first(),
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def exactly(amount: Decimal, currency: str) -> str:
    """Return an amount with all its decimals: what a file says may be finer than a cent."""
    exponent = amount.normalize().as_tuple().exponent
    decimals = max(minor_digits(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{currency}{NO_BREAK}{number(amount, decimals)}"


@page("import files")
@require_POST
def retry(request: StaffRequest, pk: int) -> HttpResponse:
    """Bring a file in again that broke off half-way."""
    row = get_object_or_404(Batch, pk=pk)
    ask_for_import(row, at=request.at, by=request.user)
    return redirect("import", row.pk)


@page("import files")
@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw a file away that was not brought in."""
    row = get_object_or_404(Batch, pk=pk)
    drop_upload(row, at=request.at, by=request.user)
    say(request, _("%(name)s thrown away.") % {"name": row.name})
    return redirect("imports")


@page("import files")
def original(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Hand back the file as it was uploaded: as a download, never to be shown or run here."""
    row = get_object_or_404(Batch, pk=pk)
    path = kept_path(row.file)
    if path is None:
        raise Http404
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=row.name,
        content_type="application/octet-stream",
    )

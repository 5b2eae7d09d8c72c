"""One set of codes: what became of it, more codes in it, a file of them, and the codes to take along."""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.db.models import Count, Q, Sum
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from stamgast.events.actions import ask
from stamgast.events.models import Job
from stamgast.loyalty.codes import actions, queries
from stamgast.loyalty.models import CodeSet, CodeUse
from stamgast.staff.queries import actor
from stamgast.web.code_words import gives
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.gift_cards import CardForm, cards_of
from stamgast.web.marketer.jobs import BUSY, left
from stamgast.web.marketer.programme_frame import show
from stamgast.web.marketer.uploads import IntoHome, KeptFile
from stamgast.web.marketer.writing import tried

AT_ONCE = 1_000  # codes that are made while one waits; more become a job
LARGEST_MB = 100  # of a file of codes: five million of them fit
WORK = ("make_codes", "load_codes")


class MakeForm(forms.Form):
    """More codes: made or typed."""

    wanted = forms.IntegerField(
        label=_("How many codes there should be"), min_value=1, max_value=5_000_000, required=False
    )
    begin = forms.CharField(label=_("Beginning with"), max_length=20, required=False)
    text = forms.CharField(label=_("Or one that people remember"), max_length=40, required=False)


@page("see programme")
def code_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a set: its codes, how they are used; make more."""
    row = get_object_or_404(CodeSet, pk=pk)
    form = MakeForm(request.POST or None)
    if request.method == "POST" and request.may("edit programme"):
        said = tried(form, lambda: _make(request, row, form))
        if said is not None:
            say(request, said)
            return redirect("code_set", pk=pk)
    return shown(request, row, form=form)


def shown(
    request: StaffRequest,
    row: CodeSet,
    *,
    form: MakeForm | None = None,
    card_form: CardForm | None = None,
    problem: str = "",
) -> HttpResponse:
    """Show the page of a set, with a form to mend where there is one."""
    used = CodeUse.objects.filter(code__code_set=row, state="used")
    totals = used.aggregate(times=Count("pk"), given=Sum("amount_minor"), back=Sum("back_minor"))
    jobs = Job.objects.filter(kind__in=WORK, facts__set=row.pk)
    job = jobs.filter(status__in=BUSY).order_by("run_at", "pk").first()
    last = jobs.filter(kind="load_codes").exclude(status__in=BUSY).order_by("-pk").first()
    free = row.codes.filter(customer=None, uses=0, initial_minor=None).count()
    facts = {
        "set": row,
        "gives": gives(row),
        "form": form or MakeForm(),
        "card_form": card_form or CardForm.blank(),
        "cards": cards_of(row) if row.kind == CodeSet.Kind.GIFT_CARD else [],
        "how_many": row.codes.count(),
        "free": free,
        "free_count": free,
        "totals": totals,
        "latest": used.select_related("code", "customer").order_by("-settled_at")[:20],
        "codes": row.codes.filter(Q(uses__gt=0) | Q(customer__isnull=False))
        .select_related("customer")
        .order_by("-pk")[:20],
        "job": job,
        "left": left(job, request.at) if job else None,
        "last_file": last,
        "limit_mb": LARGEST_MB,
        "problem": problem,
    }
    is_wrong = problem or (form and form.errors) or (card_form and card_form.errors)
    return show(request, "code_set.html", facts, status=422 if is_wrong else 200)


def _make(request: StaffRequest, row: CodeSet, form: MakeForm) -> str:
    """Make or add codes; what takes long becomes a job."""
    filled = form.cleaned_data
    if filled["text"]:
        actions.add_code(row, filled["text"], at=request.at, by=request.user)
        return gettext("The code can be used.")
    wanted = filled["wanted"] or row.codes.count() + 1
    if wanted - row.codes.count() > AT_ONCE:
        ask(
            "make_codes",
            at=request.at,
            by=actor(request.user),
            key=f"make_codes:{row.pk}:{wanted}",
            facts={"set": row.pk, "wanted": wanted, "prefix": filled["begin"]},
        )
        return gettext("The codes are being made; you can go on meanwhile.")
    count = actions.make_codes(
        row, wanted=wanted, prefix=filled["begin"], at=request.at, by=request.user
    )
    return gettext("There are %(n)s codes now.") % {"n": count}


@csrf_exempt  # the token is checked in _receive: it may be read only after the handler is set
@page("edit programme")
@require_POST
def load(request: StaffRequest, pk: int) -> HttpResponse:
    """Take in a file of codes piece by piece; they are brought in behind the screens."""
    row = get_object_or_404(CodeSet, pk=pk)
    handler = IntoHome(request, limit=LARGEST_MB * 1024**2)
    request.upload_handlers = [handler]
    return _receive(request, row, handler)


@csrf_protect
def _receive(request: StaffRequest, row: CodeSet, handler: IntoHome) -> HttpResponse:
    file = request.FILES.get("file")
    if handler.is_too_large:
        words = gettext("The file is larger than %(n)s MB.") % {"n": LARGEST_MB}
        return shown(request, row, problem=words)
    if not isinstance(file, KeptFile):
        return shown(request, row, problem=gettext("Choose a file first."))
    ask(
        "load_codes",
        at=request.at,
        by=actor(request.user),
        facts={"set": row.pk, "file": file.path.name, "name": (file.name or "")[:120]},
    )
    say(request, gettext("The codes are being brought in; you can go on meanwhile."))
    return redirect("code_set", pk=row.pk)


@page("edit programme")
def download(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """Hand out the codes of a set that nobody has yet, one per line under a heading."""
    row = get_object_or_404(CodeSet, pk=pk)

    def lines() -> Iterator[str]:
        yield "code\n"
        yield from (f"{text}\n" for text in queries.code_texts(row))

    answer = StreamingHttpResponse(_in_blocks(lines()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="codes-{row.pk}.csv"'
    return answer


def _in_blocks(lines: Iterator[str]) -> Iterator[str]:
    """Join lines, for a server sends every piece by itself."""
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == 2_000:
            yield "".join(block)
            block.clear()
    yield "".join(block)

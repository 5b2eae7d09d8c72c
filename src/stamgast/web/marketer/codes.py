"""Discount codes and gift cards: sets with their conditions, and the codes in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Count, Q, Sum
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.events.actions import ask
from stamgast.loyalty.codes import actions, queries
from stamgast.loyalty.models import CodeSet, CodeUse
from stamgast.loyalty.queries import programme
from stamgast.loyalty.tiers.queries import tiers
from stamgast.staff.queries import actor
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.programme_frame import AmountField, day_field, show
from stamgast.web.marketer.writing import tried
from stamgast.web.programme_words import CODE_KINDS, VAT_KINDS
from stamgast.web.words import STAGES

AT_ONCE = 1_000  # codes that are made while one waits; more become a job
LARGEST_FILE = 40 * 1024 * 1024


class SetForm(forms.Form):
    """What codes give, on which conditions, how often."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("What they give"), choices=list(CODE_KINDS.items()))
    percent = forms.DecimalField(
        label=_("Percentage off"), min_value=0, max_value=100, required=False, localize=True
    )
    amount_minor = AmountField(label=_("Amount off"), required=False)
    most_minor = AmountField(label=_("Largest discount on an order"), required=False)
    least_order_minor = AmountField(label=_("Orders from"), required=False)
    categories = forms.CharField(
        label=_("Only for these categories"),
        required=False,
        help_text=_("With a comma between them; empty is everything."),
    )
    skus = forms.CharField(
        label=_("Only for these products"), required=False, help_text=_("Product numbers.")
    )
    stages = forms.MultipleChoiceField(
        label=_("Only for customers who are"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (code, STAGES[code]) for code in ("new", "active", "drifting", "lost", "won_back")
        ],
    )
    tiers = forms.MultipleChoiceField(
        label=_("Only for these levels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_first_order = forms.BooleanField(label=_("Only for a first order"), required=False)
    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"))
    uses_per_code = forms.IntegerField(label=_("Times per code"), min_value=1, required=False)
    uses_per_customer = forms.IntegerField(
        label=_("Times per customer"), min_value=1, required=False
    )
    uses_most = forms.IntegerField(label=_("Times in all"), min_value=1, required=False)
    budget_minor = AmountField(label=_("Budget for all together"), required=False)
    is_exclusive = forms.BooleanField(label=_("Goes with no other code"), required=False)
    family = forms.CharField(
        label=_("Family"),
        max_length=40,
        required=False,
        help_text=_("Of codes of one family an order takes one."),
    )
    is_use_given_back = forms.BooleanField(
        label=_("May be used again when the whole order came back"), required=False
    )
    vat_kind = forms.ChoiceField(label=_("For VAT"), choices=list(VAT_KINDS.items()))
    is_sold = forms.BooleanField(
        label=_("Is sold (a gift card; valid for two years at least)"), required=False
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["tiers"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(tier.code, tier.name) for tier in tiers()]
        if not field.choices:
            del self.fields["tiers"]

    def facts(self) -> dict[str, Any]:
        """Return what was filled in as the set keeps it."""
        settings = programme()
        zone = ZoneInfo(settings.zone)
        filled = dict(self.cleaned_data)
        first, last = filled.pop("starts_on"), filled.pop("ends_on")
        for name in ("skus", "categories"):
            filled[name] = [part.strip() for part in filled[name].split(",")]
        return {
            **filled,
            "currency": settings.currency,
            "least_order_minor": filled["least_order_minor"] or 0,
            "starts_at": datetime.combine(first, time(), tzinfo=zone) if first else None,
            "ends_at": datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
            if last
            else None,
        }

    @classmethod
    def initial_of(cls, row: CodeSet) -> dict[str, Any]:
        """Return what a set says, as the form shows it."""
        own = set(cls.base_fields) - {"starts_on", "ends_on", "skus", "categories"}
        return {
            **{name: getattr(row, name) for name in own},
            "skus": ", ".join(row.skus),
            "categories": ", ".join(row.categories),
            "starts_on": row.starts_at.date() if row.starts_at else None,
            "ends_on": (row.ends_at - timedelta(days=1)).date() if row.ends_at else None,
        }


class MakeForm(forms.Form):
    """More codes: made, typed or loaded."""

    wanted = forms.IntegerField(
        label=_("How many codes there should be"), min_value=1, max_value=5_000_000, required=False
    )
    begin = forms.CharField(label=_("Beginning with"), max_length=20, required=False)
    text = forms.CharField(label=_("Or one that people remember"), max_length=40, required=False)
    file = forms.FileField(
        label=_("Or from a file, one per line"),
        required=False,
    )


@page("see programme")
def codes(request: StaffRequest) -> HttpResponse:
    """Show the sets of codes."""
    return show(request, "codes.html", {"sets": list(queries.sets()[:200])})


@page("edit programme")
def new_set(request: StaffRequest) -> HttpResponse:
    """Make a set of codes."""
    form = SetForm(request.POST or None)
    if request.method == "POST":
        kept = tried(form, lambda: actions.make_set(at=request.at, by=request.user, **form.facts()))
        if kept is not None:
            say(request, gettext("Kept. Now make the codes."))
            return redirect("code_set", pk=kept.pk)
    status = 422 if form.is_bound else 200
    return show(request, "code_set_form.html", {"form": form}, status=status)


@page("edit programme")
def change_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the conditions of a set from now on."""
    row = get_object_or_404(CodeSet, pk=pk)
    form = SetForm(request.POST or None, initial=SetForm.initial_of(row))
    if request.method == "POST":
        kept = tried(
            form, lambda: actions.change_set(row, at=request.at, by=request.user, **form.facts())
        )
        if kept is not None:
            say(request, gettext("Kept. What was used before stays as it was."))
            return redirect("code_set", pk=pk)
    status = 422 if form.is_bound else 200
    return show(request, "code_set_form.html", {"form": form, "set": row}, status=status)


@page("see programme")
def code_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a set: its codes, how they are used; make more."""
    row = get_object_or_404(CodeSet, pk=pk)
    form = MakeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and request.may("edit programme") and form.is_valid():
        said = tried(form, lambda: _make(request, row, form))
        if said is not None:
            say(request, said)
            return redirect("code_set", pk=pk)
    used = CodeUse.objects.filter(code__code_set=row, state="used")
    totals = used.aggregate(times=Count("pk"), given=Sum("amount_minor"), back=Sum("back_minor"))
    job = busy_job("make_codes")
    free = row.codes.filter(customer=None, uses=0).count()
    facts = {
        "set": row,
        "form": form,
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
    }
    return show(request, "code_set.html", facts, status=422 if form.errors else 200)


def _make(request: StaffRequest, row: CodeSet, form: MakeForm) -> str:
    """Make, add or load codes; what takes long becomes a job."""
    filled = form.cleaned_data
    if filled["text"]:
        actions.add_code(row, filled["text"], at=request.at, by=request.user)
        return gettext("The code can be used.")
    if filled["file"]:
        lines = (line.decode("utf-8", "replace") for line in filled["file"])
        found = actions.load_codes(row, lines, at=request.at, by=request.user)
        return gettext(
            "%(made)s codes came in, %(known)s were there, %(bad)s lines are no code."
        ) % {"made": found.made, "known": found.known, "bad": found.bad_lines}
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


@page("edit programme")
def download(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """Hand out the codes of a set that nobody has yet, one per line."""
    row = get_object_or_404(CodeSet, pk=pk)

    def lines() -> Iterator[str]:
        free = row.codes.filter(customer=None, uses=0).order_by("pk").values_list("text", flat=True)
        yield from (f"{text}\n" for text in free.iterator(chunk_size=10_000))

    answer = StreamingHttpResponse(lines(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="codes-{row.pk}.txt"'
    return answer


@page("edit programme")
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """Let no code of a set be used any more, with a way back."""
    actions.close_set(get_object_or_404(CodeSet, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Closed."), undo=reverse("reopen_code_set", args=[pk]))
    return redirect("code_set", pk=pk)


@page("edit programme")
@require_POST
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the codes of a set be used again."""
    actions.reopen_set(get_object_or_404(CodeSet, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Open again."))
    return redirect("code_set", pk=pk)

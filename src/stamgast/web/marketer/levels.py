"""Levels: what they take, what they give, and how they are lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.loyalty.models import MemberTier, Tier
from stamgast.loyalty.queries import programme
from stamgast.loyalty.tiers import actions, queries
from stamgast.web.design.fields import NumberField
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import AmountField, FoldedForm, show
from stamgast.web.marketer.writing import tried
from stamgast.web.programme_words import BENEFIT_KINDS, DOWNGRADES, MEASURES, WINDOWS

BENEFITS = 4  # lines in the form


class RuleForm(forms.Form):
    """How levels are reached and kept."""

    measure = forms.ChoiceField(label=_("What counts"), choices=list(MEASURES.items()))
    window = forms.ChoiceField(label=_("Over which period"), choices=list(WINDOWS.items()))
    months = forms.IntegerField(label=_("Months, for the last months"), min_value=1, max_value=60)
    downgrade = forms.ChoiceField(
        label=_("Who no longer reaches it goes"), choices=list(DOWNGRADES.items())
    )
    grace_days = forms.IntegerField(label=_("Days before that happens"), min_value=0, max_value=366)


class TierForm(FoldedForm):
    """A level with what it gives."""

    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, *given: Any, measure: str, tier: Tier | None = None, **options: Any) -> None:
        super().__init__(*given, **options)
        if measure == "spend":
            self.fields["threshold"] = AmountField(label=_("From an amount of"))
        else:
            label = _("From so many points") if measure == "points" else _("From so many orders")
            self.fields["threshold"] = forms.IntegerField(label=label, min_value=1)
        known = list(tier.benefits.order_by("pk")) if tier else []
        if tier:
            self.initial.update(name=tier.name, threshold=tier.threshold)
        folds = []
        for n in range(max(BENEFITS, len(known) + 1)):
            benefit = known[n] if n < len(known) else None
            title = benefit.text if benefit else gettext("Benefit %(n)s") % {"n": n + 1}
            folds.append((title, self._add(n, benefit)))
        self.FOLDS = folds

    def _add(self, n: int, known: Any) -> list[str]:
        choices = [("", "—"), *BENEFIT_KINDS.items()]
        for name, field, value in (
            ("kind", forms.ChoiceField(label=_("Benefit"), choices=choices, required=False), ""),
            (
                "text",
                forms.CharField(label=_("As members read it"), max_length=200, required=False),
                "",
            ),
            (
                "factor",
                NumberField(
                    label=_("Extra points: times the points"),
                    min_value=1,
                    max_value=20,
                    decimal_places=2,
                    required=False,
                ),
                None,
            ),
            ("value_minor", AmountField(label=_("Worth to them a year"), required=False), None),
            ("cost_minor", AmountField(label=_("Cost to us a year"), required=False), None),
        ):
            self.fields[f"{name}_{n}"] = field
            self.initial[f"{name}_{n}"] = getattr(known, name) if known else value
        if known is None or known.factor == 1:
            self.initial[f"factor_{n}"] = None
        return [name for name in self.fields if name.endswith(f"_{n}")]

    def benefits(self) -> list[dict[str, Any]]:
        """Return the benefits that were filled in."""
        filled = self.cleaned_data
        return [
            {
                name: filled[f"{name}_{n}"] or 0
                if name.endswith("minor")
                else filled[f"{name}_{n}"]
                for name in ("kind", "text", "factor", "value_minor", "cost_minor")
            }
            for n in range(sum(name.startswith("kind_") for name in self.fields))
            if filled[f"kind_{n}"]
        ]


@page("see programme")
def levels(request: StaffRequest) -> HttpResponse:
    """Show the levels and who has them; change how they are reached."""
    rule = queries.tier_rule()
    form = RuleForm(
        request.POST or None, initial={name: getattr(rule, name) for name in RuleForm.base_fields}
    )
    if request.method == "POST" and request.may("edit programme"):
        kept = tried(
            form, lambda: actions.set_rule(at=request.at, by=request.user, **form.cleaned_data)
        )
        if kept is not None:
            say(request, gettext("Kept. Levels follow it at the next judging, tonight."))
            return redirect("levels")
    present = MemberTier.objects.filter(until=None, member__left_at=None)
    counted = Counter(present.values_list("tier", flat=True))
    facts = {
        "form": form,
        "rule": rule,
        "levels": [(tier, counted.get(tier.pk, 0)) for tier in queries.tiers()],
        "in_grace": present.filter(grace_until__gt=request.at).count(),
        "currency": programme().currency,
    }
    return show(request, "levels.html", facts, status=422 if form.is_bound else 200)


@page("edit programme")
def level(request: StaffRequest, pk: int = 0) -> HttpResponse:
    """Make or change a level."""
    known = get_object_or_404(Tier, pk=pk, removed_at=None) if pk else None
    form = TierForm(request.POST or None, measure=queries.tier_rule().measure, tier=known)
    if request.method == "POST":
        kept = tried(
            form,
            lambda: actions.set_tier(
                tier=known,
                name=form.cleaned_data["name"],
                threshold=form.cleaned_data["threshold"],
                benefits=form.benefits(),
                at=request.at,
                by=request.user,
            ),
        )
        if kept is not None:
            say(request, gettext("Kept. Levels follow it at the next judging, tonight."))
            return redirect("levels")
    status = 422 if form.is_bound else 200
    return show(request, "level.html", {"form": form, "level": known}, status=status)


@page("edit programme")
@require_POST
def remove_level(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a level away."""
    actions.remove_tier(get_object_or_404(Tier, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Taken away. Its members get what they reach at the next judging."))
    return redirect("levels")

"""Keys for programs, and the last calls they made."""

from __future__ import annotations

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal
from stamgast.staff import actions
from stamgast.staff.models import ApiKey
from stamgast.staff.queries import calls as last_calls
from stamgast.staff.queries import keys as all_keys
from stamgast.staff.rules import SCOPES
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.settings_frame import show
from stamgast.web.refusals import sentence
from stamgast.web.words import word_of

CALLS_SHOWN = 50


def _scopes() -> list[tuple[str, str]]:
    return [(scope, word_of("scope", scope)) for scope in sorted(SCOPES)]


class NewKey(forms.Form):
    name = forms.CharField(
        label=_("Name of the program"), max_length=80, help_text=_("Web shop, till, warehouse.")
    )
    is_live = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("test", _("test: answers as usual, keeps nothing")),
            ("live", _("live: what the program writes is kept")),
        ],
        widget=forms.RadioSelect,
        initial="test",
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=_scopes, widget=forms.CheckboxSelectMultiple
    )

    def clean_is_live(self) -> bool:
        return bool(self.cleaned_data["is_live"] == "live")


@page("manage keys")
@require_http_methods(["GET", "POST"])
def keys(request: StaffRequest) -> HttpResponse:
    """Show the keys and make one; its text is shown on the answer to that and never again."""
    form = NewKey(request.POST or None)
    plain, made = "", None
    if request.method == "POST" and form.is_valid():
        try:
            made, plain = actions.make_key(
                form.cleaned_data.pop("name"), by=request.user, at=request.at, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            form = NewKey()
    known = list(all_keys())
    facts = {
        "form": form,
        "keys": known,
        "usable": sum(key.revoked_at is None for key in known),
        "made": made,
        "plain": plain,
    }
    return show(request, "keys.html", facts, status=400 if form.errors else 200)


@page("manage keys")
@require_POST
def revoke_key(request: StaffRequest, pk: int) -> HttpResponse:
    """End a key at once and for good."""
    key = actions.revoke_key(get_object_or_404(ApiKey, pk=pk), at=request.at, by=request.user)
    say(request, gettext("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect("keys")


@page("see calls")
def calls(request: StaffRequest) -> HttpResponse:
    """Show the last calls of programs, with what went wrong in them."""
    only_problems = request.GET.get("only") == "problems"
    found = Paginator(last_calls(only_problems=only_problems), CALLS_SHOWN)
    facts = {
        "page": found.get_page(request.GET.get("page")),
        "only_problems": only_problems,
        "problems": last_calls(only_problems=True).count(),
    }
    return show(request, "calls.html", facts)

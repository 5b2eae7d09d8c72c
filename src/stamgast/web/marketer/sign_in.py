"""In and out: by e-mail address and password."""

from __future__ import annotations

from django import forms
from django.contrib.auth import login, logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal
from stamgast.staff import actions
from stamgast.staff.models import User
from stamgast.web.doors import StaffRequest, open_to_all
from stamgast.web.marketer.me import back
from stamgast.web.refusals import sentence

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(forms.Form):
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


@open_to_all
@require_http_methods(["GET", "POST"])
def sign_in(request: StaffRequest) -> HttpResponse:
    """Let an employee in; a wrong pair is refused without saying which of the two was wrong."""
    if request.user.is_authenticated:
        return redirect(back(request))
    form = SignIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.sign_in(**form.cleaned_data, at=request.at)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            login(request, user, backend=BACKEND)
            return redirect(back(request))
    facts = {"form": form, "is_nobody_here": not User.objects.exists()}
    return render(request, "sign_in.html", facts, status=400 if form.errors else 200)


@open_to_all
@require_POST
def sign_out(request: StaffRequest) -> HttpResponse:
    """Let an employee out."""
    logout(request)
    return redirect("sign_in")

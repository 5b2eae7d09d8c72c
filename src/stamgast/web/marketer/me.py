"""One's own account: name, language and password."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal
from stamgast.staff.actions import change_user, set_password, sign_in
from stamgast.staff.errors import SignInRefused
from stamgast.staff.models import User
from stamgast.web.doors import StaffRequest, open_to_all, page
from stamgast.web.flash import say
from stamgast.web.refusals import sentence

YEAR = 365 * 24 * 3600


class Account(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    monday_mail = forms.BooleanField(
        label=_("Mail me the overview every Monday morning"),
        required=False,
        help_text=_("Who is drifting, what became known and what to do this week, in sentences."),
    )


class NewPassword(forms.Form):
    now = forms.CharField(
        label=_("Your password now"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 10 characters; a few words in a row work well."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


def back(request: HttpRequest) -> str:
    """Return where the reader came from, when that is a page of ours."""
    to = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, request.is_secure())
    return to if is_ours else "/"


@open_to_all
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on; one we do not speak changes nothing."""
    response = HttpResponseRedirect(back(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        if request.user.is_authenticated:
            change_user(request.user, at=request.at, by=request.user, language=chosen)  # type: ignore[attr-defined]
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(
            name, chosen, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@page()
@require_http_methods(["GET", "POST"])
def me(request: StaffRequest) -> HttpResponse:
    """Show and change one's own account."""
    user = request.user
    form = Account(request.POST or None, initial=_as_is(user))
    if request.method == "POST" and form.is_valid():
        change_user(user, at=request.at, by=user, **form.cleaned_data)
        with override(user.language):
            say(request, gettext("Your account was changed."))
        return redirect("me")
    return _shown(request, form, NewPassword())


@page()
@require_POST
def password(request: StaffRequest) -> HttpResponse:
    """Give oneself a new password; refuses a wrong old one and a weak new one."""
    user = request.user
    form = NewPassword(request.POST)
    if form.is_valid():
        try:
            sign_in(email=user.email, password=form.cleaned_data["now"], at=request.at)
            set_password(user, password=form.cleaned_data["new"], at=request.at, by=user)
        except SignInRefused:
            form.add_error("now", gettext("This is not your password."))
        except Refusal as refusal:
            form.add_error("new", sentence(refusal))
        else:
            update_session_auth_hash(request, user)
            say(request, gettext("You have a new password; other devices were signed out."))
            return redirect("me")
    return _shown(request, Account(initial=_as_is(user)), form)


def _as_is(user: User) -> dict[str, object]:
    return {"name": user.name, "language": user.language, "monday_mail": user.monday_mail}


def _shown(request: StaffRequest, account: Account, new_password: NewPassword) -> HttpResponse:
    status = 400 if account.errors or new_password.errors else 200
    facts = {"account": account, "new_password": new_password}
    return render(request, "me.html", facts, status=status)

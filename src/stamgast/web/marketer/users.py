"""Employees: who may sign in, and in which role."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal
from stamgast.staff import actions
from stamgast.staff.models import User
from stamgast.staff.queries import users as all_users
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.settings_frame import show
from stamgast.web.refusals import sentence
from stamgast.web.words import ROLE_MEANINGS, ROLES


def _roles() -> list[tuple[str, str]]:
    return [(code, f"{name}: {ROLE_MEANINGS[code]}") for code, name in ROLES.items()]


class Facts(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=_roles, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class Password(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters. Tell it in person; they can change it themselves."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


class NewUser(Password, Facts):
    field_order = ("name", "email", "role", "language", "password")


@page("manage users")
def users(request: StaffRequest) -> HttpResponse:
    """Show who works here."""
    everyone = list(all_users())
    active = sum(user.is_active for user in everyone)
    return show(request, "users.html", {"users": everyone, "active": active})


@page("manage users")
@require_http_methods(["GET", "POST"])
def new_user(request: StaffRequest) -> HttpResponse:
    """Let somebody sign in; refuses a taken address and a weak password."""
    first = {"language": request.user.language, "role": "service"}
    form = NewUser(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_user(at=request.at, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            _put(form, refusal)
        else:
            say(request, gettext("%(name)s may sign in from now on.") % {"name": made.name})
            return redirect("users")
    return show(request, "user_new.html", {"form": form}, status=400 if form.errors else 200)


@page("manage users")
@require_http_methods(["GET", "POST"])
def user(request: StaffRequest, pk: int) -> HttpResponse:
    """Show and change one employee; refuses to take the last administrator's role away."""
    one = get_object_or_404(User, pk=pk)
    held = {name: getattr(one, name) for name in ("name", "email", "role", "language")}
    form = Facts(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_user(one, at=request.at, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            _put(form, refusal)
        else:
            say(request, gettext("The account of %(name)s was changed.") % {"name": one.name})
            return redirect("users")
    return _one(request, pk, form, Password())


@page("manage users")
@require_POST
def user_password(request: StaffRequest, pk: int) -> HttpResponse:
    """Give an employee a new password; refuses a weak one."""
    one = get_object_or_404(User, pk=pk)
    form = Password(request.POST)
    if form.is_valid():
        try:
            actions.set_password(one, at=request.at, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            _put(form, refusal)
        else:
            say(request, gettext("%(name)s has a new password.") % {"name": one.name})
            return redirect("users")
    held = {name: getattr(one, name) for name in ("name", "email", "role", "language")}
    return _one(request, pk, Facts(initial=held), form)


@page("manage users")
@require_POST
def close_user(request: StaffRequest, pk: int) -> HttpResponse:
    """Close an account; refuses the last administrator's."""
    one = get_object_or_404(User, pk=pk)
    try:
        actions.deactivate_user(one, at=request.at, by=request.user)
    except Refusal as refusal:
        warn(request, sentence(refusal))
    else:
        text = gettext("%(name)s can no longer sign in.") % {"name": one.name}
        say(request, text, undo=reverse("open_user", args=[pk]))
    return redirect("users")


@page("manage users")
@require_POST
def open_user(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    one = get_object_or_404(User, pk=pk)
    actions.change_user(one, at=request.at, by=request.user, is_active=True)
    say(request, gettext("%(name)s may sign in again.") % {"name": one.name})
    return redirect("users")


def _one(request: StaffRequest, pk: int, form: Facts, password: Password) -> HttpResponse:
    one = get_object_or_404(User, pk=pk)  # as it is kept, whatever the form says
    facts: dict[str, Any] = {"one": one, "form": form, "password": password}
    return show(request, "user.html", facts, status=400 if form.errors or password.errors else 200)


def _put(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field that it is about."""
    field = {"email_taken": "email", "weak_password": "password", "last_admin": "role"}.get(
        refusal.code, refusal.facts.get("field")
    )
    form.add_error(field if field in form.fields else None, sentence(refusal))

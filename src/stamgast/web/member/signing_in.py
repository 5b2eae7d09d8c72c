"""Signing in to one's own page: an address, a code by mail; or a signed link."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stamgast.loyalty.membership.actions import mail_code, use_code
from stamgast.loyalty.membership.errors import SignInCodeRefused
from stamgast.loyalty.membership.links import customer_behind
from stamgast.loyalty.queries import programme
from stamgast.web.doors import StaffRequest
from stamgast.web.member.look import look
from stamgast.web.member.who import (
    is_too_often,
    member_page,
    public_page,
    remember,
    sign_in,
    sign_out,
)
from stamgast.web.refusals import sentence


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """Ask for an e-mail address and mail a code; the answer is the same for every address."""
    email = request.POST.get("email", "").strip()[:254]
    if request.method != "POST":
        return _shown(request, "member/sign_in.html")
    if is_too_often(request, "code", at=request.at):
        return _shown(request, "member/sign_in.html", problem=_later(), status=429)
    if "@" not in email:
        problem = gettext("Fill in your e-mail address.")
        return _shown(request, "member/sign_in.html", problem=problem, status=422)
    mail_code(email, at=request.at)
    return _shown(request, "member/code.html", email=email)


@public_page
@require_http_methods(["GET", "POST"])
def enter(request: StaffRequest) -> HttpResponse:
    """Let in whoever has the code that was mailed."""
    if request.method != "POST":  # the page that asks for it, in another language
        return redirect("member_sign_in")
    email = request.POST.get("email", "").strip()[:254]
    if is_too_often(request, "enter", at=request.at):
        return _shown(request, "member/code.html", email=email, problem=_later(), status=429)
    try:
        customer = use_code(email, request.POST.get("code", ""), at=request.at)
    except SignInCodeRefused as refusal:
        problem = sentence(refusal)
        return _shown(request, "member/code.html", email=email, problem=problem, status=422)
    response = redirect("member")
    sign_in(response, customer, at=request.at)
    return response


@public_page
@require_safe
def follow(request: StaffRequest, token: str) -> HttpResponse:
    """Open a member's page from a link in a mail; the link itself leaves the address bar."""
    if customer_behind(token, at=request.at) is None or is_too_often(
        request, "link", at=request.at
    ):
        problem = gettext("This link holds no longer. Ask for a code instead.")
        return _shown(request, "member/sign_in.html", problem=problem, status=410)
    response = redirect("member")
    remember(response, token)
    return response


@member_page
@require_POST
def leave_browser(request: StaffRequest) -> HttpResponse:
    """Sign out."""
    response = redirect("member_sign_in")
    sign_out(response)
    return response


def _later() -> str:
    return gettext("You tried this very often. Wait a quarter of an hour.")


def _shown(
    request: StaffRequest, template: str, *, status: int = 200, **facts: object
) -> HttpResponse:
    shown = {"programme": programme(), "look": look(), **facts}
    return render(request, template, shown, status=status)

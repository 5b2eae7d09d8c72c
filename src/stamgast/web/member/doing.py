"""What members do on their own page; each press is one action, and the page says what came of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal, minor_digits
from stamgast.loyalty.membership.actions import (
    Agreed,
    decide_profiling,
    join,
    leave,
    mail_code,
    miss_purchase,
    use_code,
)
from stamgast.loyalty.membership.errors import BadMissingPurchase, SignInCodeRefused
from stamgast.loyalty.models import Reward
from stamgast.loyalty.queries import programme
from stamgast.loyalty.rewards.actions import claim_reward
from stamgast.privacy.actions import erase_person, export_person
from stamgast.web.doors import StaffRequest
from stamgast.web.flash import say, warn
from stamgast.web.member.look import look
from stamgast.web.member.who import MemberRequest, is_too_often, member_page, sign_out
from stamgast.web.refusals import sentence

_SOURCE = "member page"


@member_page
@require_POST
def take_part(request: MemberRequest) -> HttpResponse:
    """Join, with a consent for the membership and, apart from it, one for profiling."""
    if request.POST.get("agrees") != "yes":
        warn(request, gettext("Tick that you accept the terms."))
        return _back()
    may_profile = request.POST.get("profiling") == "yes"
    try:
        join(request.customer, _agreed(may_profile), at=request.at, by="member")
    except Refusal as refusal:
        warn(request, sentence(refusal))
        return _back()
    say(request, gettext("Welcome. You save points from now on."))
    return _back()


def _agreed(may_profile: bool | None) -> Agreed:
    return Agreed(
        wording=gettext("I take part in the loyalty programme and accept its terms."),
        source=_SOURCE,
        terms_version=programme().terms_version,
        may_profile=may_profile,
        profiling_wording=_profiling(),
    )


@member_page
@require_POST
def agree(request: MemberRequest) -> HttpResponse:
    """Say yes to taking part of oneself, where a purchase or the shop's program let one in unasked."""
    if request.member is not None and request.member.left_at is None:
        join(request.customer, _agreed(None), at=request.at, by="member")
        say(request, gettext("Noted."))
    return _back("preferences")


@member_page
@require_POST
def claim(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a reward for points; pressing twice takes it once."""
    reward = get_object_or_404(Reward, pk=pk)
    if request.member is None:
        return _back()
    key = f"page:{request.member.pk}:{reward.pk}:{request.POST.get('once', '')[:40]}"
    try:
        made = claim_reward(reward, request.member, key=key, at=request.at, by="member")
    except Refusal as refusal:
        warn(request, sentence(refusal))
        return _back()
    if made.code is not None:
        say(request, gettext("Yours: the code %(code)s stands below.") % {"code": made.code.text})
    else:
        say(request, gettext("Yours: we see to it, and contact you if we need anything."))
    return _back()


@member_page
@require_POST
def missing(request: MemberRequest) -> HttpResponse:
    """Tell of a purchase that earned nothing."""
    if request.member is None:
        return _back()
    try:
        miss_purchase(
            request.member,
            number=request.POST.get("number", ""),
            bought_on=_day(request.POST.get("bought_on", "")),
            amount_minor=_minor(request.POST.get("amount", ""), programme().currency),
            at=request.at,
            by="member",
        )
    except Refusal as refusal:
        warn(request, sentence(refusal))
        return _back("missing")
    say(request, gettext("Thank you. We look into it within a week."))
    return _back("missing")


@member_page
@require_POST
def profiling(request: MemberRequest) -> HttpResponse:
    """Allow or refuse that purchases are used to choose offers; who takes no part may say so too."""
    is_allowed = request.POST.get("may") == "yes"
    decide_profiling(
        request.customer,
        is_allowed=is_allowed,
        wording=_profiling(),
        source=_SOURCE,
        at=request.at,
        by="member",
    )
    say(request, gettext("Noted.") if is_allowed else gettext("Noted: we no longer do."))
    return _back("preferences")


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def leaving(request: MemberRequest) -> HttpResponse:
    """Say what becomes of the points, and leave by a code: a link from a mail alone does not do it."""
    if request.member is None or request.member.left_at is not None:
        return _back()
    if request.method != "POST":
        return _shown(request, "member/leave.html")
    points = request.POST.get("points", "keep")
    if problem := _unproven(request, "leave", points=points):
        return problem
    leave(
        request.member,
        source=_SOURCE,
        at=request.at,
        by="member",
        keeps_points=points != "give up",
    )
    say(request, gettext("You left the programme. You may come back whenever you like."))
    return _back()


@member_page
@require_http_methods(["GET", "POST"])
def download(request: MemberRequest) -> HttpResponse:
    """Hand over everything we hold on them to who entered a code a moment ago; else mail one."""
    if request.method != "POST":  # the page that asks for the code, in another language
        return _back()
    if problem := _unproven(request, "download"):
        return problem
    packed = export_person(request.customer, at=request.at, by="member")
    answer = HttpResponse(packed, content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


def _unproven(request: MemberRequest, what: str, **facts: Any) -> HttpResponse | None:
    """Ask for a code, or return None when the right one was entered, now or a moment ago."""
    if request.is_just_proven:
        return None
    template, email, facts = (
        f"member/{what}.html",
        request.customer.email,
        {"is_asked": True, **facts},
    )
    if is_too_often(request, what, at=request.at):
        problem = gettext("You tried this very often. Wait a quarter of an hour.")
        return _shown(request, template, problem=problem, status=429, **facts)
    if not email:
        facts["is_asked"] = False
        problem = gettext("We know no e-mail address to send a code to. Ask us to do it.")
        return _shown(request, template, problem=problem, status=422, **facts)
    if "code" not in request.POST:
        mail_code(email, at=request.at)
        return _shown(request, template, **facts)
    try:
        use_code(email, request.POST["code"], at=request.at)
    except SignInCodeRefused as refusal:
        return _shown(request, template, problem=sentence(refusal), status=422, **facts)
    return None


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def erasing(request: MemberRequest) -> HttpResponse:
    """Say what is gone, mail a code, and forget them when they enter it."""
    email = request.customer.email
    if request.method != "POST":
        return _shown(request, "member/erase.html", is_asked=False)
    if is_too_often(request, "erase", at=request.at) or not email:
        problem = gettext("You tried this very often. Wait a quarter of an hour.")
        return _shown(request, "member/erase.html", is_asked=True, problem=problem, status=429)
    if "code" not in request.POST:
        mail_code(email, at=request.at, purpose="erase")
        return _shown(request, "member/erase.html", is_asked=True)
    try:
        use_code(email, request.POST["code"], at=request.at, purpose="erase")
    except SignInCodeRefused as refusal:
        problem = sentence(refusal)
        return _shown(request, "member/erase.html", is_asked=True, problem=problem, status=422)
    erase_person(request.customer, at=request.at, by="member", reason="request")
    response = render(request, "member/erased.html", {"look": look(), "programme": programme()})
    sign_out(response)
    return response


def _profiling() -> str:
    return gettext("My purchases may be used to choose what is shown and offered to me.")


def _shown(
    request: StaffRequest, template: str, *, status: int = 200, **facts: object
) -> HttpResponse:
    shown = {"look": look(), "programme": programme(), **facts}
    return render(request, template, shown, status=status)


def _back(place: str = "") -> HttpResponse:
    response = redirect("member")
    if place:
        response["Location"] += f"#{place}"
    return response


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadMissingPurchase(field="bought_on") from None


def _minor(text: str, currency: str) -> int:
    try:
        amount = Decimal(text.strip()[:20].replace(",", "."))
        minor = amount.scaleb(minor_digits(currency))
    except ArithmeticError:
        raise BadMissingPurchase(field="amount_minor") from None
    if not minor.is_finite() or minor.adjusted() > 18 or minor != minor.to_integral_value():
        raise BadMissingPurchase(field="amount_minor")
    return int(minor)

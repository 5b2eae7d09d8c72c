"""The page behind a link: one question, answered by whoever the link was sent to."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stamgast.customers.actions import answer_question
from stamgast.customers.errors import AlreadyAnswered, BadSurveyAnswer, TooLateToAnswer
from stamgast.customers.links import answer_behind, token_of
from stamgast.customers.models import Answer
from stamgast.customers.questions import LONGEST_REMARK, SCALES, may_still_answer
from stamgast.staff.rules import LANGUAGES
from stamgast.web.doors import StaffRequest, open_to_all
from stamgast.web.member import question_words


def address_of(answer: Answer, request: HttpRequest) -> str:
    """Return the whole address of the page with this question, to be sent to the customer."""
    return request.build_absolute_uri(reverse("answer", args=[token_of(answer)]))


# The link itself is the proof: it is signed, and only the customer has it. A token in a cookie would
# add nothing, and the browsers inside mail programs often refuse cookies.
@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: StaffRequest, token: str) -> HttpResponseBase:
    """Show the question, or store the answer that was sent; looking stores nothing."""
    asked = answer_behind(token)
    language = _language(asked, request)
    with translation.override(language):
        response = _answer(request, token, asked)
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key to the page
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _answer(request: StaffRequest, token: str, asked: Answer | None) -> HttpResponse:
    if asked is None:
        return _said(request, "gone", 404)
    if asked.answered_at is not None:
        return _said(request, "used", 409 if request.method == "POST" else 200, asked)
    if asked.asked_at is None or not may_still_answer(asked.asked_at, request.at):
        return _said(request, "late", 410, asked)
    if request.method != "POST":
        return _question(request, asked)
    try:
        _store(request, asked)
    except BadSurveyAnswer as refusal:
        return _question(request, asked, str(refusal.facts["field"]))
    except AlreadyAnswered:  # in another window, a moment ago
        return _said(request, "used", 409, asked)
    except TooLateToAnswer:
        return _said(request, "late", 410, asked)
    return cast(HttpResponse, redirect("answer", token=token))


def _store(request: StaffRequest, asked: Answer) -> None:
    given, remark = request.POST.get("answer", ""), request.POST.get("remark", "")
    if asked.question in SCALES:
        score = int(given) if given.isdecimal() and len(given) < 4 else None
        answer_question(asked, score=score, remark=remark, at=request.at)
    else:
        answer_question(asked, choice=given, remark=remark, at=request.at)


def _question(request: StaffRequest, asked: Answer, problem: str = "") -> HttpResponse:
    problems = {
        "score": gettext("Choose one of the answers."),
        "choice": gettext("Choose one of the answers."),
        "remark": gettext("Make your explanation a little shorter."),
    }
    facts: dict[str, Any] = {
        "sentence": question_words.asked(asked.question, request.shop.name),
        "options": question_words.options(asked.question, asked.out_of),
        "ends": question_words.ends(asked.question),
        "is_scale": asked.question in SCALES,
        "chosen": request.POST.get("answer", ""),
        "remark": request.POST.get("remark", ""),
        "longest": LONGEST_REMARK,
        "problem": problems.get(problem, ""),
        "name": asked.customer.first_name,
    }
    return render(request, "answer/question.html", facts, status=422 if problem else 200)


def _said(
    request: StaffRequest, what: str, status: int, asked: Answer | None = None
) -> HttpResponse:
    name = asked.customer.first_name if asked else ""
    return render(request, "answer/said.html", {"what": what, "name": name}, status=status)


def _language(asked: Answer | None, request: StaffRequest) -> str:
    """Return the customer's language where we speak it, else the shop's."""
    wanted = asked.customer.language[:2].lower() if asked else ""
    return wanted if wanted in LANGUAGES else request.shop.language

"""Asking customers one question: choose it, see whom one may ask, press the button, take it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.customers.links import token_of
from stamgast.customers.models import Answer
from stamgast.customers.questions import may_still_answer
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.mail.configuration import brand, mail_settings, obstacles
from stamgast.scoring.queries import current_run
from stamgast.surveys import queries, rules
from stamgast.surveys.actions import ask_round, take_round_back
from stamgast.web.design.tags import called, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer import ask_words as words
from stamgast.web.marketer.customers_csv import csv_lines, harmless
from stamgast.web.marketer.why_they_stay_figures import answered, needed
from stamgast.web.marketer.writing import tried
from stamgast.web.member import question_words
from stamgast.web.member.answer import address_of
from stamgast.web.refusals import sentence
from stamgast.web.sentences import filled

ROUNDS_SHOWN = 12


class AskForm(forms.Form):
    """How many to ask, and how the question reaches them."""

    count = forms.IntegerField(label=_("How many to ask"), min_value=1, max_value=rules.MOST)
    way = forms.ChoiceField(
        label=_("How they get it"),
        choices=[("mail", _("by e-mail from here")), ("list", _("I send the links myself"))],
        widget=forms.RadioSelect,
    )

    def __init__(
        self, given: Any = None, *, reachable: int, suggested: int, can_mail: bool
    ) -> None:
        initial = {"count": suggested, "way": "mail" if can_mail else "list"}
        super().__init__(given, initial=initial)
        self.fields["count"].max_value = reachable  # type: ignore[attr-defined]
        self.fields["count"].widget.attrs["max"] = reachable
        if not can_mail:
            self.fields["way"].choices = self.fields["way"].choices[1:]  # type: ignore[attr-defined]


@page("ask customers")
def ask(request: StaffRequest) -> HttpResponse:
    """Choose a question, see how many answers are needed and whom one may ask, and ask."""
    question = request.GET.get("question", "")
    question = question if question in rules.SUITS else next(iter(rules.SUITS))
    found = queries.audience(question, at=request.at)
    stands_in_the_way = obstacles(mail_settings(), brand())
    share = queries.response_so_far()
    run, so_far = current_run(), answered()
    wanted = needed(run.customers if run else 0, so_far)
    form = AskForm(
        *((request.POST,) if request.method == "POST" else ()),
        reachable=found.reachable,
        suggested=rules.suggested(wanted, found.reachable, share),
        can_mail=not stands_in_the_way,
    )
    if form.is_bound and (asked := tried(form, partial(_ask, request, question, form))):
        _said(request, asked, by_mail=form.cleaned_data["way"] == "mail")
        return redirect("asked", question=asked.question, moment=asked.name)
    facts = {
        "question": question,
        "choices": words.NAMES.items(),
        "tells": words.TELLS[question],
        "headline": _headline(found),
        "found": found,
        "left_out": [words.left_out(code, n) for code, n in found.left_out.items()],
        "answered": so_far,
        "needed": wanted,
        "share": share,
        "expected": words.answers_expected(form["count"].value() or 0, share)
        if not form.is_bound
        else "",
        "obstacles": [words.OBSTACLES[code] for code in stands_in_the_way],
        "sentence": question_words.asked(question, request.shop.name),
        "options": question_words.options(question, _top(question)),
        "rounds": [(one, words.NAMES[one.question]) for one in queries.rounds()[:ROUNDS_SHOWN]],
        "form": form,
    }
    return render(request, "ask/ask.html", facts, status=422 if form.is_bound else 200)


def _ask(request: StaffRequest, question: str, form: AskForm) -> queries.Round:
    by_mail: dict[str, Any] = {}
    if form.cleaned_data["way"] == "mail":
        public = mail_settings().public_address.rstrip("/")
        by_mail = {
            "content": words.message(question, request.shop.name),
            "address": lambda row: public + reverse("answer", args=[token_of(row)]),
        }
    count = form.cleaned_data["count"]
    return ask_round(question, count=count, at=request.at, by=request.user, **by_mail)


def _top(question: str) -> int | None:
    from stamgast.customers.questions import top_of

    return top_of(question, None)


def _said(request: StaffRequest, asked: queries.Round, *, by_mail: bool) -> None:
    text = (
        ngettext("%(n)s customer is asked.", "%(n)s customers are asked.", asked.asked)
        if by_mail
        else ngettext(
            "%(n)s link is ready: download the list.",
            "%(n)s links are ready: download the list.",
            asked.asked,
        )
    )
    undo = reverse("ask_back", args=[asked.question, asked.name])
    say(request, text % {"n": number(asked.asked)}, undo=undo)


def _headline(found: queries.Audience) -> SafeString:
    if not found.suits:
        return filled(gettext("There is nobody yet whom this question suits."))
    if not found.reachable:
        return filled(gettext("Nobody may be asked this now."))
    text = ngettext(
        "You may ask <b>%(n)s of %(all)s customer</b> one question.",
        "You may ask <b>%(n)s of %(all)s customers</b> one question.",
        found.suits,
    )
    return filled(text, n=number(found.reachable), all=number(found.suits))


@page("ask customers")
def asked(request: StaffRequest, question: str, moment: str) -> HttpResponse:
    """Show what came of a round, with its links and the way back."""
    at, rows = _round(question, moment)
    back = sum(row.answered_at is not None for row in rows)
    text = ngettext(
        "<b>%(back)s of %(n)s customer</b> answered.",
        "<b>%(back)s of %(n)s customers</b> answered.",
        len(rows),
    )
    facts = {
        "headline": filled(text, back=number(back), n=number(len(rows))),
        "question": question,
        "moment": moment,
        "asked_at": at,
        "name": words.NAMES[question],
        "sentence": question_words.asked(question, request.shop.name),
        "is_open": may_still_answer(at, request.at),
        "can_take_back": not back,
        "is_any_open": back < len(rows),
    }
    return render(request, "ask/asked.html", facts)


@page("ask customers")
@require_POST
def take_back(request: StaffRequest, question: str, moment: str) -> HttpResponse:
    """Take a round back while nobody answered."""
    at, _rows = _round(question, moment)
    try:
        count = take_round_back(question, asked_at=at, at=request.at, by=request.user)
    except Refusal as refusal:
        warn(request, str(sentence(refusal)))
        return redirect("asked", question=question, moment=moment)
    text = ngettext(
        "%(n)s question taken back; its link leads nowhere now.",
        "%(n)s questions taken back; their links lead nowhere now.",
        count,
    )
    say(request, text % {"n": number(count)})
    return redirect(f"{reverse('ask')}?question={question}")


@page("export customers")
def links(request: StaffRequest, question: str, moment: str) -> HttpResponseBase:
    """Hand over who is still to answer, with the link of each; it is written down who took it."""
    _at, rows = _round(question, moment)
    waiting = [row for row in rows if row.answered_at is None]
    tell(
        "customers_exported",
        at=request.at,
        actor=f"user:{request.user.pk}",
        facts={"filters": f"asked={question}/{moment}", "customers": len(waiting)},
    )
    with override(request.user.language):
        headings = [
            gettext("Customer number"),
            gettext("Name"),
            gettext("E-mail"),
            gettext("Language"),
            gettext("Link"),
        ]
    lines = csv_lines(headings, _cells(waiting, request), request.user.language)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{question}-{moment}.csv"'
    return answer


def _cells(rows: list[Answer], request: StaffRequest) -> Iterable[list[str]]:
    for row in rows:
        one = row.customer
        shown = (one.key or "", called(one), one.email, one.language, address_of(row, request))
        yield [harmless(cell) for cell in shown]


def _round(question: str, moment: str) -> tuple[datetime, list[Answer]]:
    """Return the moment and questions of a round; there is no page for one that is not there."""
    at = rules.moment_of(moment)
    rows = list(queries.questions_of(question, at)) if at and question in rules.SUITS else []
    if at is None or not rows:
        raise Http404
    return at, rows

"""Every "no" as problem+json (RFC 9457): which status goes with which code, and how it is told.

The core's refusals are told in their own words for developers: the first line of the class.
`STATUSES` is complete; a test keeps it so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from stamgast.kernel import Refusal

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:stamgast:problem:"
INVALID = "Some values cannot be taken; see fields."

_BAD_VALUE, _CONFLICT, _NOT_THERE, _NOT_YOURS = 422, 409, 404, 403
STATUSES: Mapping[str, int] = {
    "refused": _CONFLICT,
    # campaigns
    "bad_audience": _BAD_VALUE,
    "bad_campaign": _BAD_VALUE,
    "no_such_preset": _NOT_THERE,
    "campaign_runs": _CONFLICT,
    "campaign_ended": _CONFLICT,
    "not_ready": _CONFLICT,
    "not_approved": _CONFLICT,
    "needs_second_person": _CONFLICT,
    "not_running": _CONFLICT,
    "left_to_plan": _CONFLICT,
    "not_plannable": _CONFLICT,
    "bad_codes": _BAD_VALUE,
    "no_such_channel": _NOT_THERE,
    "already_ordered": _CONFLICT,
    "campaign_over": _CONFLICT,
    "left_campaign": _CONFLICT,
    "in_standing_control": _CONFLICT,
    "offer_expired": _CONFLICT,
    "kept_back": _CONFLICT,
    "may_not_contact": _CONFLICT,
    "contact_taken": _CONFLICT,
    "call_in_hand": _CONFLICT,
    "bad_outcome": _BAD_VALUE,
    # plans
    "bad_plan": _BAD_VALUE,
    "no_such_plan": _NOT_THERE,
    "in_another_plan": _CONFLICT,
    "plan_being_made": _CONFLICT,
    "plan_not_ready": _CONFLICT,
    "plan_not_approved": _CONFLICT,
    "plan_runs": _CONFLICT,
    "plan_not_running": _CONFLICT,
    "no_such_contact": _NOT_THERE,
    "nothing_to_hand_over": _CONFLICT,
    "bad_report": _BAD_VALUE,
    "unknown_person": _NOT_THERE,
    # lots, verdicts, goals and budgets
    "bad_arms": _BAD_VALUE,
    "bad_experiment": _BAD_VALUE,
    "experiment_ended": _CONFLICT,
    "before_it_began": _CONFLICT,
    "needs_reason": _BAD_VALUE,
    "already_standing": _CONFLICT,
    "already_judging": _CONFLICT,
    "nothing_to_judge": _CONFLICT,
    "bad_goal": _BAD_VALUE,
    "goal_locked": _CONFLICT,
    "goal_not_open": _CONFLICT,
    "no_budget": _BAD_VALUE,
    "budget_spent": _CONFLICT,
    "rail_passed": _CONFLICT,
    "not_reserved": _CONFLICT,
    "bad_acquisition_cost": _BAD_VALUE,
    "no_baseline": _CONFLICT,
    # people
    "bad_customer_field": _BAD_VALUE,
    "customer_unrecognisable": _BAD_VALUE,
    "customer_erased": _CONFLICT,
    "customer_merged": _CONFLICT,
    "key_reused": _CONFLICT,
    "bad_consent": _BAD_VALUE,
    "soft_opt_in_refused": _BAD_VALUE,
    "in_the_future": _BAD_VALUE,
    "bad_interaction": _BAD_VALUE,
    "not_a_complaint": _CONFLICT,
    "already_closed": _CONFLICT,
    "not_closed": _CONFLICT,
    "bad_task": _BAD_VALUE,
    "too_late_to_undo": _CONFLICT,
    "bad_survey_answer": _BAD_VALUE,
    "may_not_ask": _CONFLICT,
    "nobody_to_ask": _CONFLICT,
    "asked_recently": _CONFLICT,
    "already_answered": _CONFLICT,
    "too_late_to_answer": _CONFLICT,
    # staff
    "no_such_user": _NOT_THERE,
    "email_taken": _CONFLICT,
    "bad_user_field": _BAD_VALUE,
    "weak_password": _BAD_VALUE,
    "last_admin": _CONFLICT,
    "sign_in_refused": _NOT_YOURS,
    "bad_key": _BAD_VALUE,
    "bad_setting": _BAD_VALUE,
    "bad_filter": _BAD_VALUE,
    "not_your_filter": _NOT_YOURS,
    # sales
    "unknown_currency": _BAD_VALUE,
    "bad_order_number": _BAD_VALUE,
    "order_without_lines": _BAD_VALUE,
    "bad_line": _BAD_VALUE,
    "no_such_order": _NOT_THERE,
    "returned_before_sold": _CONFLICT,
    "more_returned_than_bought": _CONFLICT,
    "bad_product": _BAD_VALUE,
    "bad_contract": _BAD_VALUE,
    "bad_margin_rate": _BAD_VALUE,
    "no_prior_price": _CONFLICT,
    "no_reduction": _CONFLICT,
    # the loyalty programme around the points
    "bad_code_set": _BAD_VALUE,
    "gift_card_too_short": _BAD_VALUE,
    "code_not_applied": _CONFLICT,
    "no_such_code": _NOT_THERE,
    "code_taken": _CONFLICT,
    "code_hold_over": _CONFLICT,
    "bad_tier": _BAD_VALUE,
    "bad_reward": _BAD_VALUE,
    "may_not_claim": _CONFLICT,
    "claim_in_use": _CONFLICT,
    "bad_referral_rule": _BAD_VALUE,
    "referral_refused": _CONFLICT,
    "sign_in_code_refused": _NOT_YOURS,
    "bad_missing_purchase": _BAD_VALUE,
    "purchase_known": _CONFLICT,
    "too_many_questions": _CONFLICT,
    # signals from outside
    "bad_signal": _BAD_VALUE,
    "already_watching": _CONFLICT,
    # mail
    "bad_content": _BAD_VALUE,
    "field_missing": _BAD_VALUE,
    "text_unreadable": _BAD_VALUE,
    "text_endless": _BAD_VALUE,
    "bad_link": _BAD_VALUE,
    "bad_picture": _BAD_VALUE,
    "bad_brand": _BAD_VALUE,
    "bad_mail_setting": _BAD_VALUE,
    "secret_needed": _BAD_VALUE,
    "name_taken": _CONFLICT,
    "bad_message": _BAD_VALUE,
    "may_not_mail": _CONFLICT,
    "not_yet": _CONFLICT,
    "not_uncertain": _CONFLICT,
    "not_suppressed": _CONFLICT,
    "reason_needed": _BAD_VALUE,
    "report_unreadable": _BAD_VALUE,
    "hook_unproven": _CONFLICT,
    "hook_unreadable": _BAD_VALUE,
    "hook_too_soon": _CONFLICT,
    "report_not_ours": _NOT_THERE,
    # loyalty
    "not_a_member": _NOT_THERE,
    "not_invited": _CONFLICT,
    "cannot_mail_page": _CONFLICT,
    "member_left": _CONFLICT,
    "member_ref_taken": _CONFLICT,
    "programme_not_running": _CONFLICT,
    "bad_programme": _BAD_VALUE,
    "bad_rule": _BAD_VALUE,
    "bad_points": _BAD_VALUE,
    "not_enough_points": _CONFLICT,
    "no_such_hold": _NOT_THERE,
    "hold_lapsed": _CONFLICT,
    "hold_closed": _CONFLICT,
    "more_than_held": _CONFLICT,
    "bad_checkout": _BAD_VALUE,
    "points_above_total": _BAD_VALUE,
    "other_currency": _BAD_VALUE,
    "no_such_checkout": _NOT_THERE,
    "checkout_closed": _CONFLICT,
    "return_too_large": _CONFLICT,
    "no_such_entry": _NOT_THERE,
    "cannot_reverse": _CONFLICT,
    "already_reversed": _CONFLICT,
    "points_need_a_reason": _BAD_VALUE,
    "over_month_limit": _NOT_YOURS,
    "over_your_limit": _NOT_YOURS,
    "same_member": _BAD_VALUE,
    "bad_endpoint": _BAD_VALUE,
    # files
    "file_unreadable": _BAD_VALUE,
    "file_empty": _BAD_VALUE,
    "file_header_only": _BAD_VALUE,
    "file_is_noise": _BAD_VALUE,
    "file_damaged": _BAD_VALUE,
    "file_too_large": _BAD_VALUE,
    "file_protected": _BAD_VALUE,
    "file_gone": _NOT_THERE,
    "cell_too_large": _BAD_VALUE,
    "wrong_extension": _BAD_VALUE,
    "unknown_layout": _BAD_VALUE,
    "no_such_layout": _NOT_THERE,
    "columns_missing": _BAD_VALUE,
    "no_such_column": _BAD_VALUE,
    "no_such_field": _BAD_VALUE,
    "bad_answer": _BAD_VALUE,
    "row_still_bad": _BAD_VALUE,
    "row_closed": _CONFLICT,
    "batch_closed": _CONFLICT,
    # privacy
    "not_two_customers": _BAD_VALUE,
    "already_unmerged": _CONFLICT,
    "merged_further": _CONFLICT,
    "import_under_way": _CONFLICT,
    "import_busy": _CONFLICT,
    "unknown_reason": _BAD_VALUE,
    # scoring
    "nothing_to_score": _CONFLICT,
    "nothing_scored": _CONFLICT,
    "before_first_order": _BAD_VALUE,
    "already_scoring": _CONFLICT,
    "engine_full": _CONFLICT,
    "cannot_look_back": _CONFLICT,
    "already_looking_back": _CONFLICT,
    # signals
    # the house itself
    "backup_refused": _CONFLICT,
}


class FieldProblem(BaseModel):
    """One value that cannot be taken."""

    at: str = Field(description="Where it was sent: body, query or path.", examples=["body"])
    field: str = Field(description="Which value, as a path.", examples=["lines.0.quantity"])
    problem: str = Field(description="A code for programs.", examples=["missing"])
    detail: str = Field(description="The same in words.", examples=["Field required"])

    @property
    def ours(self) -> str:
        """The path, when its names are our own and not the caller's."""
        return "…" if self.problem in {"extra_forbidden", "unknown"} else self.field


class Problem(BaseModel):
    """Why something was not done, in the form of RFC 9457."""

    type: str = Field(examples=[TYPE + "key_reused"])
    title: str = Field(examples=["Key reused"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["The same key came before with other facts."])
    code: str = Field(description="What programs look at.", examples=["key_reused"])
    facts: dict[str, Any] = Field(description="What goes with the code.", examples=[{}])
    fields: list[FieldProblem] = Field(description="Values that cannot be taken.", examples=[[]])

    def noted(self) -> dict[str, Any]:
        """Return it for the list of last calls: without facts, which may name a person.

        So may a name that is not ours, such as the key of an object that should not be there.
        """
        fields = [f"{one.at}: {one.ours}: {one.problem}" for one in self.fields[:20]]
        kept = {"title": self.title, "status": self.status, "code": self.code}
        return {**kept, "detail": self.detail, **({"fields": fields} if fields else {})}


class Fault(Exception):  # noqa: N818 - an answer, not an error
    """What a door itself refuses, before any room is asked: a status, a code and a sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Iterable[FieldProblem] = (),
        **facts: Any,
    ) -> None:
        self.problem = problem(code, status=status, detail=detail, facts=facts, fields=fields)
        super().__init__(detail)


def problem(
    code: str,
    *,
    status: int,
    detail: str,
    facts: Mapping[str, Any] | None = None,
    fields: Iterable[FieldProblem] = (),
) -> Problem:
    """Return a problem; its title is its code in words."""
    return Problem(
        type=TYPE + code,
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        facts=dict(facts or {}),
        fields=list(fields),
    )


def problem_of(refusal: Refusal) -> Problem:
    """Return what a refusal of the core is to a program."""
    status = STATUSES.get(refusal.code, _CONFLICT)
    detail = " ".join((type(refusal).__doc__ or refusal.code).split())
    facts = json.loads(json.dumps(refusal.facts, default=str))
    fields = []
    if status == _BAD_VALUE and isinstance(facts.get("field"), str):
        code = str(facts.get("problem", refusal.code))
        place = f"lines.{facts['line'] - 1}." if facts.get("line") else ""
        name = place + facts["field"]
        fields = [FieldProblem(at="body", field=name, problem=code, detail=detail)]
    return problem(refusal.code, status=status, detail=detail, facts=facts, fields=fields)


def invalid(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """Return the problem of values that cannot be taken, from what the schemas found."""
    fields = []
    for error in errors:
        at, *place = error["loc"]
        if at == "body" and place:
            del place[0]  # the name of our own argument
        fields.append(field_problem(str(at), place, error))
    return problem("invalid", status=_BAD_VALUE, detail=INVALID, fields=fields)


def field_problem(at: str, place: Iterable[Any], error: Mapping[str, Any]) -> FieldProblem:
    """Return one value that cannot be taken, without the value itself."""
    name = ".".join(str(part) for part in place)
    return FieldProblem(
        at=at,
        field=printable(name)[:200],
        problem=str(error["type"]),
        detail=printable(str(error["msg"]))[:500],
    )


def printable(text: str) -> str:
    """Return the text without halves of characters, that no answer can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def answer(request: HttpRequest, told: Problem) -> HttpResponse:
    """Answer with a problem, and leave it on the request for the list of last calls."""
    request.noted = told.noted()  # type: ignore[attr-defined]
    response = HttpResponse(told.model_dump_json(), status=told.status, content_type=MEDIA_TYPE)
    if told.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="stamgast"'
    if told.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "2"
    return response

"""What the documentation shows is what happens: every example is sent, every answer compared.

    STAMGAST_RENEW=1 ./stamgast test tests/api/test_documentation.py

writes the answers of docs/reference/api.md anew; read them before you keep them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.conftest import Answer, MakeProgram, Program
from api.operations import OPERATIONS
from campaigns import world
from stamgast.campaigns.models import Assignment, Campaign, Code
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import add_rule, start_programme
from stamgast.loyalty.models import Claim, Member, ReferralCode, Reward
from stamgast.loyalty.referrals.actions import set_rule
from stamgast.loyalty.rewards.actions import make_reward
from stamgast.measurement.actions import ArmPlan, open_experiment
from stamgast.measurement.models import Lot
from stamgast.scoring.models import CurrentRun, Run, Score, Summary
from stamgast.staff.actions import change_shop

EXAMPLE = re.compile(
    r"```http\n(?P<request>.*?)```\n\nAnswers `(?P<status>\d+)`:\n\n```json\n(?P<answer>.*?)```",
    re.DOTALL,
)
# What differs from one run to the next, and what the page shows for it.
SHOWN = {
    "id": 7,
    "customer_id": 12,
    "made_at": "2024-11-30T09:15:00Z",
    "changed_at": "2024-11-30T09:15:00Z",
    "closed_at": "2024-11-30T09:15:00Z",
    "prefix": "sg_live_ab12",
    "code": "7KQ2M9X4PWC3HTRA",
    "of_entry": 7,
    "reward": 7,
    "goal_id": 3,
    "experiment_id": 4,
}
# Moments that differ too; a place named `at` is left alone.
MOMENTS = {
    "at", "as_of", "joined_at", "left_at", "committed_at", "expires_at", "available_at", "ends_at",
    "started_at", "drawn_at", "given_at",
}  # fmt: skip


class Example(NamedTuple):
    """One request of the page, with the answer it shows."""

    method: str
    path: str
    body: str
    status: int
    answer: Any
    key: str  # its Idempotency-Key


def _examples(text: str) -> Iterator[Example]:
    for found in EXAMPLE.finditer(text):
        head, _, body = found["request"].partition("\n\n")
        first, *headers = head.splitlines()
        method, path = first.split()
        named = dict(header.split(": ", 1) for header in headers)
        answer = json.loads(found["answer"])
        key = named.get("Idempotency-Key", "")
        yield Example(method, path, body, int(found["status"]), answer, key)


def settled(value: Any) -> Any:
    """Return an answer as the page shows it."""
    if isinstance(value, list):
        return [settled(one) for one in value]
    if isinstance(value, dict):
        return {
            name: SHOWN[name] if _is_shown(name, one) else _moment(name, one)
            for name, one in value.items()
        }
    return value


def _is_shown(name: str, value: Any) -> bool:
    if name == "code":  # of a card, and not of a problem
        return isinstance(value, str) and len(value) == 16 and value.isupper()
    return name in SHOWN and value is not None


def _moment(name: str, value: Any) -> Any:
    if name in MOMENTS and isinstance(value, str) and value.endswith("Z"):
        return "2024-11-30T09:15:00Z"
    if name == "by" and isinstance(value, str) and value.startswith("key:"):
        return "key:3"
    return settled(value)


@pytest.fixture
def page(repository: Path) -> Path:
    return repository / "docs" / "reference" / "api.md"


def _score(customer: Customer) -> None:
    """Let a night have passed: the base is scored."""
    run = Run.objects.create(
        as_of=date(2024, 11, 30),
        status=Run.Status.READY,
        started_at=datetime(2024, 12, 1, 2, tzinfo=UTC),
        orders_until=datetime(2024, 11, 30, 9, 0, tzinfo=UTC),
        customers=1,
        currency="EUR",
    )
    Score.objects.create(
        run=run, customer=customer, stage="active", orders=3, first_day=date(2024, 9, 2),
        last_day=date(2024, 11, 30), days_silent=0, usual_interval=44.5, silence_share=0.98,
        revenue_minor=8940, margin_minor=3410, discount_share=0.0, returns_rate=0.0, p_alive=0.93,
        purchases_90=1.8, purchases_365=6.9, margin_90_minor=2050, margin_365_minor=7840,
        margin_365_low_minor=4100, margin_365_high_minor=12300, rfm="554", step="replenish",
        reason="due_again", channel="web",
    )  # fmt: skip
    step = {"step": "replenish", "reason": "due_again", "customers": 1, "margin_minor": 7840}
    month = {
        "month": "2024-11", "orders": 1, "customers": 1, "new_customers": 0, "revenue_minor": 3000,
        "margin_minor": 1100, "is_complete": True,
    }  # fmt: skip
    facts = {
        "customers": 1, "orders": 3, "revenue_minor": 8940, "margin_minor": 3410,
        "assumed_share": 0.0, "stages": {"active": 1}, "steps": [step], "months": [month],
        "at_stake": None, "margin_year": {"value": 7840, "low": 4100, "high": 12300},
    }  # fmt: skip
    Summary.objects.create(run=run, facts=facts)
    CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})


def _send(program: Program, example: Example) -> Answer:
    path = example.path.removeprefix("/api/v1")
    if path == "/interactions/7/close":  # the number of the complaint that was made before
        made = program.get("/interactions", kind="complaint").body["items"][0]["id"]
        path = f"/interactions/{made}/close"
    if path == "/entries/7/reversal":
        given = program.get("/entries").body["items"][0]["id"]
        path = f"/entries/{given}/reversal"
    if path == "/rewards/7/claims":
        path = f"/rewards/{Reward.objects.get().pk}/claims"
    if path == "/claims/7/undo":
        path = f"/claims/{Claim.objects.get().pk}/undo"
    if path.startswith("/rewards?"):
        given = {"kind": "grant", "member": "C-1001", "points": 500, "reason": "Welcome"}
        program.post("/entries", given)
    if path == "/friends":
        program.put("/customers/C-2001", {"email": "friend@example.com"})
        member = Member.objects.get(ref="C-1001")
        ReferralCode.objects.create(member=member, text="ANNA234", made_at=member.joined_at)
    if path.startswith("/members/C-1002"):
        program.put("/customers/C-1002", {"email": "bram@example.com"})
        program.put("/members/C-1002", {"customer": {"key": "C-1002"}})
    if path == "/events":  # there were points again meanwhile
        given = {"kind": "grant", "member": "C-1001", "points": 500, "reason": "Welcome"}
        program.post("/entries", given)
    if path.startswith("/efforts"):
        path = path.replace("/7/", f"/{_effort()}/")
    if path.startswith("/campaigns"):
        path = path.replace("/campaigns/7", f"/campaigns/{_run_campaign_once()}")
    if path.startswith("/scores"):
        _score_once(program)
    return program.send(example.method, path, example.body, key=example.key)


def _effort() -> int:
    """Let the shop have one effort that is judged by lot; returns its number."""
    return open_experiment(
        kind="campaign",
        name="Save offer, spring",
        arms=[ArmPlan("control", 0.2, is_control=True), ArmPlan("mail", 0.8)],
        window_days=60,
        after_days=90,
        at=datetime(2024, 11, 30, 9, 15, tzinfo=UTC),
        key="spring",
    ).pk


def _start_programme(at: datetime) -> None:
    """Let the shop have a programme: a point per euro, and some for a review."""
    started = datetime(2024, 9, 1, tzinfo=UTC)
    start_programme(at=at, by="test", since=started)
    for facts in (
        {"name": "A point per euro", "kind": "per_amount", "points": 1},
        {"name": "Review", "kind": "action", "action": "review", "points": 25},
    ):
        add_rule(at=at, by="test", starts_at=started, **facts)

    make_reward(name="Coffee mug", kind="gift", points=150, stock=20, currency="EUR", at=at)
    set_rule(is_on=True, at=at)


def _run_campaign_once() -> int:
    """Let a campaign run that gave C-1001 a code by lot; returns its number."""
    there = Campaign.objects.first()
    if there is not None:
        return there.pk
    at = datetime(2024, 11, 30, 9, 15, tzinfo=UTC)
    row = world.save_offer(at, world.make_goal(at), world.make_codes(3, at))
    experiment = open_experiment(
        kind="campaign",
        name=row.name,
        arms=[ArmPlan("control", 0.2, is_control=True), ArmPlan("code", 0.8)],
        window_days=row.window_days,
        at=at,
        key="campaign",
    )
    row.experiment, row.status, row.started_at = experiment, "running", at
    row.save()
    lot = Lot.objects.create(
        experiment=experiment, customer=Customer.objects.get(key="C-1001"), unit="a" * 16,
        arm=experiment.arms.get(code="code"), probability="0.8", day=at.date(), assigned_at=at,
    )  # fmt: skip
    Assignment.objects.create(
        campaign=row, lot=lot, customer=lot.customer, offer=row.offers.get(),
        code=Code.objects.earliest("pk"), at=at, expires_at=at + timedelta(days=30),
    )  # fmt: skip
    return row.pk


def _score_once(program: Program) -> None:
    if not Run.objects.exists():
        _score(Customer.objects.get(key="C-1001"))


def test_the_examples_of_the_reference_are_true(
    program: MakeProgram, page: Path, at: datetime
) -> None:
    change_shop(at=at, name="Linden Coffee", vat_rate="21")
    _start_programme(at)
    caller, text = program(), page.read_text("utf-8")
    answers = []
    for example in _examples(text):
        answer = _send(caller, example)
        where = f"{example.method} {example.path}"
        assert answer.status == example.status, f"{where}: {answer.body}"
        answers.append(settled(answer.body))
        if not os.environ.get("STAMGAST_RENEW"):
            assert answers[-1] == example.answer, where
    assert answers
    if os.environ.get("STAMGAST_RENEW"):
        page.write_text(_with_answers(text, answers), "utf-8", newline="\n")


def _with_answers(text: str, answers: list[Any]) -> str:
    told = iter(answers)

    def renewed(found: re.Match[str]) -> str:
        answer = json.dumps(next(told), indent=2, ensure_ascii=False)
        return found[0].replace(f"```json\n{found['answer']}```", f"```json\n{answer}\n```")

    return EXAMPLE.sub(renewed, text)


def test_every_operation_has_an_example_and_its_scope(page: Path) -> None:
    text = page.read_text("utf-8")
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    described = {section.splitlines()[0].strip("`"): section for section in sections}
    for op in OPERATIONS:
        template = next(
            title
            for title in described
            if title == f"{op.method} {_template(op.path)}"
        )  # fmt: skip
        section = described[template]
        assert EXAMPLE.search(section), template
        assert (f"Scope `{op.scope}`" if op.scope else "Any key") in section, template


def _template(path: str) -> str:
    for given, name in (
        ("K-1", "key"),
        ("S-1", "sku"),
        ("N-1", "number"),
        ("R-1", "ref"),
    ):
        path = path.replace(given, f"{{{name}}}")
    return re.sub(r"/1(?=/|$)", "/{id}", path)

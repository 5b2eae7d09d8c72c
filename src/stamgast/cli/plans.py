"""`stamgast plan`: the right campaign for the right customer, within a budget."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, progress_for_parent, progress_shown, refusals_in_words


@click.group(name="plan")
def plan() -> None:
    """Divide a budget over customers and campaigns, by what your own lots taught.

    A plan chooses for each customer one of some campaigns, or nothing. Campaigns in it must be
    looked over, and serve the same goal. Then:

    \b
      stamgast plan new "Autumn" --campaign 3 --campaign 5 --budget 1500
      stamgast plan make 1         work it out; run it again after any change
      stamgast plan show 1         who gets what, what it costs and may bring
      stamgast plan approve 1 --as you@shop.example
      stamgast plan run 1          the work loop then draws the lots and sends
      stamgast plan show 1         weeks later: forecast against actual
    """


@plan.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def list_plans(as_json: bool) -> None:
    """List the plans, and the campaigns that a new one could give."""
    set_up()
    from stamgast.plans.models import Plan
    from stamgast.plans.queries import plannable
    from stamgast.strategy.models import Goal

    at = datetime.now(UTC)
    rows = list(Plan.objects.order_by("-pk").values("id", "name", "status", "budget_minor"))
    ready = [
        {"id": one.pk, "name": one.name, "goal": goal.pk}
        for goal in Goal.objects.filter(status=Goal.Status.OPEN).order_by("pk")
        for one in plannable(goal.pk, at)
    ]
    if as_json:
        return give({"plans": rows, "campaigns": ready})
    for row in rows:
        click.echo(f"{row['id']:>4}  {row['status']:9} {row['name']}")
    if not rows:
        click.echo("No plan yet.")
    for one in ready:
        click.echo(f"A plan could give campaign {one['id']}: {one['name']}")
    if not ready:
        click.echo("No campaign is ready for a plan: write one down for an open goal first.")
    return None


@plan.command()
@click.argument("name")
@click.option("--campaign", "campaigns", type=int, multiple=True, required=True, help="Its number.")
@click.option("--budget", type=float, help="In euros; without it all that the goal has left.")
@click.option("--exploration", type=float, default=0.1, show_default=True,
              help="Share of the customers for whom chance decides, so that you go on learning.")  # fmt: skip
@click.option("--key", help="The same key again is the same plan.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def new(
    name: str,
    campaigns: tuple[int, ...],
    budget: float | None,
    exploration: float,
    key: str | None,
    as_json: bool,
) -> None:
    """Write a plan down for the goal that these campaigns serve."""
    set_up()
    from stamgast.campaigns.models import Campaign
    from stamgast.kernel import minor_digits
    from stamgast.plans.actions import draft_plan
    from stamgast.plans.errors import BadPlan

    with refusals_in_words(as_json=as_json):
        rows = list(Campaign.objects.filter(pk__in=campaigns).select_related("goal"))
        if len(rows) < len(set(campaigns)) or rows[0].goal is None:
            raise BadPlan(field="campaigns")
        goal = rows[0].goal
        row = draft_plan(
            name,
            goal=goal,
            campaigns=sorted(rows, key=lambda one: campaigns.index(one.pk)),
            budget_minor=None
            if budget is None
            else round(budget * 10 ** minor_digits(goal.currency)),
            exploration=str(exploration),
            at=datetime.now(UTC),
            by="cli",
            key=key,
        )
    if as_json:
        return give({"plan": row.pk, "status": row.status})
    click.echo(f"Plan {row.pk} is written down. Next: stamgast plan make {row.pk}")
    return None


@plan.command()
@click.argument("number", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.option("--for-job", type=int, hidden=True)
def make(number: int | None, as_json: bool, for_job: int | None) -> None:
    """Work plan NUMBER out: learn from the lots, ask who may, divide the budget.

    It sends nothing. What it found replaces what was there, and has to be approved.
    """
    set_up()
    from stamgast.plans.making import make_plan
    from stamgast.serving import prepare

    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json or for_job is not None):
        prepare(say=lambda words: click.echo(words, err=True))
        row = make_plan(_plan(number, for_job), at=datetime.now(UTC), progress=show, by="plans")
    if for_job is not None:
        return give({"plan": row.pk, "places": row.facts.get("places", 0)})
    if as_json:
        return give({"plan": row.pk, "status": row.status, **row.facts})
    return _tell(row)


@plan.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, with every figure.")
def show(number: int, as_json: bool) -> None:
    """Show plan NUMBER: who gets what and why, what it costs and may bring, and what came."""
    set_up()
    from stamgast.plans.queries import outcome_of

    with refusals_in_words(as_json=as_json):
        row = _plan(number, None)
    came = outcome_of(row)
    if as_json:
        return give(
            {
                "plan": row.pk,
                "name": row.name,
                "status": row.status,
                **row.facts,
                "expected_minor": came.expected,
                "actual_minor": came.actual,
                "is_as_expected": came.is_as_expected,
            }
        )
    return _tell(row)


@plan.command()
@click.argument("number", type=int)
@click.option("--as", "email", required=True, help="Who approves: the address they sign in with.")
def approve(number: int, email: str) -> None:
    """Say that plan NUMBER and its campaigns may run as they are now."""
    set_up()
    from stamgast.plans.actions import approve_plan
    from stamgast.staff.queries import user_by_email

    with refusals_in_words():
        approve_plan(_plan(number, None), at=datetime.now(UTC), by=user_by_email(email))
    click.echo(f"Approved. Next: stamgast plan run {number}")


@plan.command()
@click.argument("number", type=int)
def run(number: int) -> None:
    """Let the approved plan NUMBER run: the work loop draws the lots and sends."""
    set_up()
    from stamgast.plans.actions import run_plan
    from stamgast.plans.jobs import ask_now

    with refusals_in_words():
        at = datetime.now(UTC)
        run_plan(_plan(number, None), at=at, by="cli")
        ask_now(at)
    click.echo("It runs. `stamgast serve` or `stamgast work` draws the lots and sends.")


@plan.command()
@click.argument("number", type=int)
def end(number: int) -> None:
    """End plan NUMBER and its campaigns; both groups are followed until the verdict."""
    set_up()
    from stamgast.plans.actions import end_plan

    with refusals_in_words():
        end_plan(_plan(number, None), at=datetime.now(UTC), by="cli")
    click.echo("It ended.")


def _plan(number: int | None, for_job: int | None) -> Any:
    from stamgast.events.models import Job
    from stamgast.plans.errors import NoSuchPlan
    from stamgast.plans.models import Plan

    if for_job is not None:
        number = Job.objects.get(pk=for_job).facts["plan"]
    row = Plan.objects.filter(pk=number or 0).select_related("goal").first()
    if row is None:
        raise NoSuchPlan()
    return row


def _tell(row: Any) -> None:
    from stamgast.web.marketer.plans.words import plain_lines

    for line in plain_lines(row):
        click.echo(line)

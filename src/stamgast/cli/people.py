"""`stamgast user`: employees and what they may."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, refusals_in_words

ROLES = ("marketer", "service", "analyst", "privacy", "admin")


@click.group(name="user")
def user() -> None:
    """Add employees, list them, give a new password, or close an account.

    Roles: marketer (everything but settings), service (customers, without margin), analyst
    (figures and exports), privacy (export and erase persons), admin (all).
    """


@user.command()
@click.argument("email")
@click.option("--name", default="", help="Name on the screen; the address when left out.")
@click.option("--role", type=click.Choice(ROLES), default="marketer", show_default=True)
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.password_option(help="Asked for when left out.")
def add(email: str, name: str, role: str, language: str, password: str) -> None:
    """Add an employee who signs in with EMAIL."""
    set_up()
    from stamgast.staff import actions

    with refusals_in_words():
        made = actions.make_user(
            email=email,
            name=name or email.split("@")[0],
            role=role,
            language=language,
            password=password,
            at=datetime.now(UTC),
            by="cli",
        )
    click.echo(f"{made.email} may sign in as {made.role}.")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def list_users(as_json: bool) -> None:
    """List the employees."""
    set_up()
    from stamgast.staff.models import User

    users = list(User.objects.order_by("email").values("email", "name", "role", "is_active"))
    if as_json:
        return give({"users": users})
    for one in users:
        state = "" if one["is_active"] else "  (closed)"
        click.echo(f"{one['email']:40} {one['role']:10} {one['name']}{state}")
    if not users:
        click.echo("Nobody yet. Add the first: stamgast user add you@shop.example --role admin")
    return None


@user.command()
@click.argument("email")
@click.password_option()
def password(email: str, password: str) -> None:
    """Give EMAIL a new password."""
    set_up()
    from stamgast.staff import actions, queries

    with refusals_in_words():
        actions.set_password(
            queries.user_by_email(email), password=password, at=datetime.now(UTC), by="cli"
        )
    click.echo(f"{email} has a new password.")


@user.command()
@click.argument("email")
def close(email: str) -> None:
    """Close the account of EMAIL; what they wrote stays."""
    set_up()
    from stamgast.staff import actions, queries

    with refusals_in_words():
        actions.deactivate_user(queries.user_by_email(email), at=datetime.now(UTC), by="cli")
    click.echo(f"{email} can no longer sign in.")

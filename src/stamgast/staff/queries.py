"""Reads of the shop's own settings, its employees, their filters, and its programs."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from stamgast.database.prepared import first, prepared
from stamgast.events.queries import writers_of
from stamgast.staff.errors import NoSuchUser
from stamgast.staff.models import ApiCall, ApiKey, SavedFilter, Shop, User

# Who did it: an employee, or the name of what did it by itself ("cli", "key:2", "nightly").
Who = User | str | None


def shop() -> Shop:
    """Return the shop's settings; the defaults until someone changes them."""
    return first(_shop()) or Shop(pk=1)


@prepared
def _shop() -> QuerySet[Shop]:
    return Shop.objects.filter(pk=1)


def actor(by: Who) -> str:
    """Return how events name who did it: "user:3", "key:2", "cli", or empty when unknown."""
    return f"user:{by.pk}" if isinstance(by, User) else by or ""


def employee(by: Who) -> User | None:
    """Return who did it when that is an employee."""
    return by if isinstance(by, User) else None


def may_approve(by: Who, subject: str, number: int) -> bool:
    """Say whether somebody may approve a thing: where the shop wants a second person, no writer of it.

    Then it is an employee, too: a program is nobody's second person.
    """
    if not shop().needs_second_person:
        return True
    return employee(by) is not None and actor(by) not in writers_of(subject, number)


def users() -> QuerySet[User]:
    """Return all employees, those who left last."""
    return User.objects.order_by("-is_active", "name", "id")


def user_by_email(email: str) -> User:
    """Return the employee with this address, in any spelling of capitals; refuses when none."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise NoSuchUser()
    return user


def keys() -> QuerySet[ApiKey]:
    """Return all keys, the usable ones first, then by newest."""
    return ApiKey.objects.select_related("made_by").order_by("revoked_at", "-made_at", "-id")


def calls(*, only_problems: bool = False) -> QuerySet[ApiCall]:
    """Return the last calls of programs, newest first."""
    rows = ApiCall.objects.select_related("key").order_by("-at", "-id")
    return rows.filter(status__gte=400) if only_problems else rows


def filters_for(user: User) -> QuerySet[SavedFilter]:
    """Return the user's own saved filters and those that colleagues share."""
    return SavedFilter.objects.filter(Q(owner=user) | Q(is_shared=True)).order_by("name", "id")

"""The writers of this room: employees, sign-in, keys and calls of programs, settings, filters."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, Model, Q, QuerySet

from stamgast.database.lasting import not_waiting_for_disk
from stamgast.database.prepared import first, prepared
from stamgast.database.rows import add_row, change_row
from stamgast.events.actions import tell
from stamgast.staff import rules
from stamgast.staff.errors import (
    BadFilter,
    BadKey,
    BadSetting,
    BadUserField,
    EmailTaken,
    LastAdmin,
    NotYourFilter,
    SignInRefused,
    WeakPassword,
)
from stamgast.staff.models import ApiCall, ApiKey, Role, SavedFilter, Shop, User
from stamgast.staff.queries import Who, actor

# --- employees ---------------------------------------------------------------------------------


def make_user(
    *,
    email: str,
    name: str,
    role: str,
    at: datetime,
    by: Who = None,
    language: str = "nl",
    password: str | None = None,
) -> User:
    """Let somebody sign in; refuses a taken or malformed address and a weak password."""
    facts = _user_facts(email=email, name=name, role=role, language=language)
    user = User(**facts, made_at=at)
    user.password = make_password(_strong(password, user) if password is not None else None)
    with transaction.atomic():
        if User.objects.filter(email__iexact=user.email).exists():
            raise EmailTaken()
        user.save()
        tell("user_made", at=at, actor=actor(by), subject="user", subject_id=user.pk)
    return user


def change_user(user: User, *, at: datetime, by: Who = None, **changes: Any) -> User:
    """Change e-mail, name, role, language, the Monday mail, or open a closed account again.

    Refuses what make_user refuses, and taking the last admin's role away.
    """
    is_active = bool(changes.pop("is_active", user.is_active))
    monday_mail = changes.pop("monday_mail", None)
    facts: dict[str, Any] = dict(_user_facts(**changes))
    if monday_mail is not None:
        facts["monday_mail"] = bool(monday_mail)
    with transaction.atomic():
        others = User.objects.exclude(pk=user.pk)
        if "email" in facts and others.filter(email__iexact=facts["email"]).exists():
            raise EmailTaken()
        stays_admin = is_active and facts.get("role", user.role) == Role.ADMIN
        if not stays_admin:
            _refuse_last_admin(user)
        for field, value in facts.items():
            setattr(user, field, value)
        user.is_active = is_active
        user.save(update_fields=[*facts, "is_active"])
        tell("user_changed", at=at, actor=actor(by), subject="user", subject_id=user.pk,
             facts={"fields": sorted(facts)})  # fmt: skip
    return user


def deactivate_user(user: User, *, at: datetime, by: Who = None) -> User:
    """Close an account, at once on every device; what they wrote stays. Refuses the last admin."""
    with transaction.atomic():
        _refuse_last_admin(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        tell("user_deactivated", at=at, actor=actor(by), subject="user", subject_id=user.pk)
    return user


def set_password(user: User, *, password: str, at: datetime, by: Who = None) -> User:
    """Give a new password, which ends all other sessions and opens a locked door.

    Refuses a weak password.
    """
    user.password = make_password(_strong(password, user))
    user.failed_sign_ins, user.locked_until = 0, None
    with transaction.atomic():
        user.save(update_fields=["password", "failed_sign_ins", "locked_until"])
        tell("password_set", at=at, actor=actor(by), subject="user", subject_id=user.pk)
    return user


def sign_in(*, email: str, password: str, at: datetime) -> User:
    """Return the user whose password this is.

    Refuses in one way whatever is wrong, and after the same work: an unknown address costs a round
    of hashing too. Five wrong passwords in a row lock the name for a quarter of an hour.
    """
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        make_password(password)
        raise SignInRefused()
    is_right = check_password(password, user.password)
    if not user.is_active or rules.is_locked(user.locked_until, at):
        raise SignInRefused()
    mine = User.objects.filter(pk=user.pk)
    if not is_right:
        mine.update(failed_sign_ins=F("failed_sign_ins") + 1)
        failures = mine.values_list("failed_sign_ins", flat=True).get()
        mine.update(locked_until=rules.lock_until(failures, at))
        raise SignInRefused()
    mine.update(failed_sign_ins=0, locked_until=None, last_login=at)
    user.refresh_from_db()
    return user


def _user_facts(**given: str) -> dict[str, str]:
    """Return the fields of a user, tidied; refuses the first that will not do."""
    facts = {field: str(value).strip() for field, value in given.items()}
    if "email" in facts:
        facts["email"] = facts["email"].lower()
        try:
            validate_email(facts["email"])
        except ValidationError:
            raise BadUserField(field="email") from None
    allowed = {"role": rules.ROLES, "language": rules.LANGUAGES}
    for field, value in facts.items():
        if field not in {"email", "name", "role", "language"}:
            raise BadUserField(field=field)
        if (
            not value
            or len(value) > _limit(User, field)
            or value not in allowed.get(field, (value,))
        ):
            raise BadUserField(field=field)
    return facts


def _limit(model: type[Model], field: str) -> int:
    return int(getattr(model._meta.get_field(field), "max_length", 0))


def _strong(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(reasons=sorted(e.code or "" for e in error.error_list)) from None
    return password


def _refuse_last_admin(user: User) -> None:
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True)
    if {admin.pk for admin in admins} == {user.pk}:
        raise LastAdmin()


# --- programs ----------------------------------------------------------------------------------


def make_key(
    name: str, *, scopes: Iterable[str], is_live: bool, by: User, at: datetime
) -> tuple[ApiKey, str]:
    """Make a key for a program, and return it with the text that is shown this once.

    Refuses an empty name and unknown scopes.
    """
    name = name.strip()
    if not name or len(name) > 80:
        raise BadKey(field="name")
    plain = f"sg_{'live' if is_live else 'test'}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            prefix=plain[:12],
            digest=rules.digest(plain),
            is_live=is_live,
            scopes=rules.known_scopes(scopes),
            made_at=at,
            made_by=by,
        )
        tell("key_made", at=at, actor=actor(by), subject="key", subject_id=key.pk)
    return key, plain


def revoke_key(key: ApiKey, *, at: datetime, by: Who = None) -> ApiKey:
    """End a key at once; doing so again changes nothing."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
            tell("key_revoked", at=at, actor=actor(by), subject="key", subject_id=key.pk)
    key.refresh_from_db()
    return key


def key_for(plain: str) -> ApiKey | None:
    """Return the usable key with this text; None when unknown or revoked."""
    return first(_usable(rules.digest(plain)))


@prepared
def _usable(digest: str) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(digest=digest, revoked_at=None)


def note_call(
    key: ApiKey | None,
    *,
    at: datetime,
    method: str,
    path: str,
    status: int,
    took_ms: int,
    problem: Mapping[str, Any] | None = None,
) -> ApiCall:
    """Remember a call of a program, without its query; only the last thousands are kept."""
    facts = {
        "at": at,
        "method": method[:8],
        "path": path.partition("?")[0][:200],
        "status": status,
        "took_ms": took_ms,
        "problem": dict(problem or {}),
    }
    with not_waiting_for_disk():
        pk = add_row(ApiCall, {"key": key.pk if key else None, **facts})
        if key is not None and not rules.was_just_used(key.last_used_at, at):
            change_row(ApiKey, {"last_used_at": at}, id=key.pk)
        if pk % 100 == 0:
            ApiCall.objects.filter(pk__lte=pk - rules.CALLS_KEPT).delete()
    return ApiCall(id=pk, key=key, **facts)


def forget_calls(*, before: datetime) -> int:
    """Delete the calls of before this moment, and say how many."""
    return ApiCall.objects.filter(at__lt=before).delete()[0]


# --- the shop's settings -----------------------------------------------------------------------


def change_shop(*, at: datetime, by: Who = None, **changes: Any) -> Shop:
    """Change the shop's settings; refuses an unknown setting, currency, zone or country."""
    facts = {field: rules.setting(field, value) for field, value in changes.items()}
    for field, value in facts.items():
        if isinstance(value, str) and len(value) > _limit(Shop, field):
            raise BadSetting(field=field, value=value)
    with transaction.atomic():
        shop, _ = Shop.objects.select_for_update().get_or_create(pk=1)
        for field, value in facts.items():
            setattr(shop, field, value)
        shop.save()
        tell("shop_changed", at=at, actor=actor(by), facts={"fields": sorted(facts)})
    return shop


# --- saved filters -----------------------------------------------------------------------------


def save_filter(
    owner: User, *, name: str, query: str, at: datetime, is_shared: bool = False
) -> SavedFilter:
    """Keep a list of customers under a name; the same name again replaces what it holds.

    Refuses an empty or overlong name or query.
    """
    name, query = name.strip(), query.strip().lstrip("?")
    if not name or len(name) > 80 or len(query) > 500:
        raise BadFilter()
    held: dict[str, Any] = {"query": query, "is_shared": is_shared}
    with transaction.atomic():
        try:
            with transaction.atomic():
                saved, _ = SavedFilter.objects.update_or_create(
                    owner=owner, name=name, defaults=held
                )
        except IntegrityError:  # a second tab was first
            saved = SavedFilter.objects.get(owner=owner, name=name)
        tell("filter_saved", at=at, actor=actor(owner), subject="filter", subject_id=saved.pk)
    return saved


def delete_filter(saved: SavedFilter, *, at: datetime, by: User) -> None:
    """Delete a saved filter; refuses anyone but its owner, and an admin where it is shared."""
    is_allowed = Q(owner=by) | Q(is_shared=True) if by.role == Role.ADMIN else Q(owner=by)
    with transaction.atomic():
        if not SavedFilter.objects.filter(is_allowed, pk=saved.pk).delete()[0]:
            raise NotYourFilter()
        tell("filter_deleted", at=at, actor=actor(by), subject="filter", subject_id=saved.pk)

"""How our mail looks, which server sends it, and how much and when."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Model

from stamgast.customers import rules as people
from stamgast.events.actions import tell
from stamgast.mail import configuration, rules
from stamgast.mail.errors import BadBrand, BadMailSetting, BadPicture, SecretNeeded
from stamgast.mail.models import Brand, MailSettings, Picture
from stamgast.mail.pictures import MOST_BYTES, measure
from stamgast.mail.providers import PROVIDERS
from stamgast.staff.queries import Who, actor

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_ADDRESSES = {"sender_address", "reply_address", "bounce_address"}
_COLOURS = {"colour", "ink", "paper"}
_TEXTS = {"sender_name", "postal_address"}
_OF_SECRET = ("provider", "host", "user")  # whom the kept password or key is for
_COUNTS = {"port": 65535, "most_per_minute": 100_000, "most_contacts": 1000, "within_days": 366}


def change_brand(*, at: datetime, by: Who = None, **changes: Any) -> Brand:
    """Change how our mail looks; refuses what is no address, colour or tone."""
    facts = {field: _of_brand(field, value) for field, value in changes.items()}
    with transaction.atomic():
        brand, _ = Brand.objects.select_for_update().get_or_create(pk=1)
        for field, value in facts.items():
            setattr(brand, field, value)
        brand.changed_at = at
        brand.save()
        tell("brand_changed", at=at, actor=actor(by), facts={"fields": sorted(facts)})
    return brand


def _of_brand(field: str, value: Any) -> Any:
    if field == "logo":
        return value
    text = people.tidy(value)
    if field in _ADDRESSES:
        address = people.email(text)
        if text and not address:
            raise BadBrand(field=field)
        try:
            return address and rules.in_ascii(address)
        except ValueError:
            raise BadBrand(field=field) from None
    is_fine = (
        (field in _COLOURS and _COLOUR.fullmatch(text.lower()))
        or (field in _TEXTS and len(text) <= _longest(Brand, field))
        or (field == "tone" and text in Brand.Tone.values)
    )
    if not is_fine:
        raise BadBrand(field=field)
    return text.lower() if field in _COLOURS else text


def keep_picture(content: bytes, *, at: datetime) -> Picture:
    """Keep a picture for our mail; the same again is one. Refuses what is none, or too large."""
    size = measure(content)
    if size is None or len(content) > MOST_BYTES:
        raise BadPicture(most=MOST_BYTES // 1000)
    name = hashlib.sha256(content).hexdigest()
    kept, _ = Picture.objects.get_or_create(
        digest=name,
        defaults={
            "kind": size.kind,
            "width": size.width,
            "height": size.height,
            "content": content,
            "made_at": at,
        },
    )
    return kept


def change_mail_settings(*, at: datetime, by: Who = None, **changes: Any) -> MailSettings:
    """Change the mail server, or how much and when we send; refuses what is not possible.

    The password is kept in a file of the home that no backup takes along; None leaves it as it is,
    and is refused where another provider, server or user would get what is kept.
    """
    password = changes.pop("password", None)
    facts = {field: _of_settings(field, value) for field, value in changes.items()}
    with transaction.atomic():
        row, _ = MailSettings.objects.select_for_update().get_or_create(pk=1)
        is_moved = any(facts.get(one, getattr(row, one)) != getattr(row, one) for one in _OF_SECRET)
        if is_moved and password is None and configuration.read_password():
            raise SecretNeeded()
        for field, value in facts.items():
            setattr(row, field, value)
        row.trouble = {}
        row.save()
        if password is not None:
            configuration.write_password(password)
        fields = sorted([*facts, *(["password"] if password is not None else [])])
        tell("mail_settings_changed", at=at, actor=actor(by), facts={"fields": fields})
    return row


def make_hook_secret(*, at: datetime, by: Who = None) -> str:
    """Make what a provider proves itself with when it calls us; the one before opens nothing more."""
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        configuration.write_hook_secret(secret)
        tell("mail_settings_changed", at=at, actor=actor(by), facts={"fields": ["hook_secret"]})
    return secret


def _of_settings(field: str, value: Any) -> Any:
    if field in _COUNTS:
        least = 1 if field in {"port", "within_days"} else 0
        if not isinstance(value, int) or not least <= value <= _COUNTS[field]:
            raise BadMailSetting(field=field)
        return value
    if field in {"quiet_from", "quiet_until"}:
        if not isinstance(value, time):
            raise BadMailSetting(field=field)
        return value
    text = people.tidy(value)
    if field == "public_address":
        text = _page(text)
    is_fine = {
        "host": not re.search(r"[\s/@:]", text),
        "security": text in MailSettings.Security.values,
        "user": True,
        "provider": text in {"", *PROVIDERS},
        "public_address": _is_address(text),
    }.get(field, False)
    if not is_fine or len(text) > _longest(MailSettings, field):
        raise BadMailSetting(field=field)
    return text.rstrip("/")


def _page(text: str) -> str:
    try:
        return text and rules.page_in_ascii(text)
    except ValueError:
        raise BadMailSetting(field="public_address") from None


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    is_page = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return not text or (is_page and not parts.query and not parts.fragment)


def hold_sending(*, at: datetime, by: Who = None) -> None:
    """Stop all sending until somebody lets it go on; what waits keeps waiting."""
    _hold(True, at=at, by=by)


def resume_sending(*, at: datetime, by: Who = None) -> None:
    """Let what waits be sent again."""
    _hold(False, at=at, by=by)


def _hold(is_held: bool, *, at: datetime, by: Who) -> None:
    with transaction.atomic():
        row, _ = MailSettings.objects.select_for_update().get_or_create(pk=1)
        if row.is_held != is_held:
            MailSettings.objects.filter(pk=1).update(is_held=is_held)
            tell("sending_held" if is_held else "sending_resumed", at=at, actor=actor(by))


def _longest(model: type[Model], field: str) -> int:
    names = {f.name for f in model._meta.get_fields()}
    return int(getattr(model._meta.get_field(field), "max_length", 0) or 0) if field in names else 0

"""Reading what a provider tells us by itself, when it calls our address: by way of django-anymail.

A provider proves itself with the secret in that address (basic authentication, over https). What it
says is about one message of ours, known by the mark that went with it; all other mail of the same
account is none of our business.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Literal

from django.http import HttpRequest

from stamgast.mail.errors import HookUnproven, HookUnreadable
from stamgast.mail.links import marked
from stamgast.mail.providers import MARK, PROVIDERS

USER = "stamgast"
MOST_BYTES = 2_000_000
_VIEWS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
}
# In the words of each provider, what came back but may well arrive another time.
_SOFT: dict[str, tuple[str, frozenset[str]]] = {
    "brevo": ("event", frozenset({"soft_bounce"})),
    "postmark": ("Type", frozenset({"SoftBounce", "VirusNotification"})),
    "mailjet": ("error", frozenset({"quota exceeded", "greylisted"})),
    "sparkpost": ("bounce_class", frozenset({"20", "21", "22", "23", "24", "40", "70"})),
}

Kind = Literal["bounced", "complained", "unsubscribed", "delivered"]
_KINDS: dict[str, Kind] = {
    "bounced": "bounced",
    "rejected": "bounced",
    "failed": "bounced",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
    "delivered": "delivered",
}


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says became of one message of ours."""

    kind: Kind
    message: int
    is_gone: bool  # the address itself does not work
    words: str
    at: datetime | None
    digest: str  # the same word again has the same


def read_hook(provider: str, request: HttpRequest, *, secret: str) -> list[Word]:
    """Return what a call of a provider says of mail of ours.

    Refuses a call without the secret, and what no such provider says. Left out is what we do not
    act on, such as openings, and what is about other mail.
    """
    from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
    from anymail.webhooks.base import AnymailBasicAuthMixin
    from django.core.exceptions import ImproperlyConfigured

    module = PROVIDERS[provider].module
    view = _view(module, secret)
    try:
        AnymailBasicAuthMixin.validate_request(view, request)
    except AnymailWebhookValidationFailure:
        raise HookUnproven() from None
    if len(request.body) > MOST_BYTES:
        raise HookUnreadable()
    try:
        events = view.parse_events(request)
        found = [_word(module, event) for event in events]
    except (AnymailError, ImproperlyConfigured, *_FAULTS):
        raise HookUnreadable() from None
    return [word for word in found if word is not None]


# Whatever reading makes of odd JSON is a fault of who wrote it, not of the program.
_FAULTS = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)


def _view(module: str, secret: str) -> Any:
    kind = getattr(import_module(f"anymail.webhooks.{module}"), _VIEWS[module])
    # Mailgun signs as well; the secret in the address proves all of them in the same way.
    keys = {"webhook_signing_key": "-"} if module == "mailgun" else {}
    return kind(webhook_secret=f"{USER}:{secret}", **keys)


def _word(module: str, event: Any) -> Word | None:
    kind = _KINDS.get(str(event.event_type))
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    message = marked(str(metadata.get(MARK, "")))
    if kind is None or message is None:
        return None
    said = json.dumps([module, event.esp_event], sort_keys=True, default=str)
    return Word(
        kind=kind,
        message=message,
        is_gone=kind == "bounced" and _is_gone(module, event),
        words=_words(event),
        at=event.timestamp,
        digest=hashlib.sha256(said.encode()).hexdigest(),
    )


def _is_gone(module: str, event: Any) -> bool:
    """Say whether mail came back because of the address itself, and for good."""
    if event.reject_reason not in {"bounced", "invalid"}:
        return False
    told: Any = event.esp_event
    if module == "sparkpost":
        told = next(iter(told.get("msys", {}).values()), {})
    if module == "resend":
        bounce = told.get("data", {}).get("bounce", {})
        return str(bounce.get("type", "")).lower() not in {"transient", "undetermined"}
    if module == "mailjet" and told.get("hard_bounce") is False:
        return False
    field, soft = _SOFT.get(module, ("", frozenset()))
    return not field or str(told.get(field)) not in soft


def _words(event: Any) -> str:
    said = event.mta_response or event.description or event.reject_reason or ""
    return " ".join(str(said).replace("\x00", "").split())[:300]

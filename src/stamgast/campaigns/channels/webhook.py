"""Text messages, print and whatever else another program sends, told to it by a signed webhook.

A list for a mail tool is the same by hand: it is told by webhook where its content names an
endpoint, and else waits until a colleague makes a list of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stamgast.campaigns.channels.contacts import ContactChannel
from stamgast.campaigns.channels.texts import read_texts
from stamgast.campaigns.errors import BadCampaign
from stamgast.customers.models import Consent
from stamgast.loyalty.models import WebhookEndpoint

# Over these channels of consent another tool reaches people for us.
BY_LIST = (Consent.Channel.EMAIL, Consent.Channel.SMS, Consent.Channel.POST)


class Webhook(ContactChannel):
    """The channel that tells each contact to another program, which reaches the customer."""

    name = "webhook"

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return texts, endpoint and channel of consent; refuses what is not possible."""
        consent = _consent(content, Consent.Channel.values)
        texts = read_texts(content, is_needed=consent == Consent.Channel.SMS)
        return {**texts, "consent": consent, "endpoint": _endpoint(content.get("endpoint"))}


class Listed(ContactChannel):
    """The channel that hands customers over to the mail tool the shop has."""

    name = "list"

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return endpoint, if any, and channel of consent; refuses what is not possible."""
        given = content.get("endpoint")
        return {
            "consent": _consent({"consent": "email", **content}, BY_LIST),
            "endpoint": _endpoint(given) if given else None,
        }


def _consent(content: Mapping[str, Any], allowed: Any) -> str:
    consent = content.get("consent")
    if consent not in allowed:
        raise BadCampaign(field="consent")
    return str(consent)


def _endpoint(given: Any) -> int:
    """Return the endpoint; refuses one that is not there, stopped, or hears of something else."""
    there = WebhookEndpoint.objects.filter(
        pk=given if isinstance(given, int) else 0,
        is_active=True,
        hears=WebhookEndpoint.Hears.CONTACTS,
    )
    if not there.exists():
        raise BadCampaign(field="endpoint")
    return int(given)


webhook = Webhook()
listed = Listed()

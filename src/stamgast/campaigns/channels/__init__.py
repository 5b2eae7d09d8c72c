"""Ways to reach somebody, found by entry point: each a file of its own with one protocol.

An entry point in the group `stamgast.channels` names an object with the attributes of `Channel`; our
own use the same door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

from stamgast.campaigns.errors import NoSuchChannel
from stamgast.customers.models import Customer
from stamgast.mail.rendering import Rendered
from stamgast.staff.queries import Who

GROUP = "stamgast.channels"


@dataclass(frozen=True)
class Handing:
    """One contact to hand over: for whom, under which key, with which facts."""

    customer: Customer
    key: str
    facts: Mapping[str, Any]
    sender_ref: str
    due_at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a contact; `state` is one of `Delivery.State`."""

    state: str
    reason: str = ""
    at: datetime | None = None
    has_gone: bool = False  # it counts as a contact and costs money, though it did not arrive
    text: str = ""  # what was said, and by whom
    by: Who = None


@runtime_checkable
class Channel(Protocol):
    """How one channel is used; whatever it does joins the caller's transaction."""

    @property
    def name(self) -> str:
        """How the channel is called in campaigns."""

    @property
    def kept_in(self) -> str:
        """The field of a delivery that leads to what was queued: `message` or `contact`."""

    @property
    def comes_to_us(self) -> bool:
        """Whether it waits until the customer comes by; what follows does not wait for that."""

    def consent(self, content: Mapping[str, Any]) -> str:
        """Return the channel of the consent that this content needs."""

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return content in the form in which it is kept; refuses what is not possible."""

    def problems(self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer) -> None:
        """Refuse content that cannot be filled in for this customer."""

    def shown(
        self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str
    ) -> Rendered:
        """Return what this customer would read or hear; refuses what cannot be filled in."""

    def refused(
        self, content: Mapping[str, Any], purpose: str, customers: Sequence[int], at: datetime
    ) -> dict[int, str]:
        """Return of these customers those who may not be reached, with the code of why."""

    def hand_over(
        self, content: Mapping[str, Any], contacts: Sequence[Handing], *, purpose: str, at: datetime
    ) -> dict[str, int]:
        """Queue the contacts; returns per key the number of what was queued."""

    def outcomes(self, queued: Sequence[int]) -> dict[int, Outcome]:
        """Return what became of what was queued, as far as it ended."""

    def take_back(self, sender_ref: str, *, at: datetime, reason: str) -> int:
        """Take back what has not gone yet of this sender; returns how many."""


@cache
def channels() -> dict[str, Channel]:
    """Return every channel by its name."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    found: list[Channel] = [point.load() for point in points]
    return {channel.name: channel for channel in found}


def come_to_us() -> list[str]:
    """Return the names of the channels that wait until the customer comes by."""
    return [name for name, channel in channels().items() if channel.comes_to_us]


def channel_of(name: str) -> Channel:
    """Return the channel of this name; refuses one that is not there."""
    found = channels().get(name)
    if found is None:
        raise NoSuchChannel(name=name)
    return found

"""Whom a campaign is for: readable conditions, kept as JSON, answered by one SQL statement."""

from stamgast.campaigns.audience.kinds import Kind, kinds
from stamgast.campaigns.audience.looking import Looking, looking
from stamgast.campaigns.audience.members import audience_size, members, what_held
from stamgast.campaigns.audience.reading import VERSION, leaves, read_audience

__all__ = [
    "VERSION",
    "Kind",
    "Looking",
    "audience_size",
    "kinds",
    "leaves",
    "looking",
    "members",
    "read_audience",
    "what_held",
]

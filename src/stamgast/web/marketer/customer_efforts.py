"""On a customer's page: efforts beside campaigns that by lot they got or not; what if they ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from stamgast.measurement.models import Experiment, Lot
from stamgast.measurement.queries import holds_out
from stamgast.web.marketer.timeline import History

MOST = 8


@dataclass(frozen=True)
class EffortOf:
    """One effort as it is for this customer."""

    lot: Lot
    is_held_out: bool  # they are kept out of it now
    given: str  # why a colleague gave it by hand, if one did

    @property
    def name(self) -> str:
        """What the effort is called."""
        return self.lot.experiment.name


@dataclass(frozen=True)
class Efforts:
    """All of it, the newest first; `is_standing` when they get no effort at all."""

    rows: list[EffortOf]
    is_standing: bool


def efforts_of(known: History, at: datetime) -> Efforts:
    """Return the efforts a customer drew a lot for, but campaigns: those have a card of their own."""
    others = (lot for lot in known.lots if lot.experiment.kind != Experiment.Kind.CAMPAIGN)
    lots = list(islice(others, MOST))
    rows = [
        EffortOf(
            lot,
            holds_out(lot, at),
            next((one.reason for one in lot.treatments.all() if one.is_by_hand), ""),
        )
        for lot in lots
        if lot.experiment.kind != Experiment.Kind.STANDING
    ]
    is_standing = any(
        lot.experiment.kind == Experiment.Kind.STANDING and holds_out(lot, at) for lot in lots
    )
    return Efforts(rows, is_standing)

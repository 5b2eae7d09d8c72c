"""On a customer's page: efforts beside campaigns that by lot they got or not; what if they ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stamgast.customers.models import Customer
from stamgast.measurement.models import Experiment, Lot
from stamgast.measurement.queries import held_out_from, lots_of

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


def efforts_of(customer: Customer, at: datetime) -> Efforts:
    """Return the efforts a customer drew a lot for, but campaigns: those have a card of their own."""
    held = {one.pk for one in held_out_from(customer, at)}
    others = lots_of(customer).exclude(experiment__kind=Experiment.Kind.CAMPAIGN)
    lots = list(others.prefetch_related("treatments")[:MOST])
    rows = [
        EffortOf(
            lot,
            lot.experiment_id in held,
            next((one.reason for one in lot.treatments.all() if one.is_by_hand), ""),
        )
        for lot in lots
        if lot.experiment.kind != Experiment.Kind.STANDING
    ]
    is_standing = any(
        lot.experiment.kind == Experiment.Kind.STANDING and lot.experiment_id in held
        for lot in lots
    )
    return Efforts(rows, is_standing)

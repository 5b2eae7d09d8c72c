"""Control groups that count now: of campaigns that go on or are followed, and the standing one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from stamgast.measurement.models import Arm, Experiment, Lot


@dataclass(frozen=True)
class ControlGroup:
    """Whom a campaign must give nothing now; without a campaign it is the standing control group."""

    arm: int
    experiment: int
    campaign: str  # its name
    preset: str
    pool: str
    days: int  # that a lot is followed, from its draw
    drawn_after: (
        datetime | None
    )  # who was drawn before is followed no longer; None while it goes on


def control_groups(at: datetime) -> list[ControlGroup]:
    """Return the control groups of which somebody may be followed now."""
    standing = Q(experiment__kind=Experiment.Kind.STANDING, experiment__ended_at=None)
    rows = Arm.objects.filter(
        standing | Q(experiment__campaign__isnull=False),
        is_control=True,
        experiment__started_at__lte=at,
    ).values_list(
        "pk",
        "experiment",
        "experiment__campaign__name",
        "experiment__campaign__preset",
        "experiment__pool",
        "experiment__ended_at",
        "experiment__window_days",
        "experiment__after_days",
    )
    found = []
    for arm, experiment, name, preset, pool, ended, window, after in rows.order_by("pk"):
        days = timedelta(days=window + after)
        if ended is None or at < ended + days:
            drawn_after = None if ended is None else at - days
            found.append(
                ControlGroup(
                    arm, experiment, name or "", preset or "", pool, days.days, drawn_after
                )
            )
    return found


def lots_in(groups: Iterable[ControlGroup], at: datetime) -> QuerySet[Lot]:
    """Return the lots of these control groups that are followed now."""
    kept = Q(pk__in=[])
    going_on = []
    for one in groups:
        if one.drawn_after is None:
            going_on.append(one.arm)
        else:
            kept |= Q(arm=one.arm, assigned_at__gt=one.drawn_after)
    return Lot.objects.filter(kept | Q(arm__in=going_on), assigned_at__lte=at)

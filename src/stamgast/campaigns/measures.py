"""What the measures of the library brought in this shop: all campaigns of one measure judged together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from stamgast.campaigns.models import Campaign
from stamgast.campaigns.presets import presets
from stamgast.measurement.models import Verdict
from stamgast.measurement.queries import latest_verdicts, pooled_verdicts


@dataclass(frozen=True)
class Here:
    """What is known of a measure here: how many campaigns of it ran, and the verdict over them all."""

    campaigns: int
    verdict: Verdict | None
    currency: str


def known_here(currency: str) -> Mapping[str, Here]:
    """Return what is known of every measure: pooled over its campaigns, else of the latest one."""
    ran: dict[str, list[int]] = defaultdict(list)
    rows = Campaign.objects.exclude(experiment=None).exclude(preset="").order_by("pk")
    for code, experiment in rows.values_list("preset", "experiment_id"):
        ran[code].append(experiment)
    pooled = {one.pool: one for one in pooled_verdicts()}
    single = {one.experiment_id: one for one in latest_verdicts()}
    found = {}
    for code, preset in presets().items():
        mine = [single[one] for one in ran[code] if one in single]
        together = [pooled[name] for name in preset.names.values() if name in pooled]
        verdict = next(iter(together + mine[-1:]), None)
        found[code] = Here(len(ran[code]), verdict if ran[code] else None, currency)
    return found

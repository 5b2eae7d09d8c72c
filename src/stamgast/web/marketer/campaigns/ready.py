"""Which finished campaign carries out a next step: what it costs, whether it runs, whether it is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.campaigns.models import Campaign
from stamgast.campaigns.presets import preset_for
from stamgast.measurement.models import Verdict
from stamgast.web.design.tags import number, whole_money
from stamgast.web.sentences import filled

MINUTES = 15
CONTROL = 0.2  # as a finished campaign begins with
_LIVE = (Campaign.Status.RUNNING, Campaign.Status.PAUSED, Campaign.Status.APPROVED)


@dataclass(frozen=True)
class ReadyFor:
    """The finished campaign for one next step."""

    preset: str
    step: str
    customers: int
    cost_minor: int
    currency: str
    live: Campaign | None
    is_proven: bool

    @property
    def sentence(self) -> SafeString:
        """Say what to do, for how many, what it costs at most, and whether it is proven."""
        facts = {
            "n": number(self.customers),
            "cost": whole_money(self.cost_minor, self.currency),
            "minutes": number(MINUTES),
        }
        proof = gettext("It worked before.") if self.is_proven else gettext("Not yet proven.")
        text = _SENTENCES[self.step](self.customers)
        return filled(f"{text} {proof}", **facts)


_SENTENCES = {
    "save_offer": lambda n: ngettext(
        "Mail <b>%(n)s customer</b> who drifts: costs at most %(cost)s, %(minutes)s minutes.",
        "Mail <b>%(n)s customers</b> who drift: costs at most %(cost)s, %(minutes)s minutes.",
        n,
    ),
    "second_purchase": lambda n: ngettext(
        "Mail <b>%(n)s new customer</b> about a second order: costs nothing, %(minutes)s minutes.",
        "Mail <b>%(n)s new customers</b> about a second order: costs nothing, %(minutes)s minutes.",
        n,
    ),
    "win_back": lambda n: ngettext(
        "Mail <b>%(n)s former customer</b>: costs at most %(cost)s, %(minutes)s minutes.",
        "Mail <b>%(n)s former customers</b>: costs at most %(cost)s, %(minutes)s minutes.",
        n,
    ),
}


def ready_for(steps: Mapping[str, int], currency: str) -> dict[str, ReadyFor]:
    """Return the finished campaign for each next step that has one, by how many it is for."""
    found = {
        step: preset for step, n in steps.items() if n and (preset := preset_for(step)) is not None
    }
    if not found:
        return {}
    worked = Verdict.objects.filter(experiment=OuterRef("experiment"), code=Verdict.Code.WORKED)
    mine = Campaign.objects.filter(preset__in=[preset.code for preset in found.values()])
    rows = list(mine.annotate(worked=Exists(worked)).order_by("pk"))
    return {
        step: ReadyFor(
            preset=preset.code,
            step=step,
            customers=steps[step],
            cost_minor=round(steps[step] * (1 - CONTROL) * preset.most_minor),
            currency=currency,
            live=next((r for r in rows if r.preset == preset.code and r.status in _LIVE), None),
            is_proven=any(r.worked for r in rows if r.preset == preset.code),
        )
        for step, preset in found.items()
    }

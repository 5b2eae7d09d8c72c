"""On a customer's page: what may suit them, for when they call or come by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from stamgast.campaigns.presets import presets
from stamgast.campaigns.suggesting import suggested
from stamgast.customers.models import Customer
from stamgast.measurement.queries import holds_out
from stamgast.web.marketer.timeline import History


def suggestions_card(person: Customer, known: History, at: datetime) -> list[dict[str, Any]]:
    """Return what may suit a customer, each with its reason.

    Nothing for who by lot is left out of a campaign that suggests: else it could not be judged.
    """
    if person.objects_to_profiling:
        return []
    by_lot = {code for code, preset in presets().items() if "suggestions" in preset.needs}
    for lot in known.lots:
        campaign = getattr(lot.experiment, "campaign", None)
        if campaign is not None and campaign.preset in by_lot and holds_out(lot, at):
            return []
    return suggested(person, language=(get_language() or "en")[:2], at=at)

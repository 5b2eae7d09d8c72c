"""On a customer's page: what may suit them, for when they call or come by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from stamgast.campaigns.models import Campaign
from stamgast.campaigns.presets import presets
from stamgast.campaigns.suggesting import suggested
from stamgast.customers.models import Customer
from stamgast.measurement.queries import held_out_from


def suggestions_card(person: Customer, at: datetime) -> list[dict[str, Any]]:
    """Return what may suit a customer, each with its reason.

    Nothing for who by lot is left out of a campaign that suggests: else it could not be judged.
    """
    if person.objects_to_profiling:
        return []
    by_lot = [code for code, preset in presets().items() if "suggestions" in preset.needs]
    held = [experiment.pk for experiment in held_out_from(person, at)]
    if Campaign.objects.filter(experiment__in=held, preset__in=by_lot).exists():
        return []
    return suggested(person, language=(get_language() or "en")[:2])

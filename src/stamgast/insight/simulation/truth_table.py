"""What is really so of each customer: the table no shop has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation.arrow import days_of, pick, table
from stamgast.insight.simulation.bonds import BONDS, LOYALTY
from stamgast.insight.simulation.clock import Ints
from stamgast.insight.simulation.future import HORIZONS
from stamgast.insight.simulation.part import Part
from stamgast.insight.simulation.purchases import CAUSES
from stamgast.insight.simulation.subscriptions import subscribers


def truth_table(part: Part, customer: Ints, by: Ints) -> pa.Table:
    """Return the truth of every customer, in the order of the customers table."""
    count, people, lives = customer.size, part.people, part.lives
    kinds = part.spec.shoppers
    subscribes = np.array([k.subscription is not None for k in kinds])[people.kind[:count]]
    regularity = np.array([k.regularity for k in kinds])[people.kind[:count]]
    _, plan = subscribers(part.spec)
    loves = part.spec.discounts is not None
    return table(
        "truth",
        {
            "customer_id": customer,
            "shopper": pick([k.name for k in kinds], people.kind[:count]),
            "rate_per_day": np.where(subscribes, 1 / plan.interval, people.rate[:count]),
            "regularity": np.where(subscribes, 0, regularity),
            "drop_out": people.drop_out[:count],
            "dropped_out_on": days_of(part.clock, lives.left, part.is_alive),
            "drop_out_cause": pick([cause or "" for cause in CAUSES], lives.cause, part.is_alive),
            "away_from": days_of(part.clock, lives.away_from, np.isnan(lives.away_from)),
            "away_until": days_of(part.clock, lives.away_until, np.isnan(lives.away_until)),
            "is_alive": part.is_alive,
            "mean_spend": part.worth.spend[:count],
            "cost_share": part.worth.cost_share[:count],
            "mean_margin": part.worth.margin[:count],
            "discount_love": people.discount_love[:count] * loves,
            "attitude": people.attitude[:count],
            **{f"bond_{name}": part.bonds[:, i] for i, name in enumerate(BONDS)},
            "loyalty": pick(LOYALTY, part.loyalty),
            "referrals": np.bincount(by[by >= 0], minlength=count),
            **_coming(part, count),
        },
    )


def _coming(part: Part, count: int) -> dict[str, Any]:
    """Return what is expected of the coming days, and what did happen if that was simulated."""
    margin = part.worth.margin[:count]
    made: dict[str, Any] = {}
    for h, days in enumerate(HORIZONS):
        made[f"expected_purchases_{days}"] = part.expected[:, h]
        made[f"expected_margin_{days}"] = part.expected[:, h] * margin
        unseen = np.full(count, part.spec.future_days < days)
        made[f"purchases_next_{days}"] = pa.array(part.happened[:, h], mask=unseen)
    return made

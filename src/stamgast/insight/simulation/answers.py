"""What customers answer when asked, and how many do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.bonds import BONDS
from stamgast.insight.simulation.care import Contact
from stamgast.insight.simulation.clock import Clock, Floats, Ints, office_hours
from stamgast.insight.simulation.fulfilment import Orders
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

QUESTIONS = ("nps", "delivery", "reason")
_SHARES = (0.6, 0.25, 0.15)
NPS, DELIVERY, REASON = range(3)
# one for each bond, in the order of BONDS
REASONS = ("nearby_or_habit", "price_or_points", "contract", "fits_my_device", "i_like_this_shop")
_SLIP = 0.35  # spread of what people name as reason, against their bonds


@dataclass(frozen=True)
class Answers:
    """Answers as arrays; `score` counts for nps and delivery, `choice` for reason."""

    question: Ints
    order: Ints
    owner: Ints
    asked_at: Floats
    at: Floats
    score: Ints
    choice: Ints


def survey(
    spec: ShopSpec,
    clock: Clock,
    people: Population,
    orders: Orders,
    complaints: Contact,
    bonds: Floats,
    streams: Streams,
) -> Answers:
    """Ask about orders of the last months; return the answers that came before the end."""
    rng, plan = streams.named("surveys"), spec.surveys
    end = np.datetime64(spec.end, "D")
    recent = (orders.day >= end - plan.window) & people.is_named[orders.owner]
    order = np.flatnonzero(recent & (rng.random(orders.size) < plan.ask))
    owner = orders.owner[order]
    question = rng.choice(len(QUESTIONS), order.size, p=_SHARES)
    asked_at = office_hours(rng, clock, orders.arrived[order] + 3)
    at = asked_at + rng.exponential(1.2, order.size)
    attitude = people.attitude[owner]
    willing = plan.response * (0.5 + 2 * np.abs(attitude - 0.5))
    nps = _nps(spec, people, complaints, owner, at, rng)
    delivery = 8.6 - 3.2 * orders.is_late[order] + rng.standard_normal(order.size)
    named = bonds[owner] + _SLIP * rng.gumbel(size=(order.size, len(BONDS)))
    score = np.where(question == NPS, nps, np.clip(np.rint(delivery), 1, 10)).astype(np.int64)
    came = (rng.random(order.size) < willing) & (at < float(clock.midnight(spec.end)))
    by_time = np.flatnonzero(came)[np.argsort(at[came], kind="stable")]
    return Answers(
        question=question[by_time],
        order=order[by_time],
        owner=owner[by_time],
        asked_at=asked_at[by_time],
        at=at[by_time],
        score=score[by_time],
        choice=np.argmax(named, axis=1)[by_time],
    )


def _nps(
    spec: ShopSpec,
    people: Population,
    complaints: Contact,
    owner: Ints,
    at: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Score by attitude, four lower for those whose complaint was already overdue."""
    overdue = np.full(people.size, np.inf)
    np.minimum.at(
        overdue, complaints.owner[complaints.is_badly], complaints.due[complaints.is_badly]
    )
    score = 10 * (0.3 + 0.8 * people.attitude[owner]) - 4.0 * (overdue[owner] < at)
    score = score + spec.surveys.noise * rng.standard_normal(owner.size)
    return np.asarray(np.clip(np.rint(score), 0, 10))

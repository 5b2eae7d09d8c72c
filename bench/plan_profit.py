"""What a plan earns where the truth is known, as a share of the best plan, beside five usual ways.

A lot among past customers teaches who responds; the plan is made for others, within a budget for
three in ten of them. The best plan knows the true chances given what can be seen of customers; the
one on hidden truth also knows what kind each customer is, which nobody can. Mean over seeds, with
two standard errors.

    python bench/plan_profit.py [--seeds 20]
"""

from __future__ import annotations

import argparse

import numpy as np

from stamgast.insight.effect import NOTHING, allocate, propose
from stamgast.insight.effect.responders import COST, Audience, audience, pilot

SHARE = 0.3
WAYS = ("plan", "hidden truth", "by lot", "everybody", "riskiest first", "recent, often, much",
        "highest value first")  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=20)
    given = options.parse_args()
    for name, heterogeneity in (("none", 0.0), ("as the e-mail test", 0.5), ("strong", 1.0)):
        shares = np.array([shares_of_best(heterogeneity, seed) for seed in range(given.seeds)])
        mean, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(given.seeds)
        told = (f"{way}={m:.2f}+-{2 * e:.2f}" for way, m, e in zip(WAYS, mean, error, strict=True))
        print(f"responses differ: {name}:", ", ".join(told))


def shares_of_best(heterogeneity: float, seed: int) -> list[float]:
    """Return what each way earns, as a share of the best plan on what can be seen."""
    past = audience(20_000, heterogeneity, 2 * seed + 1)
    people = audience(40_000, heterogeneity, 2 * seed + 2)
    budget = SHARE * len(people.margin) * COST[1]
    found = propose(pilot(past, seed), past.worth, people.features, people.worth, budget, seed=seed)
    net, hidden = people.net(people.known), people.net(people.hidden)
    best = earned(net, allocate(net, COST[1:], budget).choice)
    offer = max(found.advice.arm, 1) - 1  # the better one for everybody
    ways = [
        earned(net, found.plan.choice),
        earned(hidden, allocate(hidden, COST[1:], budget).choice),
        *(earned(net, choice) for choice in usual(people, offer, budget, seed)),
    ]
    return [way / best for way in ways]


def usual(people: Audience, offer: int, budget: float, seed: int) -> list[np.ndarray]:
    """Return whom five usual ways give the offer that is best for all."""
    lately, often = people.features[:, 2], people.features[:, 3]
    orders = (
        np.random.default_rng([seed, 2]).random(len(lately)),
        -lately,
        lately + often + np.log(people.margin),
        people.margin * people.buys,
    )
    many = int(budget / COST[offer + 1])
    chosen = []
    for order in orders:
        choice = np.full(len(order), NOTHING)
        choice[np.argsort(-order)[:many]] = offer
        chosen.append(choice)
    return [chosen[0], np.full(len(lately), offer), *chosen[1:]]


def earned(net: np.ndarray, choice: np.ndarray) -> float:
    takes = np.flatnonzero(choice != NOTHING)
    return float(net[takes, choice[takes]].sum())


if __name__ == "__main__":
    main()

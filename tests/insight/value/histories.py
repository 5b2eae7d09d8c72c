"""Purchase histories with known truth, to see whether the models find it back."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd


def simulate_buyers(seed, customers, **truth):
    """Draw x, t_x, T of customers who drop out after purchases (shift 1: after the first too)."""
    return simulate_buyers_ahead(seed, customers, 0.0, **truth)[:3]


def simulate_buyers_ahead(
    seed, customers, ahead, *, r, alpha, a, b, shift=0, longest=156.0, pace_ahead=1.0
):
    """Draw x, t_x, T, and purchases in a time `ahead`, when all buy `pace_ahead` times as fast."""
    generator = np.random.default_rng(seed)
    T = generator.uniform(longest / 156, longest, customers)
    rate = generator.gamma(r, 1 / alpha, customers)
    drop = generator.beta(a, b, customers)
    x, t_x, now = np.zeros(customers, dtype=int), np.zeros(customers), np.zeros(customers)
    later = np.zeros(customers, dtype=int)
    here = np.arange(customers)
    if shift:
        here = here[generator.random(customers) > drop]
    while len(here):
        now[here] += generator.exponential(1 / rate[here])
        here = here[now[here] <= T[here] + pace_ahead * ahead]
        is_seen = now[here] <= T[here]
        seen = here[is_seen]
        x[seen] += 1
        t_x[seen] = now[seen]
        later[here[~is_seen]] += 1
        here = here[generator.random(len(here)) > drop[here]]
    return x, t_x, T, later


def simulate_futures(seed, customers, *, r, alpha, a, b, p, q, gamma, shift, watched, ahead):
    """Draw order rows over `watched + ahead` days, with amounts; one cohort, starting over 30 days.

    Times are whole days, and two purchases of one day stay two rows.
    """
    generator = np.random.default_rng(seed)
    rate, drop = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    spend_rate = generator.gamma(q, 1 / gamma, customers)
    now = generator.uniform(0, 30, customers)
    rows = [(np.arange(customers), now.copy())]
    here = np.arange(customers)
    if shift:
        here = here[generator.random(customers) > drop]
    while len(here):
        now[here] += generator.exponential(1 / rate[here])
        here = here[now[here] < watched + ahead]
        rows.append((here, now[here].copy()))
        here = here[generator.random(len(here)) > drop[here]]
    who, when = (np.concatenate(part) for part in zip(*rows, strict=True))
    return _spent(generator, who, when, p=p, spend_rate=spend_rate)


def simulate_leaving_futures(seed, customers, *, r, alpha, s, beta, p, q, gamma, watched, ahead):
    """Draw order rows as `simulate_futures` does, of customers who leave at any moment."""
    generator = np.random.default_rng(seed)
    rate = generator.gamma(r, 1 / alpha, customers)
    leaving = np.maximum(generator.gamma(s, 1 / beta, customers), 1e-300)
    spend_rate = generator.gamma(q, 1 / gamma, customers)
    first = generator.uniform(0, 30, customers)
    end = np.minimum(first + generator.exponential(1.0, customers) / leaving, watched + ahead)
    again = np.repeat(np.arange(customers), generator.poisson(rate * (end - first)))
    moments = first[again] + generator.random(len(again)) * (end - first)[again]
    who = np.concatenate((np.arange(customers), again))
    return _spent(generator, who, np.concatenate((first, moments)), p=p, spend_rate=spend_rate)


def _spent(generator, who, when, *, p, spend_rate):
    start = date(2024, 1, 1)
    days = [start + timedelta(days=int(day)) for day in when]
    margin = generator.gamma(p, 1 / spend_rate[who])
    return pd.DataFrame({"customer_id": who, "day": pd.to_datetime(days), "margin": margin})


def simulate_leavers(seed, customers, **truth):
    """Draw x, t_x, T of customers who leave at any moment (Pareto/NBD)."""
    return simulate_leavers_ahead(seed, customers, 0.0, **truth)[:3]


def simulate_leavers_ahead(
    seed, customers, ahead, *, r, alpha, s, beta, longest=156.0, pace_ahead=1.0
):
    """Draw x, t_x, T, and purchases in a time `ahead`, when all buy `pace_ahead` times as fast."""
    generator = np.random.default_rng(seed)
    T = generator.uniform(longest / 156, longest, customers)
    rate = generator.gamma(r, 1 / alpha, customers)
    leaving = np.maximum(generator.gamma(s, 1 / beta, customers), 1e-300)
    lifetime = generator.exponential(1.0, customers) / leaving
    here_until = np.minimum(T, lifetime)
    x = generator.poisson(rate * here_until)
    # The last of x moments spread evenly over a span: span * U^(1/x).
    t_x = here_until * generator.random(customers) ** (1 / np.maximum(x, 1))
    stays = np.clip(lifetime - T, 0.0, ahead)
    later = generator.poisson(pace_ahead * rate * stays)
    return x, np.where(x > 0, t_x, 0.0), T, later


def simulate_season_rows(seed, customers, *, r, alpha, a, b, pace, days, start=date(2024, 1, 1)):
    """Draw order rows of BG/NBD customers who buy `pace[month]` times as fast in each month.

    First purchases are spread over the first half of the `days`, one row per customer-day.
    """
    generator = np.random.default_rng(seed)
    calendar = np.arange(np.datetime64(start), np.datetime64(start) + days)
    months = calendar.astype("datetime64[M]").astype(int) % 12
    clock = np.concatenate(([0.0], np.cumsum(np.asarray(pace)[months])))
    first = generator.integers(0, days // 2, customers)
    rate, drop = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    now, here = clock[first], np.arange(customers)
    rows = [(here, first)]
    while len(here):
        now[here] += generator.exponential(1 / np.maximum(rate[here], 1e-300))
        here = here[now[here] < clock[-1]]
        rows.append((here, np.searchsorted(clock, now[here], side="right") - 1))
        here = here[generator.random(len(here)) > drop[here]]
    who, day = (np.concatenate(part) for part in zip(*rows, strict=True))
    return pd.DataFrame({"customer_id": who, "day": pd.to_datetime(calendar[day])})

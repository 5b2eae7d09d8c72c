"""Models and naive rules on two real shops, held against what their customers did next.

Run with `-s` to read the tables that `docs/explanation/customer-value.md` shows.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stamgast.insight.value import BGNBD, MBGNBD, ParetoNBD, ValueRefusal
from stamgast.insight.value.holdout import HoldoutReport, Score, Trial

CUTS = [  # shop, the last day known, and the days held out
    ("cdnow_full", date(1997, 9, 30), 273),
    ("cdnow_full", date(1998, 4, 1), 90),
    ("gift_shop", date(2011, 6, 9), 183),
    ("gift_shop", date(2011, 9, 9), 91),
]
MODELS = (MBGNBD, BGNBD, ParetoNBD)


def tried(orders: pd.DataFrame | pa.Table, split: date, days: int) -> tuple[Trial, dict, list]:
    """Return the trial, every forecast per customer by name, and the models' reports."""
    trial = Trial.of(orders, split=split, until=split + timedelta(days=days), amount="revenue")
    forecasts, reports = dict(trial.naive), []
    for kind in MODELS:
        try:
            fitted = kind().fit(trial.base)
            reports.append(trial.report_fitted(fitted))
        except ValueRefusal as refusal:
            sys.stdout.write(f"{kind.__name__}: {refusal}\n")
            continue
        table = fitted.predict(trial.base, days, intervals=False)
        forecasts[kind.__name__] = table["expected_purchases"].to_numpy()
    return trial, forecasts, reports


def told(shop: str, split: date, days: int, reports: list[HoldoutReport]) -> str:
    """Write a table of one cut."""
    first = reports[0]
    lines = [f"{shop} {split} + {days} days: {first.customers} customers, {first.purchases:.0f}"]
    scores: dict[str, Score] = {}
    for report in reports:
        scores |= report.scores
        lines.append(
            f"  {report.model:10s} {report.expected:8.0f} ({report.total_lower:.0f} to "
            f"{report.total_upper:.0f})  customers covered {report.covered or float('nan'):.2f}"
        )
    lines += [
        f"  {name:15s} rmse {score.root_mean_square:.3f} mae {score.mean_absolute:.3f} "
        f"total {score.total_error:+.3f} rank {score.rank_correlation:.3f}"
        for name, score in scores.items()
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("shop", "split", "days"), CUTS)
def test_the_chosen_model_is_best_or_within_noise_of_it(
    shop: str, split: date, days: int, request: pytest.FixtureRequest
) -> None:
    trial, forecasts, reports = tried(request.getfixturevalue(shop), split, days)
    sys.stdout.write("\n" + told(shop, split, days, reports))
    off = {name: (forecast - trial.actual) ** 2 for name, forecast in forecasts.items()}
    models = [kind.__name__ for kind in MODELS if kind.__name__ in off]
    chosen = min(models, key=lambda name: off[name].mean())
    best = min(off, key=lambda name: off[name].mean())
    worse = off[chosen] - off[best]
    noise = worse.std() / np.sqrt(len(worse))
    assert worse.mean() <= 2 * noise
    # And the model that the screens use is not far behind the best of the models.
    behind = off["MBGNBD"] - off[chosen]
    assert behind.mean() <= 0.05 * off[chosen].mean() + 2 * behind.std() / np.sqrt(len(behind))

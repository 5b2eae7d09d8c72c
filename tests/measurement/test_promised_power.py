"""What was promised before anything was sent comes out in verdicts, of every kind of effort."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from measurement.conclusions import BEGAN, EQUAL, concluded, plan
from stamgast.insight.effect import Followed, detectable, sums_of
from stamgast.insight.effect.power import Reads
from stamgast.measurement.reckoning import ArmOf

UNITS, CONTROL, TIMES = 800, 0.25, 400
LIKENESS, ORDER = 2.0, 9.0  # margins are gamma distributed: their spread is sqrt(2) * 9
SD = LIKENESS**0.5 * ORDER
ARMS = {1: ArmOf("control", CONTROL, True), 2: ArmOf("mail", 1 - CONTROL, False)}
KINDS: dict[str, tuple[Reads, dict[str, Any]]] = {
    "once": ("daily", {}),
    "ongoing": ("as_they_come", {"is_ongoing": True, "is_drawing": True}),
    "standing": ("daily", {"ends_together": BEGAN + timedelta(days=60)}),
}


def share_worked(effect: float, facts: dict[str, Any]) -> float:
    """Return the share of efforts with this true effect that the verdict calls worked."""
    dice, worked, held = np.random.default_rng(21), 0, round(UNITS * CONTROL)
    of = plan(after_days=0, arms=ARMS, **facts)
    for _ in range(TIMES):
        margins = dice.gamma(LIKENESS, ORDER, UNITS)
        margins[held:] += effect
        control, mail = _arm(margins[:held]), _arm(margins[held:])
        worked += concluded(control, mail, of=of).code == "worked"
    return worked / TIMES


def _arm(margins: np.ndarray) -> Followed:
    told = sums_of(margins.tolist())
    return replace(EQUAL, window=told, after=told, whole=told, orders=told, revenue=told)


@pytest.mark.parametrize("kind", KINDS)
def test_four_of_five_efforts_of_the_detectable_effect_are_called_worked(kind: str) -> None:
    reads, facts = KINDS[kind]
    effect = detectable(UNITS, CONTROL, SD, reads=reads)
    assert share_worked(effect, facts) == pytest.approx(0.8, abs=0.06)


def test_what_a_planned_end_shows_is_too_little_for_one_that_goes_on() -> None:
    effect = detectable(UNITS, CONTROL, SD, reads="daily")
    assert share_worked(effect, KINDS["ongoing"][1]) < 0.5

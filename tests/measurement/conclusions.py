"""Verdicts of every kind, concluded from sums as the engine would hand them over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from stamgast.insight.effect import Followed, Sums
from stamgast.measurement.concluding import Concluded, conclude
from stamgast.measurement.reckoning import ArmOf, Plan, Reckoned

BEGAN = date(2026, 3, 1)
END = BEGAN + timedelta(days=150)


def arm(
    n: int, mean: float, later: float = 6.0, *, sd: float = 12.0, share: float = 0.4
) -> Followed:
    """Return an arm of n households with such a margin in the window and after it."""

    def sums(mu: float, spread: float) -> Sums:
        return Sums(n, n * mu, n * (mu * mu + spread * spread), buyers=round(n * share))

    return Followed(
        window=sums(mean, sd),
        after=sums(later, sd),
        whole=sums(mean + later, sd * 1.4),
        orders=sums(share * 1.2, 0.8),
        revenue=sums(2.5 * mean, 2 * sd),
        discount=n * 0.4,
        redeemers=round(n * share / 3),
        assumed=0.0,
    )


def plan(**facts: Any) -> Plan:
    told: dict[str, Any] = {
        "experiment": 1,
        "window_days": 60,
        "after_days": 90,
        "is_ongoing": False,
        "is_drawing": False,
        "ends_together": None,
        "arms": {
            1: ArmOf("control", 0.5, True),
            2: ArmOf("mail", 0.5, False, {"sending": 200.0}),
        },
    }
    return Plan(**{**told, **facts})


def reckoned(control: Followed, mail: Followed, **facts: Any) -> Reckoned:
    arms = {"control": control, "mail": mail}
    told: dict[str, Any] = {
        "first": BEGAN,
        "last": BEGAN,
        "units": {code: one.window.n for code, one in arms.items()},
        "customers": control.window.n + mail.window.n,
        "crossed": 0,
        "window": arms,
        "whole": arms,
        "value": {"control": 20.0, "mail": 23.5},
    }
    return Reckoned(**{**told, **facts})


def concluded(
    control: Followed, mail: Followed, *, as_of: date = END, of: Plan | None = None
) -> Concluded:
    return conclude(of or plan(), reckoned(control, mail), as_of=as_of, unit=100.0, rate=0.4)


EQUAL = arm(2000, 5.0)
CASES: dict[str, Concluded] = {
    "worked": concluded(EQUAL, arm(2000, 8.0)),
    "worked_by_window": concluded(
        EQUAL, arm(2000, 8.0), as_of=BEGAN + timedelta(days=70), of=plan(rests_on_window=True)
    ),
    "worked_so_far": concluded(EQUAL, arm(2000, 8.0), as_of=BEGAN + timedelta(days=70)),
    "did_not_work": concluded(
        EQUAL,
        EQUAL,
        of=plan(arms={
            1: ArmOf("control", 0.5, True),
            2: ArmOf("mail", 0.5, False, {"gift": 9000.0}),
        }),
    ),
    "cannot_be_known_here": concluded(EQUAL, arm(2000, 5.2)),
    "borrowed_from_later": concluded(EQUAL, arm(2000, 8.0, 2.6)),
    "not_yet_known": concluded(EQUAL, arm(2000, 5.2), as_of=BEGAN + timedelta(days=20)),
    "too_few": concluded(arm(40, 5.0), arm(40, 8.0), as_of=BEGAN + timedelta(days=20)),
    "lot_is_off": concluded(arm(1500, 5.0), arm(2000, 8.0)),
    "assumed": concluded(replace(EQUAL, assumed=9000.0), replace(arm(2000, 8.0), assumed=9000.0)),
}  # fmt: skip

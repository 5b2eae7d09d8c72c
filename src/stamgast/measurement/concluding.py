"""From what the arms brought to a verdict with all its figures: values in, values out.

The statistics are those of `insight.effect`; here stands which of them a verdict is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from stamgast.insight.effect import (
    FEWEST_BUYERS,
    Evidence,
    Followed,
    Interval,
    Outlook,
    Reading,
    Sums,
    Verdict,
    attribution_gap,
    check_sample_ratio,
    given_for_nothing,
    judge,
    outlook,
    rate_that_flips,
    read_as_they_come,
    read_daily,
)
from stamgast.insight.effect.verdict import return_per_euro
from stamgast.measurement.reckoning import Plan, Reckoned

Facts = dict[str, Any]
_LEVEL = 0.95
_LATE = timedelta(days=30)  # in which returns of the last orders still come in


@dataclass(frozen=True)
class Concluded:
    """One verdict: its code, its figures in minor units, and the comparison a pool needs."""

    code: str
    facts: Facts
    compared: Comparison | None = None


def conclude(
    plan: Plan, found: Reckoned, *, as_of: date, unit: float, rate: float | None
) -> Concluded:
    """Return what can be said of an experiment at the end of a day.

    `unit` is how many minor units make a major one; `rate` the margin assumed where no cost is known.
    """
    times = _Times(plan, found, as_of)
    control = next(arm.code for arm in plan.arms.values() if arm.is_control)
    treated = [arm.code for arm in plan.arms.values() if not arm.is_control]
    whole = Comparison(plan, found, times, treated, control, level=_LEVEL)
    level = 1 - (1 - _LEVEL) / len(treated)  # several arms beside each other: each a little surer
    arms = {code: Comparison(plan, found, times, [code], control, level=level) for code in treated}
    facts = {
        **times.facts(),
        **whole.facts(unit, rate),
        "customers": found.customers,
        "crossed": found.crossed,
        "buyers_needed": FEWEST_BUYERS,
        "arms": _arms(plan, found, arms, unit),
        "value_minor": _value(found, treated, control, unit),
    }
    return Concluded(whole.verdict.code, facts, whole)


class _Times:
    """How far in its own time an experiment is."""

    def __init__(self, plan: Plan, found: Reckoned, as_of: date) -> None:
        self.plan, self.first, self.as_of = plan, found.first, as_of
        tomorrow = as_of + timedelta(days=1)
        self.until = plan.ends_together or found.last + timedelta(days=plan.window_days)
        self.followed_until = self.until + timedelta(days=plan.after_days)
        self.is_window_over = plan.is_ongoing or tomorrow >= self.until
        self.is_after_over = tomorrow >= self.followed_until and not plan.is_drawing
        if plan.is_ongoing:  # each household counts once its own time is over
            self.is_after_over = bool(found.whole)
        self.window_passed = self._share(found.first, self.until)
        self.whole_passed = self._share(found.first, self.followed_until)
        later = found.first + (self.until - found.last)
        self.after_passed = self._share(later, self.followed_until)
        self.days_left = max(0, (self.followed_until - tomorrow).days)

    def _share(self, begin: date, end: date) -> float:
        passed = (self.as_of - begin).days + 1
        return min(1.0, max(passed, 0) / max((end - begin).days, 1))

    def facts(self) -> Facts:
        return {
            "first": self.first.isoformat(),
            "until": self.until.isoformat(),
            "followed_until": self.followed_until.isoformat(),
            "is_window_over": self.is_window_over,
            "is_after_over": self.is_after_over,
            "is_ongoing": self.plan.is_ongoing,
            "days": (self.as_of - self.first).days + 1,
            "is_final": not self.plan.is_drawing and self.as_of >= self.followed_until + _LATE,
        }


class Comparison:
    """One or more arms against the control, over the window, the time after it, and both."""

    def __init__(
        self,
        plan: Plan,
        found: Reckoned,
        times: _Times,
        treated: list[str],
        control: str,
        *,
        level: float,
    ) -> None:
        self.plan, self.found, self.times, self.level = plan, found, times, level
        empty = _nobody()
        self.treated = together(found.window.get(code, empty) for code in treated)
        self.control = found.window.get(control, empty)
        self.later = together(found.whole.get(code, empty) for code in treated)
        self.later_control = found.whole.get(control, empty)
        self.n = sum(found.units.get(code, 0) for code in treated)
        self.costs = _costs(plan, treated)
        self.cost = sum(self.costs.values()) / self.n if self.n else 0.0
        self.given = _extra(self.treated, self.control, lambda arm: arm.discount)
        self.window = self._read(self.treated.window, self.control.window, times.window_passed)
        self.after = self.whole = None
        if times.is_window_over and plan.after_days:
            if times.after_passed > 0:
                self.after = self._read(
                    self.later.after, self.later_control.after, times.after_passed
                )
            self.whole = self._read(self.later.whole, self.later_control.whole, times.whole_passed)
        self.ratio = _ratio(plan, found)
        self.evidence = Evidence(
            window=self.window.interval,
            after=self.after.interval if self.after else None,
            whole=self.whole.interval if self.whole else None,
            treated=self.n,
            cost=self.cost,
            given=max(0.0, self.given / self.treated.window.n) if self.treated.window.n else 0.0,
            is_window_over=times.is_window_over,
            is_after_over=times.is_after_over,
            is_followed_after=plan.after_days > 0,
            rests_on_window=plan.rests_on_window,
            is_ratio_alarm=self.ratio is not None and self.ratio < 0.001,
        )
        self.outlook = self._outlook()
        self.verdict: Verdict = judge(self.evidence, self.outlook)

    def _read(self, treated: Sums, control: Sums, passed: float) -> Reading:
        if self.plan.is_ongoing:
            return read_as_they_come(treated, control, level=self.level)
        return read_daily(treated, control, passed=max(passed, 1e-6), level=self.level)

    @property
    def basis(self) -> Reading:
        """The reading the conclusion rests on: over the window, and over all once that is over."""
        if self.whole is None or self.plan.rests_on_window:
            return self.window
        return self.whole

    def _outlook(self) -> Outlook | None:
        reading = self.basis
        if reading.found is None:
            return None
        passed = 1.0
        if not self.plan.is_ongoing:
            passed = self.times.whole_passed if self.whole else self.times.window_passed
        pace = reading.found.estimate / passed - self.cost
        days = (self.times.as_of - self.times.first).days + 1
        return outlook(
            reading.found,
            net=pace,
            passed=passed,
            days_left=0 if self.plan.is_ongoing else self.times.days_left,
            reads="as_they_come" if self.plan.is_ongoing else "daily",
            units_per_day=reading.found.n / days if self.plan.is_drawing else 0.0,
            level=self.level,
        )

    def facts(self, unit: float, rate: float | None) -> Facts:
        """Return the figures of the verdict, amounts in minor units."""
        verdict = self.verdict
        # What worked so far did so over the window; of the time after it we do not know yet.
        told = self.window if verdict.code == "worked_so_far" else self.basis
        orders = self._per_unit(self.treated.orders, self.control.orders)
        revenue = self._per_unit(self.treated.revenue, self.control.revenue)
        known_on = self._known_on()
        return {
            "reason": verdict.reason,
            "treated": self.n,
            "control": sum(
                self.found.units.get(arm.code, 0)
                for arm in self.plan.arms.values()
                if arm.is_control
            ),
            "buyers": {
                "treated": self.treated.window.buyers,
                "control": self.control.window.buyers,
            },
            "net_minor": minor(verdict.net, unit),
            "first_minor": minor(verdict.first, unit),
            "later_minor": minor(verdict.later, unit),
            "window_minor": minor(self.window.interval, unit),
            "after_minor": minor(self.after.interval if self.after else None, unit),
            "whole_minor": minor(self.whole.interval if self.whole else None, unit),
            "per_head_minor": minor(told.interval, unit),
            "net_per_head_minor": minor(
                told.interval.less(self.cost) if told.interval else None, unit
            ),
            "cost_per_head_minor": self.cost * unit,
            "costs_minor": {kind: round(amount * unit) for kind, amount in self.costs.items()},
            "spent_minor": round(verdict.spent * unit),
            "per_euro": self._per_euro(),
            "kept": plain(self._more_buyers()),
            "orders": plain(orders),
            "orders_total": plain(orders.times(self.n) if orders else None),
            "known_on": known_on.isoformat() if known_on else None,
            "shows_above_minor": verdict.shows_above and verdict.shows_above * unit,
            "gain": round(told.gain, 4),
            "ratio_p": self.ratio,
            "money": self._money(unit),
            "attributed": self._attributed(revenue, unit),
            "for_nothing": self._for_nothing(unit),
            "assumed": self._assumed(rate),
        }

    def _known_on(self) -> date | None:
        days = self.verdict.days
        if self.verdict.reason in ("window_runs", "after_runs"):
            return self.times.followed_until
        return self.times.as_of + timedelta(days=days) if days is not None else None

    def _per_euro(self) -> Facts | None:
        net = self.verdict.net
        if net is None or self.verdict.per_euro is None:
            return None
        ends = (return_per_euro(end, self.evidence) for end in (net.lower, net.upper))
        low, high = (round(end, 4) if end is not None else None for end in ends)
        return {"estimate": round(self.verdict.per_euro, 4), "low": low, "high": high}

    def _per_unit(self, treated: Sums, control: Sums) -> Interval | None:
        return self._read(treated, control, self.times.window_passed).interval

    def _money(self, unit: float) -> Facts:
        """Return where the money went over the window: lines that add up to the net margin."""
        treated, control = self.treated, self.control
        scale = treated.window.n / control.window.n if control.window.n else 0.0
        listed = treated.revenue.y + treated.discount
        anyway = scale * (control.revenue.y + control.discount)
        goods = (treated.revenue.y - treated.window.y) - scale * (
            control.revenue.y - control.window.y
        )
        plain = treated.window.y - scale * control.window.y
        adjusted = plain
        if self.window.found is not None:
            adjusted = self.window.found.estimate * treated.window.n
        lines = {
            "bought": listed,
            "anyway": -anyway,
            "goods": -goods,
            "discount": -self.given,
            "before": adjusted - plain,
            "costs": -sum(self.costs.values()),
        }
        rounded = {name: round(amount * unit) for name, amount in lines.items()}
        return {**rounded, "net": sum(rounded.values())}

    def _attributed(self, revenue: Interval | None, unit: float) -> Facts | None:
        """Return the revenue of those who got it, as others would report it, beside what was added."""
        if revenue is None:
            return None
        gap = attribution_gap(self.treated.revenue.y, revenue.times(self.treated.revenue.n))
        return {
            "revenue_minor": round(gap.attributed * unit),
            "added_minor": minor(gap.added, unit),
            "gap_minor": round(gap.gap * unit),
            "factor": round(gap.factor, 2) if gap.factor else None,
        }

    def _for_nothing(self, unit: float) -> Facts | None:
        more, treated = self._share_more(), self.treated.window.n
        if more is None or self.given <= 0:
            return None
        found = given_for_nothing(
            self.given, redeemers=self.treated.redeemers, treated=treated, more_buyers=more
        )
        return {"amount_minor": minor(found.amount, unit), "share": round(found.share, 4)}

    def _share_more(self) -> Interval | None:
        """Return which share of the treated bought in the window and would not have otherwise."""
        treated, control = self.treated.window, self.control.window
        return self._per_unit(_share_of_buyers(treated), _share_of_buyers(control))

    def _more_buyers(self) -> Interval | None:
        more = self._share_more()
        return more.times(self.n) if more else None

    def _assumed(self, rate: float | None) -> Facts:
        """Return how much of the margin rests on an assumed rate, and the rate that would flip it."""
        margin = abs(self.treated.window.y) + abs(self.control.window.y)
        resting = abs(self.treated.assumed) + abs(self.control.assumed)
        share = min(1.0, resting / margin) if margin else 0.0
        flips = None
        if rate and share and self.basis.interval is not None:
            flips = rate_that_flips(self.basis.interval, cost=self.cost, assumed=share, rate=rate)
        return {"share": round(share, 4), "rate": rate, "flips_at": flips}


# --- small parts -------------------------------------------------------------------------------


def _nobody() -> Followed:
    empty = Sums(0, 0.0, 0.0)
    return Followed(empty, empty, empty, empty, empty, 0.0, 0, 0.0)


def together(arms: Iterable[Followed]) -> Followed:
    """Add arms of one lot up: parts of the same draw."""
    found = _nobody()
    for arm in arms:
        found = Followed(*(getattr(found, f.name) + getattr(arm, f.name) for f in fields(Followed)))
    return found


def _costs(plan: Plan, codes: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for arm in plan.arms.values():
        for kind, amount in arm.costs.items() if arm.code in codes else ():
            found[kind] = found.get(kind, 0.0) + amount
    return found


def _extra(treated: Followed, control: Followed, of: Any) -> float:
    """Return how much more the treated have of something than as many of the control."""
    if not control.window.n:
        return 0.0
    return float(of(treated) - of(control) * treated.window.n / control.window.n)


def _ratio(plan: Plan, found: Reckoned) -> float | None:
    counts = {arm.code: found.units.get(arm.code, 0) for arm in plan.arms.values()}
    if not any(counts.values()):
        return None
    shares = {arm.code: arm.share for arm in plan.arms.values()}
    return check_sample_ratio(counts, shares).p


def _share_of_buyers(arm: Sums) -> Sums:
    return Sums(arm.n, float(arm.buyers), float(arm.buyers), buyers=arm.buyers)


def _arms(plan: Plan, found: Reckoned, read: Mapping[str, Comparison], unit: float) -> list[Facts]:
    rows = []
    for arm in plan.arms.values():
        of = found.window.get(arm.code) or _nobody()
        compared = read.get(arm.code)
        rows.append(
            {
                "code": arm.code,
                "is_control": arm.is_control,
                "share": arm.share,
                "units": found.units.get(arm.code, 0),
                "buyers": of.window.buyers,
                "orders": round(of.orders.y),
                "revenue_minor": round(of.revenue.y * unit),
                "discount_minor": round(of.discount * unit),
                "margin_minor": round(of.window.y * unit),
                "per_head_minor": of.window.y / of.window.n * unit if of.window.n else None,
                "effect_minor": minor(
                    compared.basis.interval.less(compared.cost)
                    if compared and compared.basis.interval
                    else None,
                    unit,
                ),
                "code_of_verdict": compared.verdict.code if compared else None,
            }
        )
    return rows


def _value(found: Reckoned, treated: list[str], control: str, unit: float) -> Facts | None:
    """Return the margin expected in the coming year per customer, treated beside control: no proof."""
    known = [
        (found.value[code], found.units.get(code, 0)) for code in treated if code in found.value
    ]
    weight = sum(units for _, units in known)
    if not weight or control not in found.value:
        return None
    got = sum(value * units for value, units in known) / weight
    return {
        "treated": got * unit,
        "control": found.value[control] * unit,
        "more": (got - found.value[control]) * unit,
    }


def minor(interval: Interval | None, unit: float) -> Facts | None:
    """Return an interval of amounts in minor units, to a hundredth of one."""
    return plain(interval.times(unit) if interval else None)


def plain(interval: Interval | None) -> Facts | None:
    if interval is None:
        return None
    return {
        "estimate": round(interval.estimate, 4),
        "low": round(interval.lower, 4),
        "high": round(interval.upper, 4),
    }

"""From intervals to one of six conclusions. No data, no dates, no sentences: rules only.

Three effects are followed, each with an interval that holds on all days together: over the window,
over the time after it, and over both. A campaign worked when a gain over the whole time is proven
after costs; an offer that only moved orders forward first shows a gain and then loses it again,
and that is measured, never modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from stamgast.insight.effect.interval import Interval
from stamgast.insight.effect.power import Outlook

Code = Literal[
    "worked",
    "worked_so_far",
    "did_not_work",
    "not_yet_known",
    "cannot_be_known_here",
    "borrowed_from_later",
]
CODES: tuple[Code, ...] = get_args(Code)


@dataclass(frozen=True)
class Evidence:
    """What is measured, in margin per treated unit before costs, and how far in time it is.

    `after` and `whole` are None before the window is over, and stay None for a campaign that is not
    followed any longer; an interval is None too while there are too few buyers. With
    `rests_on_window` the conclusion is on the window's gain, and the time after it can only show
    that the gain was lost again. `cost` is what the campaign cost per treated unit as far as it is
    not in the margins already (sending, work, rewards); `given` is the discount per treated unit,
    which the margins hold already.
    """

    window: Interval | None
    after: Interval | None = None
    whole: Interval | None = None
    treated: int = 0
    cost: float = 0.0
    given: float = 0.0
    is_window_over: bool = False
    is_after_over: bool = False
    is_followed_after: bool = True
    rests_on_window: bool = False
    is_ratio_alarm: bool = False


@dataclass(frozen=True)
class Verdict:
    """The conclusion, why, and the figures of its sentence, all in total for the treated.

    `net` is after costs over the time the conclusion rests on; `first` and `later` are the net
    gain of the window and the change after it. `reason`: `proven`, `window_runs`, `after_runs`,
    `sample_ratio` (the arms are not as the lot planned them: nothing is concluded, no gain told),
    `too_few_buyers`, `unproven`, or `may_not_last` (the window's gain is proven, but not that it
    stays, nor that it is lost). `days` until it will be known, where it is not.
    """

    code: Code
    reason: str
    net: Interval | None
    first: Interval | None
    later: Interval | None
    per_euro: float | None
    spent: float
    days: int | None = None
    shows_above: float | None = None


def judge(evidence: Evidence, outlook: Outlook | None = None) -> Verdict:
    """Return the verdict on one campaign, or on several pooled ones, as of today.

    `outlook` says when it will be known if it is not known now; without one, or where it gives no
    day, an open verdict cannot be known here.
    """
    code, reason = _conclude(evidence)
    first = net = later = None
    if not evidence.is_ratio_alarm:
        first = _net(evidence, evidence.window)
        later = evidence.after.times(evidence.treated) if evidence.after else None
        net = first if _is_on_window(evidence, code) else _net(evidence, evidence.whole)
    if code == "not_yet_known" and reason not in ("sample_ratio", "window_runs", "after_runs"):
        code = "not_yet_known" if outlook and outlook.days is not None else "cannot_be_known_here"
    is_open = code in ("not_yet_known", "cannot_be_known_here", "worked_so_far")
    return Verdict(
        code=code,
        reason=reason,
        net=net,
        first=first,
        later=later,
        per_euro=return_per_euro(net.estimate, evidence) if net else None,
        spent=spent(evidence),
        days=outlook.days if outlook and is_open else None,
        shows_above=outlook.shows_above if outlook and is_open else None,
    )


def _is_on_window(evidence: Evidence, code: Code) -> bool:
    """Whether what is concluded, or else told so far, is the gain of the window."""
    if code == "borrowed_from_later":
        return False
    if code == "worked_so_far" or not evidence.is_window_over or not evidence.is_followed_after:
        return True
    runs = evidence.whole is None and not evidence.is_after_over
    return evidence.rests_on_window or runs


def _conclude(evidence: Evidence) -> tuple[Code, str]:
    if evidence.is_ratio_alarm:
        return "not_yet_known", "sample_ratio"
    first = _net(evidence, evidence.window)
    if first is None and not evidence.is_window_over:
        return "not_yet_known", "window_runs"
    if not evidence.is_window_over:
        # A loss is no verdict yet: costs come first and the margin later.
        return (
            "worked_so_far" if first and first.is_above_zero else "not_yet_known"
        ), "window_runs"
    if not evidence.is_followed_after:
        return _from(first)
    whole = _net(evidence, evidence.whole)
    if first and whole and _is_borrowed(evidence, first, whole):
        return "borrowed_from_later", "proven"
    if evidence.rests_on_window:
        return _from(first)
    if first is None or whole is None:
        if evidence.is_after_over:
            return "not_yet_known", "too_few_buyers"
        is_so_far = first is not None and first.is_above_zero
        return "worked_so_far" if is_so_far else "not_yet_known", "after_runs"
    if evidence.is_after_over:
        if first.is_above_zero and not (whole.is_above_zero or whole.is_below_zero):
            return "not_yet_known", "may_not_last"
        return _from(whole)
    if first.is_above_zero:
        return "worked_so_far", "after_runs"
    is_lost = first.is_below_zero and whole.is_below_zero
    return ("did_not_work", "proven") if is_lost else ("not_yet_known", "after_runs")


def _from(net: Interval | None) -> tuple[Code, str]:
    if net is None:
        return "not_yet_known", "too_few_buyers"
    if net.is_above_zero:
        return "worked", "proven"
    return ("did_not_work", "proven") if net.is_below_zero else ("not_yet_known", "unproven")


def _is_borrowed(evidence: Evidence, first: Interval, whole: Interval) -> bool:
    """Worked first, then a loss proven after it that leaves no proven gain."""
    lost = evidence.after is not None and evidence.after.is_below_zero
    return first.is_above_zero and lost and not whole.is_above_zero


def _net(evidence: Evidence, effect: Interval | None) -> Interval | None:
    """Return the effect in total, after costs."""
    if effect is None:
        return None
    return effect.less(evidence.cost).times(evidence.treated)


def spent(evidence: Evidence) -> float:
    """Return what went into the campaign in total: costs, and the discount given."""
    return (evidence.cost + evidence.given) * evidence.treated


def return_per_euro(net: float, evidence: Evidence) -> float | None:
    """Return what each euro spent brought back; None if nothing was spent."""
    total = spent(evidence)
    return (net + total) / total if total > 0 else None

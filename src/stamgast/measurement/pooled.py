"""Several experiments judged together: rounds of one campaign, or campaigns that are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stamgast.insight.effect import (
    FEWEST_BUYERS,
    Difference,
    Evidence,
    Followed,
    Pooled,
    Sums,
    judge,
    pool,
    read_daily,
)
from stamgast.measurement.concluding import Comparison, Concluded, minor, together


def conclude_pool(members: Mapping[int, Concluded], *, unit: float) -> Concluded | None:
    """Return the verdict on several experiments judged together, or None where one is too few.

    One whose groups are not as the lot planned them tells nothing here either. Those with too few
    buyers of their own are counted as one lot with others of the same shares; what is then still
    too small is left out.
    """
    sound = {
        number: one.compared
        for number, one in sorted(members.items())
        if one.compared is not None and not one.compared.evidence.is_ratio_alarm
    }
    rounds = [one for part in _parts(sound.values()) if (one := _round(part))]
    together_in = [one for of in rounds for one in of.members]
    if len(together_in) < 2:
        return None
    evidence, basis = _evidence(rounds, together_in)
    verdict = judge(evidence)
    net = minor(verdict.net, unit)
    spent = round(sum(one.verdict.spent for one in together_in) * unit)
    return Concluded(
        verdict.code,
        {
            "reason": verdict.reason,
            "members": [number for number, one in sound.items() if one in together_in],
            "left_out": [
                number for number in sorted(members) if sound.get(number) not in together_in
            ],
            "treated": evidence.treated,
            "control": sum(of.control.window.n for of in rounds),
            "buyers": {
                "treated": sum(of.treated.window.buyers for of in rounds),
                "control": sum(of.control.window.buyers for of in rounds),
            },
            "buyers_needed": FEWEST_BUYERS,
            "net_minor": net,
            "first_minor": minor(verdict.first, unit),
            "later_minor": minor(verdict.later, unit),
            "known_on": None,
            "followed_until": max(one.times.followed_until for one in together_in).isoformat(),
            "shows_above_minor": None,
            "net_per_head_minor": minor(basis.fixed, unit),
            "spread_minor": basis.between * unit,
            "alike_p": basis.p_alike,
            "spent_minor": spent,
            "per_euro": {"estimate": round((net["estimate"] + spent) / spent, 4)}
            if net and spent > 0
            else None,
        },
    )


@dataclass(frozen=True)
class _Round:
    """One lot of the pool: a member, or several small ones of the same shares as one.

    The differences are per unit, the first and the last after costs.
    """

    members: tuple[Comparison, ...]
    treated: Followed
    control: Followed
    window: Difference
    after: Difference | None
    whole: Difference | None


def _parts(sound: Iterable[Comparison]) -> list[list[Comparison]]:
    """Return what is compared by itself, and the small that go together."""
    parts: list[list[Comparison]] = []
    small: dict[tuple[object, ...], list[Comparison]] = defaultdict(list)
    for one in sound:
        if one.window.found is not None:
            parts.append([one])
            continue
        shares = tuple(sorted((arm.is_control, arm.share) for arm in one.plan.arms.values()))
        alike = small[shares]
        if not alike:
            parts.append(alike)
        alike.append(one)
    return parts


def _round(members: Sequence[Comparison]) -> _Round | None:
    treated = together(one.treated for one in members)
    control = together(one.control for one in members)
    units = sum(one.n for one in members)
    cost = sum(one.cost * one.n for one in members) / units if units else 0.0
    window = _after_costs(treated.window, control.window, cost)
    if window is None:
        return None
    after = whole = None
    if all(one.whole is not None for one in members):
        later = together(one.later for one in members)
        later_control = together(one.later_control for one in members)
        after = _after_costs(later.after, later_control.after, 0.0)
        whole = _after_costs(later.whole, later_control.whole, cost)
    return _Round(tuple(members), treated, control, window, after, whole)


def _after_costs(treated: Sums, control: Sums, cost: float) -> Difference | None:
    found = read_daily(treated, control, passed=1.0).found
    if found is None or found.variance <= 0:
        return None
    return replace(found, estimate=found.estimate - cost)


def _evidence(rounds: Sequence[_Round], members: Sequence[Comparison]) -> tuple[Evidence, Pooled]:
    """Return what is known of all rounds together, and the pool the conclusion rests on.

    Costs are in the differences. The time after the window counts once every round has some.
    """
    first = pool([of.window for of in rounds])
    afters, wholes = [of.after for of in rounds], [of.whole for of in rounds]
    after = pool(known) if len(known := [one for one in afters if one]) == len(rounds) else None
    whole = pool(known) if len(known := [one for one in wholes if one]) == len(rounds) else None
    rests_on_window = all(one.plan.rests_on_window for one in members)
    evidence = Evidence(
        window=first.fixed,
        after=after.fixed if after and whole else None,
        whole=whole.fixed if whole else None,
        treated=sum(one.n for one in members),
        is_window_over=all(one.times.is_window_over for one in members),
        is_after_over=all(one.times.is_after_over for one in members),
        is_followed_after=any(one.plan.after_days for one in members),
        rests_on_window=rests_on_window,
    )
    return evidence, first if whole is None or rests_on_window else whole

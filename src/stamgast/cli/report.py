"""The report in words, as a colleague would tell it at the counter."""

from __future__ import annotations

from datetime import date
from typing import Any

from stamgast.kernel import minor_digits

_STAGES = {
    "new": "new",
    "active": "active",
    "drifting": "drifting",
    "lost": "lost",
    "won_back": "won back",
    "none": "no purchase yet",
    "withheld": "not judged (object to profiling)",
}


def in_words(facts: dict[str, Any], *, as_of: date, currency: str) -> str:
    """Return the base in a page of plain text."""

    def money(minor: float | None) -> str:
        if minor is None:
            return "not yet known"
        digits = minor_digits(currency)
        return f"{currency} {minor / 10**digits:,.0f}"

    def likely(range_: dict[str, float] | None) -> str:
        if not range_:
            return "not yet known"
        low, high = money(range_["low"]), money(range_["high"])
        return f"{money(range_['value'])} (likely between {low} and {high})"

    lines = [f"As of {as_of}: {facts['customers']:,} customers, {facts['orders']:,} orders.", ""]
    for stage, words in _STAGES.items():
        count = facts["stages"].get(stage, 0)
        if count:
            lines.append(f"  {count:>9,}  {words}")
    lines += ["", f"At stake among the drifting, coming year: {likely(facts.get('at_stake'))}"]
    lines += [f"All customers together, coming year: {likely(facts.get('margin_year'))}"]
    if facts.get("assumed_share"):
        lines.append(f"Of the margin {facts['assumed_share']:.0%} rests on an assumed rate.")
    lines += ["", "Next steps (rules of thumb, not yet proven here):"]
    for step, (customers, margin) in _per_step(facts.get("steps", [])).items():
        lines.append(f"  {customers:>9,}  {step.replace('_', ' '):20}  {money(margin)}")
    return "\n".join(lines)


def _per_step(steps: list[dict[str, Any]]) -> dict[str, tuple[int, float | None]]:
    """Add up the reasons of each step, in the order in which the steps were given."""
    totals: dict[str, tuple[int, float | None]] = {}
    for step in steps:
        customers, margin = totals.get(step["step"], (0, None))
        more = step.get("margin_minor")
        if more is not None:
            margin = (margin or 0) + more
        totals[step["step"]] = customers + step["customers"], margin
    return totals

"""Stages over the past twelve months as small lines, one per stage, drawn without any script."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.web.marketer.base_shown import Base

WIDTH, HEIGHT, EDGE = 132, 26, 3


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage now, and how it came there; `path` starts from a true zero at the bottom."""

    stage: str
    customers: int
    share: float
    path: str
    end_x: float
    end_y: float
    more: int | None  # than twelve months ago


def stage_lines(base: Base) -> list[StageLine]:
    """Return a line for each stage that holds somebody."""
    months: dict[str, dict[str, int]] = {}
    for row in base.rows("history"):
        of_stage = months.setdefault(row.get("stage", ""), {})
        of_stage[row.get("month", "")] = row.get("customers") or 0
    every_month = sorted({month for counts in months.values() for month in counts})[-13:]
    lines = []
    for stage, now in base.stages.items():
        past = [months.get(stage, {}).get(month, 0) for month in every_month]
        values = [*past, now]
        points = _points(values)
        lines.append(
            StageLine(
                stage=stage,
                customers=now,
                share=now / base.customers if base.customers else 0.0,
                path="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if past else "",
                end_x=points[-1][0],
                end_y=points[-1][1],
                more=now - past[0] if len(past) > 1 else None,
            )
        )
    return lines


def _points(values: list[int]) -> list[tuple[float, float]]:
    top = max(*values, 1) if len(values) > 1 else max(values[0], 1)
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    room = HEIGHT - 2 * EDGE
    return [(EDGE + i * step, EDGE + room * (1 - value / top)) for i, value in enumerate(values)]

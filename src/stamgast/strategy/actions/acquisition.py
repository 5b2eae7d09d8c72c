"""Writing down what new customers cost, by hand or from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from stamgast.events.actions import tell
from stamgast.kernel import Money
from stamgast.staff.queries import Who, actor, employee, shop
from stamgast.strategy.errors import BadAcquisitionCost
from stamgast.strategy.models import AcquisitionCost


def record_cost(
    *,
    channel: str,
    month: date,
    cost_minor: int,
    at: datetime,
    by: Who = None,
    new_customers: int | None = None,
) -> AcquisitionCost:
    """Say what winning customers over a channel cost in a month; again replaces what was said.

    Refuses no channel, a month ahead, a cost below zero and a count below zero.
    """
    row = _clean(1, channel, month, cost_minor, new_customers, today=at.date())
    with transaction.atomic():
        kept = _keep(row, at=at, by=by)
        _tell(at=at, by=by, rows=1)
    return kept


def import_costs(text: str, *, at: datetime, by: Who = None) -> int:
    """Read a CSV of channel, month, cost and perhaps new_customers; returns how many rows.

    The first line names the columns, in English or Dutch; commas or semicolons; months as 2026-11.
    Nothing is kept when one row cannot be read: the refusal names its line and column.
    """
    rows = [_clean(*facts, today=at.date()) for facts in _read(text)]
    with transaction.atomic():
        for row in rows:
            _keep(row, at=at, by=by)
        if rows:
            _tell(at=at, by=by, rows=len(rows))
    return len(rows)


def forget_cost(cost: AcquisitionCost, *, at: datetime, by: Who = None) -> None:
    """Take back what was said of one channel and month."""
    with transaction.atomic():
        cost.delete()
        _tell(at=at, by=by, rows=1)


_COLUMNS = {
    "channel": "channel", "kanaal": "channel",
    "month": "month", "maand": "month",
    "cost": "cost", "kosten": "cost",
    "new_customers": "new_customers", "nieuwe_klanten": "new_customers",
}  # fmt: skip


def _read(text: str) -> Iterator[tuple[int, str, date, int, int | None]]:
    lines = text.lstrip("\ufeff").strip()
    first = lines.partition("\n")[0]
    reader = csv.reader(io.StringIO(lines), delimiter=";" if ";" in first else ",")
    named = [_COLUMNS.get(one.strip().lower().replace(" ", "_")) for one in next(reader, [])]
    for field in ("channel", "month", "cost"):
        if field not in named:
            raise BadAcquisitionCost(line=1, field=field)
    for row in reader:
        if not any(row):
            continue
        line = reader.line_num
        facts = {
            name: value.strip() for name, value in zip(named, row, strict=False) if name is not None
        }
        yield (
            line,
            facts.get("channel", ""),
            _month(line, facts.get("month", "")),
            _amount(line, facts.get("cost", "")),
            _count(line, facts.get("new_customers", "")),
        )


def _month(line: int, text: str) -> date:
    for whole in (text, f"{text}-01"):
        try:
            return date.fromisoformat(whole).replace(day=1)
        except ValueError:
            continue
    raise BadAcquisitionCost(line=line, field="month")


def _amount(line: int, text: str) -> int:
    """Read 1234.5, 1.234,50 and 1,234.50 alike: one mark before three last digits parts thousands."""
    plain = text.replace(" ", "")
    mark = max(plain.rfind(","), plain.rfind("."))
    if mark >= 0 and (len(plain) - mark != 4 or ("," in plain and "." in plain)):
        plain = f"{plain[:mark]}|{plain[mark + 1 :]}"
    plain = plain.replace(",", "").replace(".", "").replace("|", ".")
    try:
        return Money.of(Decimal(plain), shop().currency).minor
    except (InvalidOperation, ValueError):
        raise BadAcquisitionCost(line=line, field="cost") from None


def _count(line: int, text: str) -> int | None:
    if not text:
        return None
    if not text.isdigit():
        raise BadAcquisitionCost(line=line, field="new_customers")
    return int(text)


def _clean(
    line: int, channel: str, month: date, cost_minor: int, new: int | None, *, today: date
) -> AcquisitionCost:
    channel = " ".join(channel.split())
    checks = {
        "channel": 1 <= len(channel) <= 60,
        "month": month.replace(day=1) <= today,
        "cost": 0 <= cost_minor < 10**15,
        "new_customers": new is None or 0 <= new < 10**9,
    }
    for field, is_fine in checks.items():
        if not is_fine:
            raise BadAcquisitionCost(line=line, field=field)
    return AcquisitionCost(
        channel=channel,
        month=month.replace(day=1),
        cost_minor=cost_minor,
        new_customers=new,
        currency=shop().currency,
    )


def _keep(row: AcquisitionCost, *, at: datetime, by: Who) -> AcquisitionCost:
    kept, _ = AcquisitionCost.objects.update_or_create(
        channel=row.channel,
        month=row.month,
        currency=row.currency,
        defaults={
            "cost_minor": row.cost_minor,
            "new_customers": row.new_customers,
            "made_at": at,
            "made_by": employee(by),
        },
    )
    return kept


def _tell(*, at: datetime, by: Who, rows: int) -> None:
    tell("acquisition_costs_changed", at=at, actor=actor(by), facts={"rows": rows})

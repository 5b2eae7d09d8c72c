"""Setting the programme up: its settings, and the rules by which points are earned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.forms.models import model_to_dict

from stamgast.events.actions import tell
from stamgast.kernel.money import CURRENCIES
from stamgast.loyalty.errors import BadProgramme, BadRule
from stamgast.loyalty.models import EarningRule, PastPointValue, Programme, RuleVersion
from stamgast.staff.queries import Who, actor, shop


def _number(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool | float) or not least <= int(value) <= most:
            raise ValueError(value)
        return int(value)

    return read


def _decimal(least: str, most: str, step: str) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        found = Decimal(str(value).replace(",", ".")).quantize(Decimal(step))
        if not Decimal(least) <= found <= Decimal(most):
            raise ValueError(value)
        return found

    return read


def _text(most: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        found = " ".join(str(value).split())
        if len(found) > most:
            raise ValueError(value)
        return found

    return read


def _one_of(choices: Any) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(value)
        return str(value)

    return read


_SETTINGS: Mapping[str, Callable[[Any], Any]] = {
    "name": _text(120),
    "currency": _one_of(CURRENCIES),
    "zone": _one_of(available_timezones()),
    "pending_days": _number(0, 365),
    "validity_months": _number(0, 600),
    "expiry": _one_of(Programme.Expiry.values),
    "remind_days": _number(1, 365),
    "grace_days": _number(0, 365),
    "rounding": _one_of(Programme.Rounding.values),
    "owed": _one_of(Programme.Owed.values),
    "joining": _one_of(Programme.Joining.values),
    "terms_version": _text(40),
    "terms": lambda value: str(value).strip()[:50_000],
    "point_value": _decimal("0.0001", "1000000", "0.0001"),
    "hold_minutes": _number(1, 60 * 24 * 90),
    "does_history_earn": bool,
    "month_service": _number(0, 1_000_000_000),
    "month_marketer": _number(0, 1_000_000_000),
}
_RULE: Mapping[str, Callable[[Any], Any]] = {
    "name": _text(80),
    "kind": _one_of(EarningRule.Kind.values),
    "points": _number(0, 1_000_000),
    "per_minor": _number(1, 100_000_000),
    "factor": _decimal("0", "1000", "0.01"),
    "category": _text(120),
    "sku": _text(80),
    "action": _one_of(["", *EarningRule.Action.values]),
    "min_order_minor": _number(0, 10**12),
    "most_times": _number(0, 10_000),
    "most_per": _one_of(EarningRule.Per.values),
    "does_qualify": bool,
    "starts_at": lambda value: value,
    "ends_at": lambda value: value,
}
_PROMISED = (
    "kind", "points", "per_minor", "category", "sku", "action", "min_order_minor", "most_times",
    "most_per", "does_qualify",
)  # fmt: skip


def set_programme(*, at: datetime, by: Who, **settings: Any) -> Programme:
    """Change settings of the programme; refuses an unknown setting or value.

    What was earned before keeps the terms under which it was earned.
    """
    with transaction.atomic():
        row = _row()
        new = _values(_SETTINGS, settings, BadProgramme)
        changed = sorted(name for name, value in new.items() if getattr(row, name) != value)
        if "point_value" in changed:
            PastPointValue.objects.create(value=row.point_value, until=at)
        for name in changed:
            setattr(row, name, new[name])
        row.save()
        tell("programme_changed", at=at, actor=actor(by), facts={"fields": changed})
    return row


def start_programme(*, at: datetime, by: Who, since: datetime | None = None) -> Programme:
    """Let the programme run from now, or `since` then: what happened earlier earns nothing.

    Rules that waited for its first start hold from that day on.
    """
    with transaction.atomic():
        row = _row()
        is_first = row.started_at is None
        row.started_at, row.stopped_at = since or at, None
        row.save()
        if is_first:
            waiting = EarningRule.objects.filter(starts_at__gt=row.started_at, starts_at__lte=at)
            for rule in waiting.filter(removed_at=None).order_by("pk"):
                change_rule(rule, at=at, by=by, starts_at=row.started_at)
        tell("programme_started", at=at, actor=actor(by))
    return row


def stop_programme(*, at: datetime, by: Who) -> Programme:
    """Let nothing be earned any more; points can still be spent until they end."""
    with transaction.atomic():
        row = _row()
        row.stopped_at = at
        row.save()
        tell("programme_stopped", at=at, actor=actor(by))
    return row


def add_rule(*, at: datetime, by: Who, **facts: Any) -> EarningRule:
    """Add a way to earn points; refuses what does not make a rule."""
    facts = {"starts_at": at, **facts}
    rule = EarningRule(made_at=at, changed_at=at, **_values(_RULE, facts, BadRule))
    _refuse_bad(rule)
    with transaction.atomic():
        rule.save()
        _keep(rule, at)
        tell("earning_rule_added", **_about(rule, at, by))
    return rule


def change_rule(rule: EarningRule, *, at: datetime, by: Who, **facts: Any) -> EarningRule:
    """Change a rule for what is earned from now on; refuses what does not make a rule."""
    with transaction.atomic():
        rule = EarningRule.objects.select_for_update().get(pk=rule.pk)
        for name, value in _values(_RULE, facts, BadRule).items():
            setattr(rule, name, value)
        _refuse_bad(rule)
        rule.version += 1
        rule.changed_at = at
        rule.save()
        _keep(rule, at)
        tell("earning_rule_changed", **_about(rule, at, by))
    return rule


def remove_rule(rule: EarningRule, *, at: datetime, by: Who) -> EarningRule:
    """Let a rule earn nothing any more; what was earned by it stays, and its returns follow it."""
    with transaction.atomic():
        rule = EarningRule.objects.select_for_update().get(pk=rule.pk)
        if rule.removed_at is None:
            rule.removed_at = at
            rule.save(update_fields=["removed_at"])
            tell("earning_rule_removed", **_about(rule, at, by))
    return rule


def _row() -> Programme:
    found = Programme.objects.select_for_update().filter(pk=1).first()
    if found is None:
        own = shop()
        found = Programme(pk=1, currency=own.currency, zone=own.zone, name=own.name)
    return found


def _values(
    known: Mapping[str, Callable[[Any], Any]],
    given: Mapping[str, Any],
    refusal: type[BadProgramme | BadRule],
) -> dict[str, Any]:
    read = {}
    for name, value in given.items():
        try:
            read[name] = known[name](value)
        except (KeyError, ValueError, TypeError, InvalidOperation):
            raise refusal(field=name) from None
    return read


def _refuse_bad(rule: EarningRule) -> None:
    if not rule.name:
        raise BadRule(field="name")
    if rule.kind == "multiplier":
        if not rule.factor:
            raise BadRule(field="factor")
    elif not rule.points:
        raise BadRule(field="points")
    if (rule.kind == "action") != bool(rule.action):
        raise BadRule(field="action")
    if rule.ends_at is not None and rule.ends_at <= rule.starts_at:
        raise BadRule(field="ends_at")


def _keep(rule: EarningRule, at: datetime) -> None:
    """Freeze what the rule says now as a version of its own."""
    terms = model_to_dict(rule, fields=_PROMISED)
    terms["factor"] = str(rule.factor)
    terms["starts_at"] = rule.starts_at.isoformat()
    terms["ends_at"] = rule.ends_at.isoformat() if rule.ends_at else None
    RuleVersion.objects.create(rule=rule, number=rule.version, terms=terms, at=at)


def _about(rule: EarningRule, at: datetime, by: Who) -> dict[str, Any]:
    return {
        "at": at,
        "actor": actor(by),
        "subject": "earning_rule",
        "subject_id": rule.pk,
        "facts": {"version": rule.version},
    }

"""Sets of codes: made, changed, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from stamgast.customers.errors import AlreadyClosed, KeyReused, NotClosed
from stamgast.events.actions import tell
from stamgast.loyalty.codes import rules
from stamgast.loyalty.codes.errors import BadCodeSet
from stamgast.loyalty.models.codes import CodeSet, CodeUse
from stamgast.staff.queries import Who, actor, employee

FACTS = (
    "name", "kind", "percent", "amount_minor", "currency", "most_minor", "least_order_minor", "skus",
    "categories", "stages", "tiers", "is_first_order", "starts_at", "ends_at", "is_exclusive",
    "family", "rank", "uses_per_code", "uses_per_customer", "uses_most", "budget_minor",
    "is_use_given_back", "vat_kind", "requires_purchase", "is_sold",
)  # fmt: skip
_DEFAULTS = {
    name: CodeSet._meta.get_field(name).get_default()  # type: ignore[union-attr]
    for name in FACTS
}
# What people were promised, or books rest on, once codes are out.
_FIXED = ("kind", "currency", "vat_kind", "is_sold")


def make_set(*, at: datetime, by: Who = None, key: str | None = None, **facts: Any) -> CodeSet:
    """Make a set of codes, without codes yet.

    The same key with the same facts returns the set that is there; with other facts it is refused.
    Refuses what `rules.check_set` refuses.
    """
    unknown = facts.keys() - set(FACTS)
    if unknown:
        raise TypeError(f"a set of codes has no {sorted(unknown)}")
    clean = _clean({**_DEFAULTS, **facts})
    try:
        with transaction.atomic():
            if key and (row := CodeSet.objects.filter(key=key).first()):
                return _same(row, clean)
            row = CodeSet.objects.create(**clean, made_at=at, made_by=employee(by), key=key or None)
            tell("code_set_made", **_on(row, at=at, by=by, kind=row.kind))
    except IntegrityError:  # the same key arrived twice at once
        return _same(CodeSet.objects.get(key=key), clean)
    return row


def change_set(code_set: CodeSet, *, at: datetime, by: Who = None, **facts: Any) -> CodeSet:
    """Change the conditions of a set from now on; what is not given stays.

    What was held or used before keeps what it was given. Refuses what `make_set` refuses, another
    kind, currency or VAT kind, and limits below what was used already.
    """
    with transaction.atomic():
        row = CodeSet.objects.select_for_update().get(pk=code_set.pk)
        clean = _clean({**{name: getattr(row, name) for name in FACTS}, **facts})
        changed = [name for name in FACTS if getattr(row, name) != clean[name]]
        for name in changed:
            if name in _FIXED:
                raise BadCodeSet(field=name)
            setattr(row, name, clean[name])
        if {"uses_most", "budget_minor"} & set(changed):
            row.uses, row.spent_minor = _counted(row)
            changed += ["uses", "spent_minor"]
        if row.uses_most is not None and row.uses > row.uses_most:
            raise BadCodeSet(field="uses_most")
        if row.budget_minor is not None and row.spent_minor > row.budget_minor:
            raise BadCodeSet(field="budget_minor")
        if changed:
            row.save(update_fields=changed)
            tell("code_set_changed", **_on(row, at=at, by=by, changed=changed))
    return row


def close_set(code_set: CodeSet, *, at: datetime, by: Who = None) -> CodeSet:
    """Let no code of the set be used from now on; what is held stays held. Refuses a closed one."""
    with transaction.atomic():
        if not CodeSet.objects.filter(pk=code_set.pk, closed_at=None).update(closed_at=at):
            raise AlreadyClosed()
        code_set.refresh_from_db()
        tell("code_set_closed", **_on(code_set, at=at, by=by))
    return code_set


def reopen_set(code_set: CodeSet, *, at: datetime, by: Who = None) -> CodeSet:
    """Let the codes of a closed set be used again; refuses one that is open."""
    with transaction.atomic():
        rows = CodeSet.objects.filter(pk=code_set.pk, closed_at__isnull=False)
        if not rows.update(closed_at=None):
            raise NotClosed()
        code_set.refresh_from_db()
        tell("code_set_reopened", **_on(code_set, at=at, by=by))
    return code_set


def _counted(row: CodeSet) -> tuple[int, int]:
    """Return how often codes of a set are held or used, and for how much: before a limit, nobody counts."""
    uses = CodeUse.objects.filter(code__code_set=row).exclude(state=CodeUse.State.RELEASED)
    live = uses.aggregate(
        uses=Count("pk", filter=Q(is_use_back=False)),
        spent=Coalesce(Sum(F("amount_minor") - F("back_minor")), 0),
    )
    return live["uses"], live["spent"]


def _clean(facts: dict[str, Any]) -> dict[str, Any]:
    clean = dict(facts)
    clean["name"] = str(clean["name"] or "").strip()
    clean["family"] = str(clean["family"] or "").strip()[:40]
    for name in ("skus", "categories", "stages", "tiers"):
        clean[name] = sorted({str(one).strip() for one in clean[name] or ()} - {""})
    if clean["kind"] == "gift_card" and clean["vat_kind"] != "discount":
        clean["requires_purchase"] = False
    rules.check_set(clean)
    return clean


def _same(row: CodeSet, clean: dict[str, Any]) -> CodeSet:
    if any(getattr(row, name) != clean[name] for name in FACTS):
        raise KeyReused(key=row.key)
    return row


def _on(row: CodeSet, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a set of codes."""
    about = {"subject": "code_set", "subject_id": row.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **about}

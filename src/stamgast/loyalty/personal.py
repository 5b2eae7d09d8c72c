"""What this room holds on a person: their membership, points, and what they did with them.

Erasing cuts the identity and keeps the books: entries name a member, and a member nobody any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Model, QuerySet

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.loyalty import programme_personal
from stamgast.loyalty.actions.members import (
    forfeit,
    merge_members,
    release_holds,
    unmerge_members,
)
from stamgast.loyalty.models import (
    Checkout,
    CheckoutReturn,
    EarningRule,
    Entry,
    Hold,
    Leg,
    LotUse,
    Member,
    PointsLot,
    Programme,
    Reply,
    RuleVersion,
    Wallet,
    WebhookDelivery,
)

HOLDS: tuple[type[Model], ...] = (
    *(Member, Wallet, Entry, Leg, PointsLot, LotUse, Hold),
    *(Checkout, CheckoutReturn, Reply, WebhookDelivery),
    *(Programme, EarningRule, RuleVersion),
    *programme_personal.HOLDS,
)


def export(person: Person) -> Held:
    """Return memberships, balances, what happened to points, and purchases at the till."""
    members = Member.objects.filter(customer__in=person.ids).order_by("pk")
    mine = {"member__customer__in": person.ids}
    return {
        "memberships": list(members.values("ref", "code", "joined_at", "terms_version", "left_at")),
        "points": list(
            Wallet.objects.filter(**mine)
            .order_by("pk")
            .values("kind", "available", "pending", "reserved", "owed", "redeemed", "expired")
        ),
        "points_entries": list(
            Entry.objects.filter(**mine)
            .order_by("member", "sequence")
            .values("kind", "points", "at", "reason", "ref")
        ),
        "points_lots": list(
            PointsLot.objects.filter(wallet__member__customer__in=person.ids)
            .order_by("pk")
            .values("granted", "remaining", "granted_at", "activates_at", "expires_at")
        ),
        "checkouts": list(
            Checkout.objects.filter(**mine)
            .order_by("pk")
            .values("ref", "at", "status", "currency", "total_minor", "spent", "earned", "codes")
        ),
        **programme_personal.export(person),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in reasons, references, keys and answers."""
    return {
        "programme": redact(Programme.objects.all(), person, texts=["name", "terms"])
        + redact(EarningRule.objects.all(), person, texts=["name"])
        + redact(RuleVersion.objects.all(), person, documents=["terms"]),
        "points_entries": redact(Entry.objects.all(), person, texts=["reason", "ref"])
        + _rename(Entry.objects.all(), person, "key"),
        "checkouts": _rename(Checkout.objects.all(), person, "ref")
        + redact(Checkout.objects.all(), person, documents=["lines", "codes", "effects"])
        + _rename(CheckoutReturn.objects.all(), person, "ref"),
        "memberships": _rename(Member.objects.exclude(ref=None), person, "ref"),
        "replies": _rename(Reply.objects.all(), person, "key") + _forget_answers(person),
        "webhooks": redact(WebhookDelivery.objects.all(), person, texts=["answer"]),
        **programme_personal.sweep(person, at=at),
    }


def _forget_answers(person: Person) -> int:
    """Forget the answers that name the person or the shop's own number for them."""
    rows = Reply.objects.exclude(body=None)
    named = [f'"{key}"' for key in person.keys]
    found = [
        pk
        for pk, body in rows.values_list("pk", "body").iterator()
        if body and (person.is_in(body) or any(name in body for name in named))
    ]
    return Reply.objects.filter(pk__in=found).update(body=None)


def _rename(rows: QuerySet[Any], person: Person, name: str) -> int:
    """Give rows whose unique name betrays the person another one, that says nothing."""
    found = [
        pk
        for pk, text in mentioning(rows, person, texts=[name]).values_list("pk", name)
        if person.is_in(text)
    ]
    for pk in found:
        rows.model._default_manager.filter(pk=pk).update(**{name: f"erased:{pk}"})
    return len(found)


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Cut the membership off from who it was; entries, legs and lots stay, in balance."""
    members = Member.objects.filter(customer__in=person.ids)
    mine = {"member__customer__in": person.ids}
    for member in members.filter(merged_into=None):
        release_holds(member, at=at, by="privacy")
        forfeit(member, at=at, by="privacy", key=f"erase:{member.pk}")
    return {
        "memberships": members.update(ref=None, code=_nobody(), left_at=at),
        "points_entries": Entry.objects.filter(**mine).exclude(reason="").update(reason=""),
        "checkouts": Checkout.objects.filter(**mine).update(codes=[]),
        "replies": Reply.objects.filter(member__customer__in=person.ids).update(
            body=None, entry=None
        ),
        **programme_personal.erase(person, at=at),
    }


def _nobody() -> Any:
    from django.db.models import CharField, Value
    from django.db.models.functions import Cast, Concat

    return Concat(Value("erased-"), Cast(F("pk"), CharField()))


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Give the membership of one record to the other, or let it go up in that; returns which."""
    around = programme_personal.merge(kept, gone)
    theirs = Member.objects.filter(customer=gone, merged_into=None).first()
    if theirs is None:
        return {"members": [], "programme": around}
    there = Member.objects.filter(customer=kept, merged_into=None).first()
    if there is None:
        theirs.customer_id = kept
        theirs.save(update_fields=["customer"])
        return {"members": [theirs.pk], "programme": around}
    brought = merge_members(there, theirs, at=_last(there, theirs), by="privacy")
    joined = {"member": theirs.pk, "brought": brought.pk if brought else None}
    return {"members": [], "joined": joined, "programme": around}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give the membership back, with what is left of its points."""
    programme_personal.unmerge(kept, gone, moved.get("programme", {}))
    Member.objects.filter(pk__in=moved.get("members", []), customer=kept).update(customer=gone)
    if joined := moved.get("joined"):
        theirs = Member.objects.select_related("merged_into").get(pk=joined["member"])
        brought = Entry.objects.filter(pk=joined["brought"] or 0).first()
        if theirs.merged_into is not None:
            at = _last(theirs, theirs.merged_into)
            unmerge_members(theirs, brought, at=at, by="privacy")


def _last(*members: Member) -> datetime:
    """Return the moment of the last entry of members: merging happens in no time of its own."""
    moments = Wallet.objects.filter(member__in=members, at__isnull=False)
    last = moments.order_by("-at").values_list("at", flat=True).first()
    return last or max(member.joined_at for member in members)

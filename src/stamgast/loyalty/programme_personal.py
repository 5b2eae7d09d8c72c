"""What the programme around the ledger holds on a person: codes, tiers, claims, friends, consents.

`personal.py` calls it. Erasing cuts who it was; what was claimed and given stays in the figures.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.loyalty.models import (
    Claim,
    CodeCount,
    CodeSet,
    CodeUse,
    DiscountCode,
    MemberTier,
    MissingPurchase,
    ProgrammeConsent,
    Referral,
    ReferralCode,
    Reward,
    SignInCode,
    Tier,
    TierBenefit,
)

HOLDS: tuple[type[Model], ...] = (
    *(CodeSet, DiscountCode, CodeCount, CodeUse),
    *(Tier, TierBenefit, MemberTier, Reward, Claim),
    *(Referral, ReferralCode, SignInCode, ProgrammeConsent, MissingPurchase),
)


def export(person: Person) -> Held:
    """Return codes, tiers, claims, consents and what was missed; of friends only when and what."""
    mine = {"member__customer__in": person.ids}
    return {
        "discount_codes": _rows(
            DiscountCode.objects.filter(customer__in=person.ids),
            *("text", "valid_until", "initial_minor", "balance_minor", "made_at"),
            name=F("code_set__name"),
        ),
        "code_uses": _rows(
            CodeUse.objects.filter(customer__in=person.ids),
            *("key", "state", "amount_minor", "back_minor", "held_at", "settled_at"),
            text=F("code__text"),
        ),
        "tiers": _rows(
            MemberTier.objects.filter(**mine), "since", "until", "measured", name=F("tier__name")
        ),
        "reward_claims": _rows(
            Claim.objects.filter(**mine), "at", "points", "state", name=F("reward__name")
        ),
        "referral_codes": _rows(ReferralCode.objects.filter(**mine), "text", "made_at"),
        "friends_brought": _rows(Referral.objects.filter(**mine), "at", "state", "settled_at"),
        "brought_by_a_friend": _rows(
            Referral.objects.filter(friend__in=person.ids), "at", "state", "settled_at"
        ),
        "programme_consents": _rows(
            ProgrammeConsent.objects.filter(**mine),
            *("kind", "is_granted", "wording", "source", "terms_version", "at"),
        ),
        "missing_purchases": _rows(
            MissingPurchase.objects.filter(**mine),
            *("number", "bought_on", "amount_minor", "currency", "state", "made_at"),
        ),
    }


def _rows(rows: QuerySet[Any], *names: str, **other: Any) -> list[dict[str, Any]]:
    return list(rows.order_by("pk").values(*names, **other))


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in names, texts, codes and keys."""
    return {
        "programme_texts": redact(
            CodeSet.objects.all(),
            person,
            texts=["name", "family"],
            documents=["skus", "categories", "stages", "tiers"],
        )
        + redact(Reward.objects.all(), person, texts=["name", "text"], documents=["tiers"])
        + redact(Tier.objects.all(), person, texts=["name"])
        + redact(TierBenefit.objects.all(), person, texts=["text"]),
        "programme_codes": _rename(DiscountCode.objects.all(), person, "text")
        + _rename(DiscountCode.objects.exclude(key=None), person, "key")
        + _rename(CodeUse.objects.all(), person, "key")
        + _rename(CodeSet.objects.exclude(key=None), person, "key")
        + _rename(Reward.objects.exclude(key=None), person, "key")
        + _rename(Tier.objects.all(), person, "code")
        + _rename(Claim.objects.all(), person, "key")
        + _rename(MissingPurchase.objects.all(), person, "number"),
    }


def _rename(rows: QuerySet[Any], person: Person, name: str) -> int:
    """Give rows whose unique name betrays the person another one, that says nothing."""
    found = [
        pk
        for pk, text in mentioning(rows, person, texts=[name]).values_list("pk", name)
        if person.is_in(text)
    ]
    for pk in found:
        rows.model._default_manager.filter(pk=pk).update(**{name: f"ERASED_{pk}"})
    return len(found)


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Let their codes be used no more, forget their link and sign-in codes; claims stay counted."""
    mine = {"member__customer__in": person.ids}
    codes = DiscountCode.objects.filter(customer__in=person.ids, blocked_at=None)
    links = ReferralCode.objects.filter(**mine)
    return {
        "discount_codes": codes.update(blocked_at=at),
        "referral_codes": links.update(text=Concat(Value("-"), Cast(F("pk"), CharField()))),
        "programme_consents": ProgrammeConsent.objects.filter(**mine).delete()[0],
        "sign_in_codes": SignInCode.objects.filter(customer__in=person.ids).delete()[0],
        "missing_purchases": MissingPurchase.objects.filter(**mine).update(task=None),
    }


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Give the codes of one record to the other, and who brought them where nobody brought that.

    How often each used the codes of a set is added up: one person has the limit once.
    """
    moved: dict[str, Any] = {}
    for name, rows in (
        ("codes", DiscountCode.objects.filter(customer=gone)),
        ("uses", CodeUse.objects.filter(customer=gone)),
    ):
        moved[name] = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(customer=kept)
    theirs = dict(CodeCount.objects.filter(customer=gone).values_list("code_set", "pk"))
    ours = dict(
        CodeCount.objects.filter(customer=kept, code_set__in=theirs).values_list("code_set", "pk")
    )
    moved["counts"] = [pk for code_set, pk in theirs.items() if code_set not in ours]
    CodeCount.objects.filter(pk__in=moved["counts"]).update(customer=kept)
    moved["added"] = [
        [pk, CodeCount.objects.get(pk=theirs[code_set]).uses] for code_set, pk in ours.items()
    ]
    for pk, uses in moved["added"]:
        CodeCount.objects.filter(pk=pk).update(uses=F("uses") + uses)
    brought = Referral.objects.filter(friend=gone)
    if Referral.objects.filter(friend=kept).exists():
        brought = brought.none()
    moved["brought"] = list(brought.values_list("pk", flat=True))
    brought.update(friend=kept)
    return moved


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give back what was moved; what came since stays with the record that was kept."""
    for pk, uses in moved.get("added", []):
        CodeCount.objects.filter(pk=pk, uses__gte=uses).update(uses=F("uses") - uses)
    for name, model, field in (
        ("codes", DiscountCode, "customer"),
        ("uses", CodeUse, "customer"),
        ("counts", CodeCount, "customer"),
        ("brought", Referral, "friend"),
    ):
        rows = model._default_manager.filter(pk__in=moved.get(name, []), **{field: kept})
        rows.update(**{field: gone})

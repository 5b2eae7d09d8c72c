"""What was given per kind for VAT: for the tax office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Sum

from stamgast.loyalty.models import (
    Claim,
    CodeUse,
    DiscountCode,
)


@dataclass(frozen=True, slots=True)
class VatLine:
    """What was given in a stretch of time, of one kind for VAT."""

    what: str  # reward, code, card sold, card used
    vat_kind: str
    vat_rate: Decimal | None
    requires_purchase: bool
    times: int
    amount_minor: int
    currency: str


def vat_lines(*, since: datetime, until: datetime) -> list[VatLine]:
    """Return what was given per kind for VAT, rate and currency; ranges are half-open."""
    claims = Claim.objects.filter(at__gte=since, at__lt=until).exclude(state=Claim.State.UNDONE)
    found = [
        VatLine("reward", r["kind"], r["rate"], r["needs"], r["times"], r["cost"], r["currency"])
        for r in claims.values(
            kind=F("reward__vat_kind"),
            rate=F("reward__vat_rate"),
            needs=F("reward__requires_purchase"),
            currency=F("reward__currency"),
        ).annotate(times=Count("pk"), cost=Sum("cost_minor"))
    ]
    uses = CodeUse.objects.filter(state="used", settled_at__gte=since, settled_at__lt=until)
    for r in uses.values(
        kind=F("code__code_set__vat_kind"),
        needs=F("code__code_set__requires_purchase"),
        currency=F("code__code_set__currency"),
        of=F("code__code_set__kind"),
    ).annotate(times=Count("pk"), given=Sum(F("amount_minor") - F("back_minor"))):
        what = "card_used" if r["of"] == "gift_card" else "code"
        found.append(
            VatLine(what, r["kind"], None, r["needs"], r["times"], r["given"], r["currency"])
        )
    cards = DiscountCode.objects.filter(
        code_set__is_sold=True, made_at__gte=since, made_at__lt=until, initial_minor__isnull=False
    )
    sold = cards.values(kind=F("code_set__vat_kind"), currency=F("code_set__currency"))
    for c in sold.annotate(cards=Count("pk"), sold=Sum("initial_minor")):
        found.append(
            VatLine("card_sold", c["kind"], None, False, c["cards"], c["sold"], c["currency"])
        )
    return sorted(found, key=lambda line: (line.what, line.vat_kind, line.vat_rate or 0))

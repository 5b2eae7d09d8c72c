"""Members as their own page and colleagues find them."""

from __future__ import annotations

from collections.abc import Sequence

from stamgast.customers.models import Customer
from stamgast.customers.queries import by_identity, current
from stamgast.loyalty.models import Member, MissingPurchase, ProgrammeConsent


def customer_of_address(email: str) -> Customer | None:
    """Return whom a mail address signs in: its owner, else the only one who has it; or None."""
    email = email.strip().lower()
    owner = by_identity("email", email)
    if owner is None and "@" in email:
        same = Customer.objects.filter(email=email, merged_into=None, erased_at=None)[:2]
        owner = same[0] if len(same) == 1 else None
    if owner is None:
        return None
    owner = current(owner)
    return None if owner.erased_at else owner


def member_of(customer: Customer) -> Member | None:
    """Return a customer's membership, also one that was left."""
    rows = Member.objects.filter(customer=customer, merged_into=None)
    return rows.select_related("customer").first()


def consents_of(member: Member) -> dict[str, ProgrammeConsent]:
    """Return what a member said last of membership and profiling."""
    rows = ProgrammeConsent.objects.filter(member=member).order_by("at", "pk")
    return {row.kind: row for row in rows}


def missing_of(member: Member) -> Sequence[MissingPurchase]:
    """Return the purchases a member missed, the newest first."""
    return list(MissingPurchase.objects.filter(member=member).order_by("-made_at", "-pk"))

"""Whom a program means, by its own key, our number or an e-mail address."""

from __future__ import annotations

from stamgast.api.errors import Fault
from stamgast.api.v1.schemas.common import CustomerRef
from stamgast.customers import rules
from stamgast.customers.models import Customer
from stamgast.customers.queries import by_identity, current


def customer_meant(ref: CustomerRef) -> Customer:
    """Return the customer as it stands now; refuses nobody named, and nobody we know."""
    found = customer_known(ref)
    if found is None:
        raise Fault(404, "no_such_customer", "We know no such customer; record them first.")
    return found


def customer_known(ref: CustomerRef) -> Customer | None:
    """Return the customer as it stands now, or None; refuses nobody named."""
    if ref.key is not None:
        found = by_identity("key", ref.key)
    elif ref.id is not None:
        found = Customer.objects.filter(pk=ref.id, erased_at=None).first()
    elif ref.email is not None:
        found = by_identity("email", rules.email(ref.email))
    else:
        raise Fault(422, "nobody_named", "Name a customer by key, id or email.")
    return current(found) if found is not None else None


def customer_asked(key: str | None, pk: int | None) -> Customer | None:
    """Return whom a list is about; None when it is about everybody."""
    if key is None and pk is None:
        return None
    return customer_meant(CustomerRef.model_construct(key=key, id=pk, email=None))

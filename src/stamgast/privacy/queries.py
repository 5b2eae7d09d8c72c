"""Reads of this room: which merges can still be undone."""

from __future__ import annotations

from django.db.models import QuerySet

from stamgast.customers.models import Customer, Merge


def merges_of(customer: Customer) -> QuerySet[Merge]:
    """Return the merges into this customer that were not undone, newest first."""
    rows = Merge.objects.filter(kept=customer, undone_at=None)
    return rows.select_related("gone", "by").order_by("-at", "-pk")

"""Who takes part."""

from __future__ import annotations

from django.db import models

from stamgast.customers.models import Customer


class Member(models.Model):
    """A customer's membership; its code is what a card or link shows, and says nothing of them."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="memberships")
    ref = models.CharField(max_length=100, unique=True, null=True)  # the shop's own name for it
    code = models.CharField(max_length=24, unique=True)
    joined_at = models.DateTimeField()
    joined_by = models.CharField(max_length=60, blank=True)
    terms_version = models.CharField(max_length=40, blank=True)  # those they agreed to, if any
    left_at = models.DateTimeField(null=True)
    # A membership that went up in another when two customers turned out to be one.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(merged_into=None),
                name="one_membership",
            )
        ]

"""Who works here, what they may, and the shop's own settings."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    MARKETER = "marketer"
    SERVICE = "service"
    ANALYST = "analyst"
    PRIVACY = "privacy"
    ADMIN = "admin"


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """An employee, known by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=10, choices=Role)
    language = models.CharField(max_length=5, default="nl")
    monday_mail = models.BooleanField(default=False)  # wants the overview by mail every week
    is_active = models.BooleanField(default=True)
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    objects: ClassVar[Users] = Users()

    def __str__(self) -> str:
        return self.name


class Shop(models.Model):
    """The shop's own settings: one row, made on first use."""

    class VatIn(models.TextChoices):
        INCLUDED = "included"
        EXCLUDED = "excluded"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    country = models.CharField(max_length=2, default="NL")
    zone = models.CharField(max_length=40, default="Europe/Amsterdam")
    language = models.CharField(max_length=5, default="nl")
    vat = models.CharField(max_length=8, choices=VatIn, default=VatIn.INCLUDED)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=21)
    discount_rate = models.DecimalField(max_digits=5, decimal_places=2, default=10)  # % a year
    orders_may_be_old = models.PositiveSmallIntegerField(default=24)  # hours, before we warn
    website = models.CharField(max_length=200, blank=True)  # where buttons in our mail lead
    needs_second_person = models.BooleanField(default=False)  # to approve a campaign
    is_set_up = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_shop")]


class ApiKey(models.Model):
    """A key for programs: only its digest is kept; the key itself is shown once."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=24)  # what a person may see: sg_live_ab12
    digest = models.CharField(max_length=64, unique=True)
    is_live = models.BooleanField(default=True)  # a test key answers as usual but keeps nothing
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class ApiCall(models.Model):
    """One of the last calls of a program, so that a developer can see what went wrong."""

    key = models.ForeignKey(ApiKey, models.CASCADE, null=True, related_name="calls")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    took_ms = models.PositiveIntegerField()
    problem = models.JSONField(default=dict)  # the answer's problem+json, without personal data

    class Meta:
        indexes = [models.Index(fields=["-at"], name="api_call_at")]


class SavedFilter(models.Model):
    """A list of customers someone wants to come back to."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="filters")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500)  # the list's own query string
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_filter_per_name")
        ]

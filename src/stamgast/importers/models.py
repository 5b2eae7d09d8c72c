"""Files that came in, what each brought, and the rows that someone has to mend."""

from __future__ import annotations

from django.db import models

from stamgast.staff.models import User


class Batch(models.Model):
    """One file on its way in: read = imported + unchanged + quarantined, always."""

    class Status(models.TextChoices):
        DRAFT = "draft"  # uploaded, not yet confirmed
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    name = models.CharField(max_length=200)  # the file's own name
    file = models.CharField(max_length=300, blank=True)  # where we keep it, inside the home
    sha256 = models.CharField(max_length=64, blank=True)
    layout = models.CharField(max_length=40, blank=True)
    mapping = models.JSONField(default=dict)  # our field -> the file's column
    answers = models.JSONField(default=dict)  # currency, VAT, margin, decimal comma, ...
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    result = models.JSONField(
        default=dict
    )  # customers, orders, rounding difference, anonymous, ...
    error = models.JSONField(default=dict)  # a code and facts


class RowToMend(models.Model):
    """A row we could not read: where it stood, what was wrong, and what was expected."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows_to_mend")
    line = models.PositiveIntegerField()  # in the file, counted from 1
    column = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=500, blank=True)
    problem = models.CharField(max_length=40)  # a code that the screen words
    row = models.JSONField()  # the whole row as read, by column
    number = models.CharField(max_length=64, blank=True)  # of its order, as read or as mended
    content = models.BigIntegerField()  # digest of the row and its ordinal among equals
    mended_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)  # someone decided it is not needed

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "content"], name="one_bad_row")]
        indexes = [
            models.Index(
                fields=["batch", "line"],
                name="row_open",
                condition=models.Q(mended_at=None, dropped_at=None),
            ),
            models.Index(fields=["content"], name="row_content"),
            models.Index(fields=["number"], name="row_number"),
        ]


class Mapping(models.Model):
    """How the columns of a file with these headers were read last time."""

    headers = models.CharField(max_length=64, unique=True)  # digest of the sorted column names
    layout = models.CharField(max_length=40)
    mapping = models.JSONField()
    answers = models.JSONField(default=dict)
    used_at = models.DateTimeField()

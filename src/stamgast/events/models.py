"""What happened, and what still has to happen: two append-mostly tables that any room may use."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """Something that happened: a kind in the past tense, ids, and no personal data."""

    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60, blank=True)  # "user:3", "key:2", "nightly", "import:7"
    subject = models.CharField(max_length=40, blank=True)  # "customer", "order", "batch", ...
    subject_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    is_historic = models.BooleanField(default=False)  # told by an import of the past: no news

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["kind", "id"], name="event_kind"),
        ]


class Job(models.Model):
    """Something to do later, claimed by a conditional update and safe to run twice."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True, null=True)  # the same key is one job
    facts = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    run_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60, blank=True)
    claimed_by = models.CharField(max_length=60, blank=True)
    seen_at = models.DateTimeField(null=True)  # the last sign of life of who claimed it
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.FloatField(default=0.0)  # 0 to 1
    doing = models.CharField(max_length=200, blank=True)  # a code that the screen words
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status", "run_at"], name="job_due")]

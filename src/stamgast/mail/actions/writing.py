"""Texts that colleagues work on."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from stamgast.customers import rules as people
from stamgast.events.actions import tell
from stamgast.mail.content import Content, check
from stamgast.mail.errors import BadContent, NameTaken
from stamgast.mail.models import Template
from stamgast.staff.queries import Who, actor, employee


def save_template(
    template: Template | None, *, name: str, content: Content, at: datetime, by: Who = None
) -> Template:
    """Keep a text under a name, a new one without `template`; what was sent does not change with it.

    Refuses an empty or taken name, and impossible content.
    """
    title = people.tidy(name)[:80]
    if not title:
        raise BadContent(where="name", problem="empty")
    document = check(content).as_document()
    try:
        with transaction.atomic():
            row = template or Template(made_at=at)
            row.name, row.document = title, document
            row.changed_at, row.changed_by = at, employee(by)
            row.save()
            tell("template_saved", at=at, actor=actor(by), subject="template", subject_id=row.pk)
    except IntegrityError:
        raise NameTaken(name=title) from None
    return row


def remove_template(template: Template, *, at: datetime, by: Who = None) -> None:
    """Take a text away from the list; doing so again changes nothing."""
    with transaction.atomic():
        there = Template.objects.filter(pk=template.pk, removed_at=None)
        if there.update(removed_at=at):
            tell(
                "template_removed",
                at=at,
                actor=actor(by),
                subject="template",
                subject_id=template.pk,
            )


def restore_template(template: Template, *, at: datetime, by: Who = None) -> None:
    """Take the removal of a text back."""
    with transaction.atomic():
        gone = Template.objects.filter(pk=template.pk).exclude(removed_at=None)
        if gone.update(removed_at=None):
            tell(
                "template_saved",
                at=at,
                actor=actor(by),
                subject="template",
                subject_id=template.pk,
            )

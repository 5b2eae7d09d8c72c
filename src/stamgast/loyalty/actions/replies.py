"""The answers that programs were given: kept for a while, the key of what was done for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from stamgast.database.bulk import Pace
from stamgast.loyalty.models import Reply

KEPT_FOR = timedelta(days=30)


def forget_replies(*, at: datetime) -> int:
    """Throw away what was answered a month ago; the same request again still does nothing twice.

    Returns how many. What the key and digest stand for stays.
    """
    has_answer = Q(body__isnull=False) | Q(entry__isnull=False)
    old = Reply.objects.filter(has_answer, at__lt=at - KEPT_FOR)
    numbers = list(old.order_by("pk").values_list("pk", flat=True))
    pace = Pace(500, most=5_000)
    for part in pace.cut(numbers):
        with pace.portion(len(part)):
            Reply.objects.filter(pk__gte=part[0], pk__lte=part[-1], at__lt=at - KEPT_FOR).update(
                body=None, entry=None
            )
    return len(numbers)

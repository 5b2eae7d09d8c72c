"""What a selection holds: how many, worth how much together, and one page of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum

from stamgast.customers.models import Customer
from stamgast.scoring.models import Run, Score
from stamgast.scoring.queries import scores
from stamgast.web.marketer.selection import ORDERS, Selection, narrow

PAGE: Final = 50
# The scores of a run never change, so what was counted once stays true. What staff change on
# screens is counted again after half a minute.
_TRUE_FOR: Final = {"run": 24 * 3600, "live": 30}
_SHARE_OF_HIGH, _SHARE_OF_MIDDLE = 0.1, 0.5


@dataclass(frozen=True)
class Figures:
    """How many customers a selection holds, and their expected margin of the coming year."""

    count: int
    margin_minor: int


@dataclass(frozen=True)
class Row:
    """One customer of the list; without a score when they came after the last scoring."""

    customer: Customer
    score: Score | None


@dataclass(frozen=True)
class Held:
    """A selection at one run; `ids` are the customers that its search words found."""

    selection: Selection
    run: Run | None
    ids: list[int] | None = None

    @property
    def needs_no_scores(self) -> bool:
        """Nothing was scored yet, or only search words choose: then unscored customers count."""
        return self.run is None or (self.ids is not None and self.selection.is_search_only)

    def scores(self) -> QuerySet[Score]:
        """The scores that belong to it; none before the first scoring."""
        if self.run is None:
            return Score.objects.none()
        edges = value_edges(self.run) if self.selection.value else (0, 0)
        kept = narrow(scores(self.run), self.selection, as_of=self.run.as_of, edges=edges)
        return kept if self.ids is None else kept.filter(customer__in=self.ids)

    def customers(self) -> QuerySet[Customer]:
        """The customers that belong to it, for when scores do not matter."""
        known = Customer.objects.filter(merged_into=None, erased_at=None)
        return known if self.ids is None else known.filter(pk__in=self.ids)

    def figures(self) -> Figures:
        """Count it and add up its margin; searches are counted anew each time."""
        key = f"selection:{self.run.pk if self.run else 0}:{self.selection.query()}"
        found: Figures | None = None if self.selection.q else cache.get(key)
        if found is None:
            sums = (
                self.scores()
                .select_related(None)
                .aggregate(count=Count("pk"), margin=Sum("margin_365_minor"))
            )
            count = self.customers().count() if self.needs_no_scores else sums["count"]
            found = Figures(count, sums["margin"] or 0)
            is_live = self.run is None or self.selection.is_live
            if not self.selection.q:
                cache.set(key, found, _TRUE_FOR["live" if is_live else "run"])
        return found

    def rows(self, *, order: str, page: int) -> list[Row]:
        """Return one page of customers, without who was merged or erased since the scoring.

        First the ids, which an index can give alone, then the rows: skipping far costs little.
        """
        start = (page - 1) * PAGE
        if self.needs_no_scores:
            return self._with_scores(list(self.customers().order_by("-pk")[start : start + PAGE]))
        ranked = self.scores().select_related(None).order_by(*ORDERS[order])
        wanted = list(ranked.values_list("pk", flat=True)[start : start + PAGE])
        found = Score.objects.select_related("customer").in_bulk(wanted)
        there = (found[pk] for pk in wanted if pk in found)
        return [
            Row(score.customer, score)
            for score in there
            if not (score.customer.merged_into_id or score.customer.erased_at)
        ]

    def _with_scores(self, known: list[Customer]) -> list[Row]:
        ids = [customer.pk for customer in known]
        by_customer = {
            s.customer_id: s for s in Score.objects.filter(run=self.run, customer__in=ids)
        }
        return [Row(customer, by_customer.get(customer.pk)) for customer in known]


def value_edges(run: Run) -> tuple[int, int]:
    """Return from which amount a customer is among the highest tenth, and in the upper half."""
    key = f"value-edges:{run.pk}"
    edges: tuple[int, int] | None = cache.get(key)
    if edges is None:
        known = Score.objects.filter(run=run, margin_365_minor__isnull=False)
        ranked = known.order_by("-margin_365_minor").values_list("margin_365_minor", flat=True)
        count = known.count()
        high, middle = int(count * _SHARE_OF_HIGH), int(count * _SHARE_OF_MIDDLE)
        edges = (ranked[high] or 0, ranked[middle] or 0) if count else (0, 0)
        cache.set(key, edges, _TRUE_FOR["run"])
    return edges


def is_margin_assumed(run: Run) -> bool:
    """Say whether some of the margins of this run rest on an assumed rate."""
    key = f"margin-assumed:{run.pk}"
    is_assumed: bool | None = cache.get(key)
    if is_assumed is None:
        is_assumed = Score.objects.filter(run=run, is_margin_assumed=True).exists()
        cache.set(key, is_assumed, _TRUE_FOR["run"])
    return is_assumed

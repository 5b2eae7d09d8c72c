"""What a selection holds: how many, worth how much together, and one page of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext

from stamgast.campaigns.advice import advice
from stamgast.customers.models import Customer
from stamgast.customers.queries import known
from stamgast.scoring.models import Run, Score, Stage
from stamgast.scoring.queries import scores
from stamgast.web.design.tags import called, day, in_words
from stamgast.web.marketer.selection import ORDERS, Selection, narrow
from stamgast.web.words import word_of

T = TypeVar("T")
PAGE: Final = 25
# The scores of a run never change, so what was counted once stays true. What staff change on
# screens is counted again after half a minute.
_TRUE_FOR: Final = {"run": 24 * 3600, "live": 30}
_HAVE_AN_INDEX: Final = frozenset({"value", "last", "silent"})
_KEPT: Final = 20 * PAGE
_SHARE_OF_HIGH, _SHARE_OF_MIDDLE = 0.1, 0.5


@dataclass(frozen=True)
class Figures:
    """How many customers a selection holds, and their expected margin of the coming year."""

    count: int
    margin_minor: int


@dataclass(frozen=True)
class Row:
    """One customer of the list in words; without a score when they came after the last scoring.

    Templates are slow at many small things, and this is done for every row.
    """

    customer: Customer
    score: Score | None
    advised: str = ""  # the code of the step that may be advised

    @property
    def name(self) -> str:
        """What to call them."""
        return called(self.customer)

    @property
    def place(self) -> str:
        """Where they live, or else by what we know them."""
        one = self.customer
        if one.city:
            return one.city
        return (one.email or one.key or "") if one.full_name else (one.email and one.key) or ""

    @property
    def stage(self) -> str:
        """The word for their stage."""
        return word_of("stage", self.score.stage) if self.score else ""

    @property
    def step(self) -> str:
        """The word for their next step."""
        return word_of("step", self.advised) if self.advised else ""

    @property
    def last_day(self) -> str:
        """The day of their last purchase, as short as it can be said."""
        return day(self.score.last_day, "short year") if self.score else ""

    @property
    def silence(self) -> str:
        """How long they are silent, against what is usual for them."""
        score = self.score
        if score is None or score.days_silent is None:
            return ""
        silent = in_words(score.days_silent)
        if not score.usual_interval or score.stage == Stage.NEW:
            return gettext("%(silent)s ago") % {"silent": silent}
        facts = {"silent": silent, "usual": in_words(score.usual_interval)}
        return gettext("%(silent)s silent, usually %(usual)s") % facts


@dataclass(frozen=True)
class Held:
    """A selection at one run and moment; `ids` are the customers that its search words found."""

    selection: Selection
    run: Run | None
    at: datetime
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
        kept = narrow(
            scores(self.run), self.selection, as_of=self.run.as_of, edges=edges, at=self.at
        )
        return kept if self.ids is None else kept.filter(customer__in=self.ids)

    def figures(self) -> Figures:
        """Count it and add up its margin; what search words alone found is only counted."""
        if self.ids is not None:
            return Figures(len(self.ids), 0) if self.needs_no_scores else self._counted()
        return cached(self._key("figures"), self._counted, is_live=self._is_live)

    def rows(self, *, order: str, page: int) -> list[Row]:
        """Return one page of customers, without who was merged or erased since the scoring.

        First the ids, which an index can give alone, then the rows: skipping far costs little.
        """
        start = (page - 1) * PAGE
        if self.needs_no_scores:
            return self._unscored(start)
        wanted = self._ranked(order, start)
        found = self._with_advice(Score.objects.select_related("customer")).in_bulk(wanted)
        there = (found[pk] for pk in wanted if pk in found)
        return [
            Row(score.customer, score, score.advice)
            for score in there
            if not (score.customer.merged_into_id or score.customer.erased_at)
        ]

    @property
    def _is_live(self) -> bool:
        return self.run is None or self.selection.is_live

    def _key(self, what: str) -> str:
        said = sha256(self.selection.query().encode()).hexdigest()
        return f"{what}:{self.run.pk if self.run else 0}:{said}"

    def _counted(self) -> Figures:
        if self.needs_no_scores:
            return Figures(known().count(), 0)
        kept = self.scores().select_related(None)
        sums = kept.aggregate(count=Count("pk"), margin=Sum("margin_365_minor"))
        return Figures(sums["count"], sums["margin"] or 0)

    def _ranked(self, order: str, start: int) -> list[int]:
        """Return the ids of one page of scores.

        No index gives some orders, so the first pages of those are worked out at once and kept.
        """
        ranked = self.scores().select_related(None).order_by(*ORDERS[order])
        ids = ranked.values_list("pk", flat=True)
        if order in _HAVE_AN_INDEX or self.ids is not None or start + PAGE > _KEPT:
            return list(ids[start : start + PAGE])
        is_live = self._is_live or order == "name"
        first = cached(self._key(f"ranked:{order}"), lambda: list(ids[:_KEPT]), is_live=is_live)
        return first[start : start + PAGE]

    def _unscored(self, start: int) -> list[Row]:
        """Return one page without asking the scores who belongs to it: the newest, or the found."""
        if self.ids is None:
            people = list(known().order_by("-pk")[start : start + PAGE])
        else:
            page = self.ids[start : start + PAGE]
            found = known().in_bulk(page)
            people = [found[pk] for pk in page if pk in found]
        mine = Score.objects.filter(run=self.run, customer__in=[one.pk for one in people])
        scored = {score.customer_id: score for score in self._with_advice(mine)}
        rows = ((one, scored.get(one.pk)) for one in people)
        return [Row(one, score, score.advice if score else "") for one, score in rows]

    def _with_advice(self, rows: QuerySet[Score]) -> QuerySet[Any]:
        return rows.annotate(advice=advice(self.at))


def cached(key: str, work_out: Callable[[], T], *, is_live: bool = False) -> T:
    """Return what was worked out before under this key, or work it out."""
    found: T | None = cache.get(key)
    if found is None:
        found = work_out()
        cache.set(key, found, _TRUE_FOR["live" if is_live else "run"])
    return found


def value_edges(run: Run) -> tuple[int, int]:
    """Return from which amount a customer is among the highest tenth, and in the upper half."""

    def work_out() -> tuple[int, int]:
        valued = Score.objects.filter(run=run, margin_365_minor__isnull=False)
        ranked = valued.order_by("-margin_365_minor").values_list("margin_365_minor", flat=True)
        count = valued.count()
        high, middle = int(count * _SHARE_OF_HIGH), int(count * _SHARE_OF_MIDDLE)
        return (ranked[high] or 0, ranked[middle] or 0) if count else (0, 0)

    return cached(f"value-edges:{run.pk}", work_out)


def is_margin_assumed(run: Run) -> bool:
    """Say whether some of the margins of this run rest on an assumed rate."""
    assumed = Score.objects.filter(run=run, is_margin_assumed=True)
    return cached(f"margin-assumed:{run.pk}", assumed.exists)

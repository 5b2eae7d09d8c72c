"""Everything that changes in this room: experiments, lots, treatments and costs.

Verdicts are written by `judging`, which reads the orders first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction

from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Customer
from stamgast.database.bulk import Pace, insert, select
from stamgast.events.actions import ask, tell
from stamgast.measurement import rules
from stamgast.measurement.errors import (
    AlreadyStanding,
    BadArms,
    BadExperiment,
    BeforeItBegan,
    ExperimentEnded,
    NeedsReason,
)
from stamgast.measurement.households import households_of
from stamgast.measurement.models import Arm, Cost, Experiment, Lot, Treatment
from stamgast.measurement.planning import usual_after_days
from stamgast.measurement.queries import in_standing_control, standing_control
from stamgast.measurement.rules import ArmPlan
from stamgast.staff.models import User
from stamgast.staff.queries import Who, actor, employee, shop

__all__ = [
    "ArmPlan",
    "book_cost",
    "draw_lots",
    "draw_standing",
    "end_experiment",
    "note_treatment",
    "open_experiment",
    "open_standing",
    "write_lots",
]

Plan = Mapping[str, Any] | None


def new_salt() -> str:
    """Name what decides who falls where by lot: nobody can tell before it is drawn."""
    return secrets.token_hex(16)


def open_experiment(
    *,
    kind: str,
    name: str,
    arms: Sequence[ArmPlan],
    window_days: int,
    at: datetime,
    key: str,
    after_days: int | None = None,
    subject: str = "",
    serves: str = "",
    pool: str = "",
    plan: Plan = None,
    is_ongoing: bool = False,
    rests_on_window: bool = False,
    by: Who = None,
) -> Experiment:
    """Begin an effort that will be judged; its arms and their shares are fixed from here on.

    Without `after_days` both arms are followed for three usual purchase intervals after the window.
    `is_ongoing` says that lots will be drawn on many days, as customers come along;
    `rests_on_window` that the window decides, and the time after it can only show what was borrowed.
    The same key with the same facts returns the experiment that is there; with others it is refused.
    Refuses no name, arms that leave no control group or nobody else, and a second standing control.
    """
    clean = rules.clean_arms(arms)
    window, after = rules.clean_days(window_days, after_days or usual_after_days())
    facts = {
        "kind": kind,
        "name": name.strip(),
        "subject": subject,
        "serves": serves,
        "pool": pool.strip(),
        "window_days": window,
        "is_ongoing": is_ongoing,
        "rests_on_window": rests_on_window,
    }
    if kind not in Experiment.Kind:
        raise BadExperiment(field="kind")
    for field, longest in (("name", 160), ("subject", 60), ("pool", 80)):
        if len(str(facts[field])) > longest or (field == "name" and not facts[field]):
            raise BadExperiment(field=field)
    try:
        with transaction.atomic():
            if row := Experiment.objects.filter(key=key).first():
                return _same(row, facts, clean)
            row = Experiment.objects.create(
                **facts,
                after_days=after,
                salt=new_salt(),
                currency=shop().currency,
                plan=dict(plan or {}),
                started_at=at,
                made_by=employee(by),
                key=key,
            )
            Arm.objects.bulk_create(
                Arm(experiment=row, position=n, code=a.code, share=a.share, is_control=a.is_control)
                for n, a in enumerate(clean)
            )
            tell("experiment_started", **_on(row, at=at, by=by, kind=kind))
    except IntegrityError:  # the same key, or a second standing control, arrived at once
        if same := Experiment.objects.filter(key=key).first():
            return _same(same, facts, clean)
        raise AlreadyStanding() from None
    return row


def end_experiment(experiment: Experiment, *, at: datetime, by: Who = None) -> Experiment:
    """Draw nobody new; who was drawn is followed to the end. Doing so again changes nothing."""
    with transaction.atomic():
        row = Experiment.objects.select_for_update().get(pk=experiment.pk)
        if row.ended_at is None:
            row.ended_at = at
            row.save(update_fields=["ended_at"])
            tell("experiment_ended", **_on(row, at=at, by=by))
    return row


# --- lots --------------------------------------------------------------------------------------


def draw_lots(
    experiment: Experiment, customers: Iterable[int], *, at: datetime, round: int = 1
) -> list[Lot]:
    """Let the lot say what these customers get; returns theirs, in the order given.

    A customer who has a lot keeps it, and so does a newcomer to a household that has one: the first
    assignment counts. Members of the standing control group get the control arm and are left out of
    the comparison. Erased and merged records get no lot. Refuses when the experiment has ended, and
    at a moment before it began.
    """
    wanted = list(dict.fromkeys(customers))
    write_lots(experiment, wanted, at=at, round=round)
    found: dict[int, Lot] = {}
    rows = Lot.objects.select_related("arm", "experiment")
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        for lot in rows.filter(experiment=experiment, customer__in=part):
            found[lot.customer_id] = lot
    return [found[one] for one in wanted if one in found]


def write_lots(
    experiment: Experiment, customers: Sequence[int], *, at: datetime, round: int = 1
) -> int:
    """Draw the lots that are not there yet, as `draw_lots` does; returns how many.

    A million take well under a minute: in portions that let other writers in, unless the caller
    holds a transaction.
    """
    if at < experiment.started_at:
        raise BeforeItBegan()
    homes = households_of(customers)
    drawn = _Draw(experiment, at=at, round=round)
    pace, written = Pace(2_000, most=_AT_ONCE), 0
    for part in pace.cut([one for one in customers if one in homes]):
        with pace.portion(len(part)):
            written += drawn.write({one: homes[one] for one in part})
    return written


def open_standing(
    share: float, *, name: str, at: datetime, key: str, by: Who = None, plan: Plan = None
) -> Experiment:
    """Begin a standing control group for a year: by lot so many customers get no effort at all.

    Its lots are drawn by the work loop, those of newcomers every night. What customers earned stays
    theirs. Refuses a share beyond a half and a second group; the same key is one group.
    """
    if not 0 < share <= 0.5:
        raise BadArms(why="share")
    with transaction.atomic():
        row = open_experiment(
            kind=Experiment.Kind.STANDING,
            name=name,
            arms=[ArmPlan("control", share, is_control=True), ArmPlan("others", 1 - share)],
            window_days=365,
            after_days=1,
            plan=plan,
            at=at,
            key=key,
            by=by,
        )
        ask("extend_standing", at=at, key=f"extend_standing:{row.pk}", by=actor(by))
    return row


def draw_standing(*, at: datetime) -> int:
    """Draw the lots of the customers who have none in the standing control group yet; how many."""
    experiment = standing_control()
    if experiment is None or at < experiment.started_at:
        return 0
    drawn = Lot.objects.filter(experiment=experiment).values("customer")
    newcomers = Customer.objects.filter(merged_into=None, erased_at=None).exclude(pk__in=drawn)
    return write_lots(
        experiment, list(newcomers.order_by("pk").values_list("pk", flat=True)), at=at
    )


_AT_ONCE = 5_000
_COLUMNS = (
    "customer_id",
    "unit",
    "arm_id",
    "probability",
    "is_standing",
    "is_crossing",
)  # of a lot; the others are the same for a whole draw


class _Draw:
    """One draw of lots for many customers of one experiment."""

    def __init__(self, experiment: Experiment, *, at: datetime, round: int) -> None:
        self.experiment, self.at, self.round = experiment, at, round
        self.arms = list(Arm.objects.filter(experiment=experiment).order_by("position"))
        self.shares = [float(arm.share) for arm in self.arms]
        self.day = at.astimezone(ZoneInfo(shop().zone)).date()
        self.is_standing = experiment.kind == Experiment.Kind.STANDING

    def write(self, homes: Mapping[int, list[int]]) -> int:
        """Write the lots that these customers do not have yet, one draw at a time per experiment."""
        row = Experiment.objects.select_for_update().get(pk=self.experiment.pk)
        if row.ended_at is not None:
            raise ExperimentEnded(experiment=row.pk)
        members = {member for home in homes.values() for member in home}
        first, arms = self._there(members)
        new = [one for one in homes if one not in arms]
        standing = set() if self.is_standing else in_standing_control(members, at=self.at)
        rows: dict[int, tuple[Any, ...]] = {}
        for one in new:
            home = homes[one]
            known = [first[member] for member in home if member in first]
            known += [(2**62, *rows[member]) for member in home if member in rows]
            if known:
                _, _, *values = min(known, key=lambda lot: lot[0])
                held = {arms.get(member) for member in home} - {None}
                rows[one] = (one, *values[:-1], len(held) > 1)
            else:
                rows[one] = (one, *self._lot(home, standing))
        insert(
            Lot,
            _COLUMNS,
            rows.values(),
            same={
                "experiment_id": row.pk,
                "round": self.round,
                "assigned_at": connection.ops.adapt_datetimefield_value(self.at),
                "day": self.day,
            },
        )
        return len(rows)

    def _there(self, members: Iterable[int]) -> tuple[dict[int, tuple[Any, ...]], dict[int, int]]:
        """Return the lots these customers have by now, each with its number in front, and their arms."""
        lots: dict[int, tuple[Any, ...]] = {}
        all_of = sorted(members)
        for start in range(0, len(all_of), _AT_ONCE):
            part = ", ".join(map(str, all_of[start : start + _AT_ONCE]))
            rows = select(
                f"SELECT id, {', '.join(_COLUMNS)} FROM stamgast_lot "  # noqa: S608 - names, numbers
                f"WHERE experiment_id = %s AND customer_id IN ({part})",
                [self.experiment.pk],
            )
            lots |= {row[1]: row for row in rows}
        return lots, {one: row[3] for one, row in lots.items()}

    def _lot(self, home: list[int], standing: set[int]) -> tuple[Any, ...]:
        """Return what the lot gives a household that has none yet."""
        unit = rules.unit_of(self.experiment.salt, home[0])
        if standing.intersection(home):
            control = next(arm for arm in self.arms if arm.is_control)
            return unit, control.pk, 1, True, False
        arm = self.arms[rules.arm_at(rules.place_of(self.experiment.salt, unit), self.shares)]
        return unit, arm.pk, arm.share, False, False


# --- what was given, what it cost --------------------------------------------------------------


def note_treatment(
    lot: Lot, *, at: datetime, by: Who = None, reason: str = "", key: str | None = None
) -> Treatment:
    """Write down that somebody got what an arm gives.

    What a colleague gives by hand, or what goes to somebody in the control group, needs a reason;
    the verdict counts everybody as the lot assigned them. The same key is written once.
    """
    is_by_hand = isinstance(by, User) or lot.arm.is_control
    reason = " ".join(reason.split())[:300]
    if is_by_hand and not reason:
        raise NeedsReason()
    with transaction.atomic():
        if key and (row := Treatment.objects.filter(key=key).first()):
            if row.lot_id != lot.pk:
                raise KeyReused(key=key)
            return row
        row = Treatment.objects.create(
            lot=lot, at=at, is_by_hand=is_by_hand, by=employee(by), reason=reason, key=key
        )
        if is_by_hand:
            about = {"experiment": lot.experiment_id, "customer": lot.customer_id}
            tell("treated_by_hand", at=at, actor=actor(by), subject="lot", subject_id=lot.pk,
                 facts=about)  # fmt: skip
    return row


def take_back_treatment(key: str) -> None:
    """Take back a treatment of this key that turned out not to have gone."""
    Treatment.objects.filter(key=key, is_by_hand=False).delete()


def book_cost(
    experiment: Experiment,
    arm: Arm | str,
    kind: str,
    amount_minor: int,
    *,
    key: str,
    at: datetime,
) -> Cost:
    """Book what an arm cost beside what its orders show; below zero takes earlier costs back.

    Discount and returns are in the orders already: do not book them. The same key with the same
    facts returns what is there; with others it is refused.
    """
    if kind not in Cost.Kind:
        raise BadExperiment(field="kind")
    code = arm.code if isinstance(arm, Arm) else arm
    of = Arm.objects.filter(experiment=experiment, code=code).first()
    if of is None:
        raise BadExperiment(field="arm")
    row, is_new = Cost.objects.get_or_create(
        key=key, defaults={"arm": of, "kind": kind, "amount_minor": amount_minor, "at": at}
    )
    if not is_new and (row.arm_id, row.kind, row.amount_minor) != (of.pk, kind, amount_minor):
        raise KeyReused(key=key)
    return row


def _same(row: Experiment, facts: Mapping[str, Any], arms: Sequence[ArmPlan]) -> Experiment:
    """Return the experiment of this key when it was told the same; refuses otherwise."""
    there = [
        ArmPlan(code, share, is_control)
        for code, share, is_control in row.arms.order_by("position").values_list(
            "code", "share", "is_control"
        )
    ]
    if there != list(arms) or any(getattr(row, name) != value for name, value in facts.items()):
        raise KeyReused(key=row.key)
    return row


def _on(row: Experiment, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about an experiment."""
    about = {"subject": "experiment", "subject_id": row.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **about}

"""Working a plan out: read, learn, ask who may, divide, and write down. In a process of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.models import Campaign, Code, Offer
from stamgast.database.exclusive import Taken, exclusive
from stamgast.kernel import minor_digits
from stamgast.measurement.for_whom import past_statements
from stamgast.measurement.households import households_of
from stamgast.measurement.judging import last_known
from stamgast.measurement.queries import in_standing_control
from stamgast.plans import rules
from stamgast.plans.actions.approving import made_of
from stamgast.plans.actions.telling import about, locked, tell
from stamgast.plans.errors import PlanBeingMade, PlanRuns
from stamgast.plans.models import Place, Plan, PlanChange, PlanOption
from stamgast.scoring.feed import Reading, scratch_folder
from stamgast.scoring.models import Score
from stamgast.scoring.queries import current_run
from stamgast.staff.queries import Who, shop
from stamgast.strategy.errors import GoalNotOpen
from stamgast.strategy.models import Goal

if TYPE_CHECKING:
    from stamgast.plans.dividing import Divided, Share
    from stamgast.plans.features import Known
    from stamgast.plans.responding import Cost, Response

Progress = Callable[[float, str], None]
_USUAL = 0.1  # chance of an order in 90 days, of who was never scored
_AT_ONCE = 5_000


def make_plan(plan: Plan, *, at: datetime, progress: Progress, by: Who = None) -> Plan:
    """Work a plan out as of now and keep it; what was there is replaced.

    Refuses one that runs or ran, one whose goal is not open, and while another plan is being made.
    """
    try:
        with exclusive("planning"):
            return _make(plan, at=at, progress=progress, by=by)
    except Taken:
        raise PlanBeingMade() from None


def _make(plan: Plan, *, at: datetime, progress: Progress, by: Who) -> Plan:
    row = Plan.objects.select_related("goal").get(pk=plan.pk)
    _may_be_made(row)
    changed_at = row.changed_at
    rests_on = made_of(row)
    options = list(row.options.select_related("campaign__goal"))
    day = last_known(at)
    folder = Path(tempfile.mkdtemp(dir=scratch_folder()))
    reading: Reading | None = None
    try:
        progress(0.05, "reading")
        from stamgast.insight import engine  # loads the engine
        from stamgast.plans.learning import learn_measures, lots_by_measure, measure_of

        who = _Who(row, options, at)
        if not who.ids or day is None:
            return _write(row, None, {"findings": _nobody(who, day)}, at, by, changed_at)
        campaigns = {option.pk: option.campaign for option in options}
        taught = lots_by_measure(measure_of(one) for one in campaigns.values())
        numbers = [one.pk for many in taught.values() for one in many] or [0]
        reading = Reading(folder, past_statements(numbers, day, folder))
        reading.wait()
        con = engine.connect(
            memory=settings.ENGINE_MEMORY, threads=settings.ENGINE_THREADS, scratch=folder
        )
        progress(0.3, "learning")
        responses = learn_measures(con, folder, campaigns, as_of=day)
        progress(0.6, "looking_at_customers")
        known = _known_now(con, folder, who.ids, day)
        progress(0.75, "dividing")
        worked = _Worked(row, options, who, responses, known)
        facts = {**worked.facts(day), "made_of": rests_on}
        progress(0.9, "writing")
        return _write(row, worked, facts, at, by, changed_at)
    finally:
        if reading is not None:
            reading.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _may_be_made(row: Plan) -> None:
    if row.status in (Plan.Status.RUNNING, Plan.Status.ENDED):
        raise PlanRuns()
    if row.goal.status != Goal.Status.OPEN:
        raise GoalNotOpen(status=row.goal.status)


def _nobody(who: _Who, day: date | None) -> list[dict[str, Any]]:
    code = "no_orders" if day is None else "nobody" if not who.found else "nobody_may"
    return [{"code": code, "is_blocking": True, "facts": {"customers": len(who.found)}}]


class _Who:
    """Whom the options may be given to: of a household one, of the standing control nobody."""

    def __init__(self, plan: Plan, options: list[PlanOption], at: datetime) -> None:
        import numpy as np

        self.options = options
        self.changes = list(plan.changes.filter(withdrawn_at=None).order_by("pk"))
        look = looking(at)
        self.found: set[int] = set()
        may: dict[int, set[int]] = {}
        for option in options:
            ids = members(option.campaign.audience, look)
            self.found.update(ids)
            may[option.pk] = set(eligible(option.campaign, ids, at).may)
        everybody = sorted(set().union(*may.values()) if may else set())
        standing = in_standing_control(everybody, at=at)
        self.homes = households_of(everybody)
        self.ids = [one for one in everybody if one not in standing and one in self.homes]
        self.may = np.array(
            [[one in may[option.pk] for option in options] for one in self.ids], dtype=bool
        ).reshape(len(self.ids), len(options))

    def by_group(self, known: Known) -> None:
        """Take out what was left out by hand, before anything is divided."""
        place = {one: row for row, one in enumerate(self.ids)}
        column = {option.pk: n for n, option in enumerate(self.options)}
        groups = {"stage": known.stage, "kind": known.kind}
        for change in self.changes:
            of = slice(None) if change.option_id is None else column[change.option_id]
            if change.kind == PlanChange.Kind.LEAVE_OUT_GROUP:
                rows = [n for n, one in enumerate(groups[change.dimension]) if one == change.group]
                self.may[rows, of] = False
            elif change.kind == PlanChange.Kind.LEAVE_OUT and change.customer_id in place:
                self.may[place[change.customer_id], of] = False

    def forced(self) -> Any:
        """Return the option that somebody gets by hand, -1 for none."""
        import numpy as np

        place = {one: row for row, one in enumerate(self.ids)}
        column = {option.pk: n for n, option in enumerate(self.options)}
        found = np.full(len(self.ids), -1)
        for change in self.changes:
            if change.kind == PlanChange.Kind.GIVE and change.customer_id in place:
                found[place[change.customer_id]] = column[change.option_id or 0]
        return found

    def one_per_household(self, values: Any, forced: Any) -> None:
        """Keep of each household whoever was named, else who gains most; the others get nothing."""
        best: dict[int, tuple[bool, float, int]] = {}
        for row, one in enumerate(self.ids):
            of = values[row][self.may[row]]
            rank = (bool(forced[row] >= 0), float(of.max()) if len(of) else float("-inf"), row)
            home = self.homes[one][0]
            if home not in best or rank[:2] > best[home][:2]:
                best[home] = rank
        kept = {row for _, _, row in best.values()}
        for row in range(len(self.ids)):
            if row not in kept:
                self.may[row] = False


def _known_now(con: Any, folder: Path, ids: list[int], day: date) -> Known:
    import ibis
    import pyarrow as pa

    from stamgast.measurement.before import known_before
    from stamgast.plans.features import known_of
    from stamgast.scoring.then import Then

    tomorrow = day + timedelta(days=1)
    then = Then.of(con, folder, before=tomorrow, currency=shop().currency)
    pairs = pa.table(
        {
            "pair": pa.array(range(len(ids)), pa.int64()),
            "customer_id": pa.array(ids, pa.int64()),
            "day": pa.array([tomorrow] * len(ids), pa.date32()),
        }
    )
    return known_of(known_before(then, ibis.memtable(pairs)))


class _Worked:
    """A plan worked out: values, what was divided, and what may be told of it."""

    def __init__(
        self,
        plan: Plan,
        options: list[PlanOption],
        who: _Who,
        responses: dict[int, Response],
        known: Known,
    ) -> None:
        import numpy as np

        from stamgast.plans.dividing import divide
        from stamgast.plans.learning import cost_of, measure_of
        from stamgast.plans.responding import gain

        self.plan, self.options, self.who, self.known = plan, options, who, known
        self.responses = responses
        self.unit = 10 ** minor_digits(shop().currency)
        self.costs: list[Cost] = [cost_of(option.campaign) for option in options]
        self.measures = [measure_of(option.campaign) for option in options]
        who.by_group(known)
        usual = _usual(who.ids)
        self.values = np.zeros((len(who.ids), len(options)))
        for n, option in enumerate(options):
            window = option.campaign.window_days / 90
            without, offered = responses[option.pk].chances(
                known.features, 1 - (1 - usual) ** window
            )
            self.values[:, n] = gain(without, offered, known.margin, self.costs[n])
        forced = who.forced()
        who.one_per_household(self.values, forced)
        self.shares = [
            self._share(option, cost) for option, cost in zip(options, self.costs, strict=True)
        ]
        self.forced = forced
        self.divided: Divided = divide(
            self.values,
            who.may,
            self.shares,
            plan.budget_minor / self.unit,
            exploration=float(plan.exploration),
            places=np.array([rules.place_of(plan.salt, one) for one in who.ids]),
            forced=forced,
        )

    def _share(self, option: PlanOption, cost: Cost) -> Share:
        from stamgast.plans.dividing import Share

        control = float(option.campaign.control_share)
        most = [option.most] if option.most is not None else []
        if (codes := _codes_free(option.campaign)) is not None:
            # As many customers as there are codes for, even if the lot is generous.
            fits = codes / (1 - control)
            most.append(int(max(0.0, fits - 3 * (fits * control) ** 0.5)))
        return Share(each=cost.each, control=control, most=min(most) if most else None)

    def places(self) -> list[Place]:
        """Return everybody who is to get something, or would have but for chance."""
        found = []
        chance = self.divided.chances
        for row, one in enumerate(self.who.ids):
            option, chosen = int(self.divided.option[row]), int(self.divided.chosen[row])
            if option < 0 and chosen < 0:
                continue
            found.append(
                Place(
                    plan=self.plan,
                    customer_id=one,
                    option=self.options[option] if option >= 0 else None,
                    chance=round(float(chance[row, option + 1]), 6),
                    is_explored=option != chosen,
                    is_by_hand=bool(self.forced[row] >= 0 and self.forced[row] == option),
                    gain_minor=round(float(self.values[row, option]) * self.unit)
                    if option >= 0
                    else 0,
                    stage=self.known.stage[row],
                    kind=self.known.kind[row],
                )
            )
        return found

    def facts(self, day: date) -> dict[str, Any]:
        """Return what a reader is told, amounts in minor units; nothing of one customer."""
        options = [self._option(n) for n in range(len(self.options))]
        plan = self.divided.plan
        forecast = rules.range_of((one["measure"], one["brings_minor"]) for one in options)
        customers = sum(one["customers"] for one in options)
        return {
            "as_of": day.isoformat(),
            "currency": shop().currency,
            "customers": len(self.who.ids),
            "nobody": len(self.who.ids) - customers,
            "places": customers,
            "options": options,
            "takes_minor": round(self.divided.costs * self.unit),
            "most_minor": sum(one["most_minor"] for one in options),
            "brings_minor": forecast,
            "bound_minor": round(plan.bound * self.unit),
            "value_minor": round(plan.value * self.unit),
            "gap": max(0.0, round(plan.gap, 9)),
            "price": round(plan.price, 4),
            "explored": round(self.divided.share, 4),
            "by_chance": int((self.divided.option != self.divided.chosen).sum()),
            **self._curve(),
            "findings": self._findings(customers),
        }

    def _option(self, n: int) -> dict[str, Any]:
        import numpy as np

        option, cost, response = self.options[n], self.costs[n], self.responses[self.options[n].pk]
        rows = np.flatnonzero(self.divided.option == n)
        kept = 1 - float(option.campaign.control_share)
        brings = float(self.values[rows, n].sum()) * kept
        # What is not known of an option is the same for all its customers, so it adds up.
        worth = abs(float((self.known.margin[rows] - cost.discount).sum()))
        reach = 1.96 * response.spread * kept * worth
        unit = self.unit
        gains = {
            name: [round(end * unit, 2) for end in (one.estimate, one.lower, one.upper)]
            for name, one in (response.gains or {}).items()
        }
        return {
            "option": option.pk,
            "campaign": option.campaign_id,
            "name": option.campaign.name,
            "measure": self.measures[n],
            "customers": len(rows),
            "may": int(self.who.may[:, n].sum()),
            "treated": round(len(rows) * kept),
            "control": round(len(rows) * (1 - kept)),
            "takes_minor": round(self.shares[n].takes * len(rows) * unit),
            "most_minor": round(cost.each * len(rows) * unit),
            "each_minor": round(cost.each * unit),
            "cap": self.shares[n].most,
            "by_hand": int(((self.forced == n) & (self.divided.option == n)).sum()),
            "by_chance": int((self.divided.chosen[rows] != n).sum()),
            "brings_minor": {
                "estimate": round(brings * unit),
                "low": round((brings - reach) * unit),
                "high": round((brings + reach) * unit),
            },
            "stages": dict(Counter(self.known.stage[row] for row in rows).most_common()),
            "kinds": dict(Counter(self.known.kind[row] for row in rows).most_common()),
            "response": {
                "basis": response.basis,
                "customers": response.customers,
                "treated": response.treated,
                "ordered": list(response.ordered),
                "uplift": {
                    "estimate": round(response.uplift.estimate, 5),
                    "low": round(response.uplift.lower, 5),
                    "high": round(response.uplift.upper, 5),
                },
                "gains": gains,
                "weakest": response.weakest,
            },
        }

    def _curve(self) -> dict[str, Any]:
        from stamgast.plans.dividing import curve

        budget, unit = self.plan.budget_minor, self.unit
        step = rules.next_step(budget, unit)
        amounts = sorted({*(budget * part for part in rules.CURVE), float(budget + step)})
        points = curve(self.values, self.who.may, self.shares, [one / unit for one in amounts])
        brings = {round(one.budget * unit): round(one.brings * unit) for one in points}
        at_budget = brings[round(float(budget))]
        return {
            "curve": [
                {"budget_minor": amount, "brings_minor": gain, "is_plan": amount == budget}
                for amount, gain in brings.items()
                if amount != budget + step or (budget + step) / budget in rules.CURVE
            ],
            "next": {"step_minor": step, "brings_minor": brings[budget + step] - at_budget},
        }

    def _findings(self, customers: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if not customers:
            found.append({"code": "nothing_pays", "is_blocking": True, "facts": {}})
        for n, option in enumerate(self.options):
            basis = self.responses[option.pk].basis
            if basis == "little":
                ordered = self.responses[option.pk].ordered
                facts = {"name": option.campaign.name, "ordered": min(ordered)}
                found.append({"code": "little_known", "is_blocking": False, "facts": facts})
            if not self.who.may[:, n].any():
                facts = {"name": option.campaign.name}
                found.append({"code": "option_for_nobody", "is_blocking": False, "facts": facts})
        return found


def _usual(ids: list[int]) -> Any:
    """Return the chance of an order within 90 days of each, as scoring expects it."""
    import numpy as np

    run = current_run()
    expected: dict[int, float] = {}
    for start in range(0, len(ids), _AT_ONCE):
        part = Score.objects.filter(
            run=run, customer__in=ids[start : start + _AT_ONCE], purchases_90__isnull=False
        )
        for one, purchases in part.values_list("customer_id", "purchases_90"):
            expected[one] = purchases or 0.0
    usual = -np.log1p(-_USUAL)
    return 1 - np.exp(-np.array([expected.get(one, usual) for one in ids], dtype=np.float64))


def _codes_free(campaign: Campaign) -> int | None:
    """Return for how many customers the loaded codes suffice; None where none are needed.

    A set of the programme makes a code for everybody.
    """
    fewest = None
    offers = list(campaign.offers.all())
    weight = sum(offer.share for offer in offers)
    for offer in offers:
        if offer.kind == Offer.Kind.DISCOUNT_CODE and offer.code_set_id is None:
            free = Code.objects.filter(list=offer.code_list_id, handed_at=None).count()
            reach = free * weight // offer.share
            fewest = reach if fewest is None else min(fewest, reach)
    return fewest


def _write(
    plan: Plan,
    worked: _Worked | None,
    facts: dict[str, Any],
    at: datetime,
    by: Who,
    changed_at: datetime,
) -> Plan:
    places = worked.places() if worked else []
    facts["digest"] = sha256(
        "\n".join(f"{one.customer_id}:{one.option_id}" for one in places).encode()
    ).hexdigest()
    with transaction.atomic():
        row = locked(plan)
        _may_be_made(row)
        if row.changed_at != changed_at:  # it was changed meanwhile: this is of no use
            raise PlanBeingMade()
        row.approvals.filter(withdrawn_at=None).update(withdrawn_at=at)
        Place.objects.filter(plan=row).delete()
        Place.objects.bulk_create(places, batch_size=2_000)
        row.facts, row.planned_at = facts, at
        row.status = Plan.Status.MADE
        row.save(update_fields=["facts", "planned_at", "status"])
        told = {"customers": len(places), "brings_minor": facts.get("brings_minor")}
        tell("plan_made", **about(row, at=at, by=by, **told))
    return row

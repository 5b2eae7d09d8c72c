"""What the models of purchases share: fitting on a base, and figures per customer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from .customer_base import CustomerBase
from .day_grain import open_ahead, while_open
from .errors import ValueRefusal
from .extras import Extras, Rows
from .fitting import Objective, Optimum, maximise
from .gamma_gamma import GammaGamma
from .model import FEWEST_CUSTOMERS, Model
from .season import factors, on_the_clock, season_names, spans
from .states import Floats, Ints, States, merged, sample_of, states_from_arrays

if TYPE_CHECKING:
    from .worth import Total


# Where times are searched, against the longest time watched. A thousand times as long as anybody
# was watched, only the ratio of shape to scale can be told, and a fit says so.
NARROWEST, WIDEST = 1e-5, 1e3


@dataclass(frozen=True)
class Ahead:
    """Purchases ahead of customers who are still there: mean, mean square, chance of none."""

    mean: Floats
    square: Floats
    none: Floats


class PurchaseModel(Model):
    """A model of when customers buy and when they stop; subclasses hold one paper each.

    `spend` is the model of the margin per purchase day (its settings; the one given is not
    changed), fitted on the same base as `spend_` when the orders have margins.

    `purchase_covariates` and `dropout_covariates` name columns of the base's covariates that act on
    buying and on leaving; their effects are the parameters purchase_<name> and dropout_<name>, on
    the logarithm, positive for buying more and for leaving sooner. `season` is "month" or
    "quarter": buying then has a pace per part of the year, told in `season_`. The Pareto/NBD cannot
    have one: its customers leave at any moment of the calendar, which must not be stretched.
    """

    scaled: ClassVar[tuple[str, ...]]
    """Parameters that are times, in the unit of the base."""
    leaving: ClassVar[tuple[int, int]]
    """Through which parameter (its place) covariates act on leaving, and in which direction."""
    can_have_season: ClassVar[bool]

    unit_: str
    until_: date | None
    fingerprint_: str
    grain_: float = 0.0
    spend_: GammaGamma | None
    spend_refusal_: ValueRefusal | None

    def __init__(
        self,
        spend: GammaGamma | None = None,
        purchase_covariates: Sequence[str] = (),
        dropout_covariates: Sequence[str] = (),
        season: str | None = None,
    ) -> None:
        self.spend = spend
        self.purchase_covariates = purchase_covariates
        self.dropout_covariates = dropout_covariates
        self.season = season

    @property
    def extras(self) -> Extras:
        """What the settings add to the plain model."""
        return Extras(
            tuple(self.purchase_covariates),
            tuple(self.dropout_covariates),
            self.season,
            self.leaving,
        )

    @abstractmethod
    def _objective(self, states: States) -> Objective:
        """Return log-likelihood and gradient as a function of the parameters."""

    @abstractmethod
    def _row_slopes(self, states: States, rows: Rows) -> tuple[float, Floats]:
        """Return log-likelihood and weighted slopes per row (see `extras.RowSlopes`)."""

    @abstractmethod
    def _starts(self, states: States) -> list[Sequence[float]]:
        """Return points to start the search from, the likeliest first."""

    @abstractmethod
    def _p_alive(self, states: States, parameters: Floats) -> Floats:
        """Return the probability per customer that purchases can still come."""

    @abstractmethod
    def _ahead(self, states: States, horizon: Floats, parameters: Floats) -> Ahead:
        """Return the purchases ahead of customers still there, for a horizon per customer."""

    def _scores_at_once(
        self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float
    ) -> tuple[Floats, Floats] | None:
        """Return P(alive) and expected purchases where there is a quicker way, else None."""
        return None

    @abstractmethod
    def _at_least(
        self, states: States, horizon: Floats, purchases: Ints, parameters: Floats
    ) -> Floats:
        """Return the chance of so many purchases ahead, per customer who is still there."""

    @abstractmethod
    def _simulate(
        self, states: States, horizon: Floats, parameters: Floats, generator: np.random.Generator
    ) -> Floats:
        """Return one random number of purchases ahead per customer who is still there."""

    def fit(self, base: CustomerBase) -> Self:
        """Fit on a customer base, and the spend model with it; refuse a base that cannot carry it.

        Refused with ValueRefusal: fewer than 20 customers, nobody who came back, no time passed
        since the first purchases, a covariate the base does not have or that never varies, and a
        season where less than a year is seen. Parameters that the data do not pin down are no
        refusal here: `identified_` is then false, and `predict` refuses unless `has_sound_figures`.
        """
        self.refuse_season()
        repeats = base.repeats_by_day() if self.season else None
        self._fit_counted(base.states(), repeats)
        self.until_ = base.until
        self.spend_, self.spend_refusal_ = None, None
        if base.has_amounts:
            settings = self.spend.get_params() if self.spend else {}
            try:
                self.spend_ = GammaGamma(**settings).fit(base)
            except ValueRefusal as refusal:
                self.spend_refusal_ = refusal
        return self

    def fit_states(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        unit: str,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> Self:
        """Fit on arrays: repeat purchases, time of the last, time watched; both since the first.

        `weight` says how many customers share the history; `unit` is that of t_x and T. Refused as
        in `fit`, impossible histories, and a model with a season: it needs the calendar of a base.
        """
        self.refuse_season()
        states = states_from_arrays(x, t_x, T, weight, unit=unit, covariates=covariates)
        if self.season:
            spans(states)
        self._fit_counted(merged(states), None)
        self.until_, self.spend_, self.spend_refusal_ = None, None, None
        return self

    def refuse_season(self) -> None:
        """Refuse a season where the model cannot have one, and one that is not known."""
        if self.season is not None and not self.can_have_season:
            raise ValueRefusal(
                "season_unsupported",
                "customers leave at any moment here; a season's clock would stretch leaving too",
                model=type(self).__name__,
            )
        season_names(self.season)

    def _fit_counted(self, states: States, repeats: Mapping[int, float] | None) -> None:
        _refuse_thin(states)
        self.extras.refuse_missing(tuple(states.covariates))
        self.unit_, self.fingerprint_ = states.unit, states.fingerprint()
        self.grain_ = states.grain
        if self.season is None:
            states = while_open(states)
        longest = float(states.T.max())
        ranges = dict.fromkeys(self.scaled, (NARROWEST * longest, WIDEST * longest))
        few = sample_of(states)
        optimum = maximise(
            self._objective(states),
            self.names,
            self._starts(states),
            states.customers,
            ranges=ranges,
            rough=None if few is None else (self._objective(few), few.customers),
        )
        if self.extras:
            optimum = self._with_extras(states, optimum, ranges, repeats)
        self._learn(optimum, states.customers)

    def _with_extras(
        self,
        states: States,
        plain: Optimum,
        ranges: Mapping[str, tuple[float, float]],
        repeats: Mapping[int, float] | None,
    ) -> Optimum:
        """Return the optimum with covariates and season, begun at that of the plain model."""
        extras = self.extras
        states, moments = extras.centred(states)
        start = [*plain.values.tolist(), *([0.0] * len(extras.names))]
        optimum = maximise(
            extras.objective(states, self._row_slopes, repeats),
            (*self.names, *extras.names),
            [start],
            states.customers,
            free=extras.names,
            ranges=ranges,
        )
        return extras.uncentred(optimum, moments)

    @property
    def season_(self) -> dict[int, float] | None:
        """The pace of buying per month or quarter (1, 2 ...), one on average; None without."""
        if self.season is None:
            return None
        pace = factors(self.season, self.extras.season_logs(self._values()))
        return dict(enumerate(pace.tolist(), 1))

    def p_alive(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        *,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> Floats:
        """Return the probability that each customer is still there, times in the unit fitted in."""
        return self.alive(self._as_fitted(x, t_x, T, covariates), self._values())

    def expected_purchases(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        horizon: ArrayLike,
        *,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> Floats:
        """Return expected purchases in the horizon ahead (one, or one per customer), in the unit.

        A customer who has just made the first purchase is x = 0, t_x = 0, T = 0. Times are whole
        days when the model was fitted on a base of days, else moments. Refused: a
        negative or infinite horizon, and a model with a season: it needs the calendar of a base.
        """
        return self.expectations(x, t_x, T, horizon, covariates=covariates)[1]

    def expectations(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        horizon: ArrayLike,
        *,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> tuple[Floats, Floats]:
        """Return P(alive) and expected purchases at once: less work than one after the other.

        Arguments and refusals as in `expected_purchases`.
        """
        horizons = _checked_horizon(horizon)
        if horizons.ndim:
            x, t_x, T, horizons = np.broadcast_arrays(x, t_x, T, horizons)
        elif not self.extras and covariates is None:
            self._need_fit()
            found_at_once = self._scores_at_once(x, t_x, T, float(horizons))
            if found_at_once is not None:
                return found_at_once
        states = self._as_fitted(x, t_x, T, covariates)
        alive = self.alive(states, self._values())
        found, place = self._ahead_of_pairs(states, horizons, self._values())
        return alive, alive * (found.mean if place is None else found.mean[place])

    def chance_of_at_least(
        self,
        purchases: ArrayLike,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        horizon: ArrayLike,
        *,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> Floats:
        """Return the chance that each customer buys at least so many times in the horizon ahead.

        This is the predictive distribution of one customer's purchases, at the parameters found:
        of exactly n it is the chance of at least n less that of at least n + 1. `purchases` and
        `horizon` are one for all or one per customer, as the other arguments are, and the answer
        is one per customer; times are in the unit fitted in. Formulas: `purchase_counts`.

        Refused with ValueRefusal, as in `expected_purchases`, and purchases that are no whole
        numbers of at least 0.
        """
        wanted = np.asarray(purchases, dtype=np.float64)
        if not ((wanted >= 0) & (wanted == np.floor(wanted)) & np.isfinite(wanted)).all():
            raise ValueRefusal("bad_purchases", "purchases are whole numbers of at least 0")
        horizons = _checked_horizon(horizon)
        x, t_x, T, wanted, horizons = np.broadcast_arrays(x, t_x, T, wanted, horizons)
        states = self._as_fitted(x, t_x, T, covariates)
        wanted, horizons = np.atleast_1d(wanted, horizons)
        return self.at_least(states, horizons, wanted.astype(np.int64), self._values())

    def at_least(
        self, states: States, horizon: Floats, purchases: Ints, parameters: Floats
    ) -> Floats:
        """Return the chance of at least so many purchases, at these parameters."""
        timed, horizon = self._timed(states, horizon, parameters)
        every = self._open(timed, horizon, states, parameters)
        found = self._at_least(timed, every, purchases, parameters)
        return np.where(purchases > 0, self.alive(states, parameters) * found, 1.0)

    def alive(self, states: States, parameters: Floats) -> Floats:
        """Return the probability that each customer is still there, at these parameters."""
        if self.season is not None:
            logs = self.extras.season_logs(parameters)
            return self._p_alive(on_the_clock(states, self.season, logs).states, parameters)
        return self._p_alive(while_open(states), parameters)

    def ahead(self, states: States, horizon: Floats, parameters: Floats) -> Ahead:
        """Return the purchases ahead of those still there, each distinct (x, T) worked out once."""
        found, place = self._ahead_of_pairs(states, horizon, parameters)
        if place is None:
            return found
        return Ahead(found.mean[place], found.square[place], found.none[place])

    def _ahead_of_pairs(
        self, states: States, horizon: Floats, parameters: Floats
    ) -> tuple[Ahead, Ints | None]:
        """Return the purchases ahead per distinct (x, T) and the place of each; None: per row."""
        timed, horizon = self._timed(states, horizon, parameters)
        if horizon.ndim or self.extras.covariates or len(states.x) < 2:
            every = self._open(timed, horizon, states, parameters)
            return self._ahead(timed, every, parameters), None
        x, T, place = timed.pairs()
        few = States(x, np.zeros(len(x)), T, np.ones(len(x)), states.unit)
        return self._ahead(few, self._open(few, horizon, states, parameters), parameters), place

    def simulate(
        self, states: States, horizon: Floats, parameters: Floats, generator: np.random.Generator
    ) -> Floats:
        """Return one random number of purchases ahead per customer who is still there."""
        timed, horizon = self._timed(states, horizon, parameters)
        every = self._open(timed, horizon, states, parameters)
        return self._simulate(timed, every, parameters, generator)

    def _timed(self, states: States, horizon: Floats, parameters: Floats) -> tuple[States, Floats]:
        """Return states and horizon in the time the model was fitted in."""
        if self.season is None:
            return while_open(states), horizon
        logs = self.extras.season_logs(parameters)
        timed = on_the_clock(states, self.season, logs, float(np.max(horizon, initial=0.0)))
        return timed.states, timed.clock.elapsed(timed.until, horizon, states.unit)

    def _open(self, timed: States, horizon: Floats, states: States, parameters: Floats) -> Floats:
        """Return per customer how much of the horizon is open to purchases."""
        if self.season is not None or not states.grain:
            return np.broadcast_to(horizon, timed.x.shape)
        r, alpha, *_ = self.extras.rows(timed, parameters)
        return open_ahead(horizon, (r + timed.x) / (alpha + timed.T), states.grain)

    def _as_fitted(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        covariates: Mapping[str, ArrayLike] | None,
    ) -> States:
        self._need_fit()
        given = covariates or {}
        self.extras.refuse_missing(tuple(given))
        x, t_x, T, *columns = np.broadcast_arrays(x, t_x, T, *given.values())
        extra = dict(zip(given, columns, strict=True))
        states = states_from_arrays(x, t_x, T, unit=self.unit_, covariates=extra)
        if self.season:
            spans(states)
        return replace(states, grain=self.grain_)

    def predict(
        self,
        base: CustomerBase,
        horizon: float = 90,
        *,
        discount_per_year: float = 0.10,
        level: float = 0.9,
        intervals: bool = True,
        allow_not_identified: bool = False,
    ) -> Any:
        """Return one pyarrow table, a row per customer ordered by customer_id.

        Columns: customer_id; p_alive; expected_purchases (purchase days in the horizon);
        expected_margin (of a purchase day); value, expected margin in the horizon discounted to
        the cut-off; lower and upper, between which the margin itself will lie with probability
        `level`. `horizon` is in the unit of the base. The last four are empty without margins;
        lower and upper also with `intervals` off, which takes a fraction of the time.

        Refused: a base in another unit, a model that is not fitted, and one that is not identified
        in a way that touches its figures (`has_sound_figures`), unless allowed: then without
        intervals.
        """
        from .worth import predict

        self.refuse_unfit_for(base, allow_not_identified)
        return predict(
            self,
            base,
            _checked_horizon(horizon),
            discount_per_year=discount_per_year,
            level=level,
            intervals=intervals and self.is_identified_throughout,
        )

    def total(
        self,
        base: CustomerBase,
        horizon: float = 365,
        *,
        customers: Any = None,
        discount_per_year: float = 0.10,
        level: float = 0.9,
        draws: int = 400,
        seed: int = 0,
    ) -> Total:
        """Return what a group will bring together: purchases and margin, each with an interval.

        `customers` are ids (a list, or a table with customer_id), all of the base when left out.
        The interval holds both what the parameters may be and what chance does to each customer.
        """
        from .worth import total

        self.refuse_unfit_for(base, allow_not_identified=False)
        generator = np.random.default_rng(seed)
        return total(
            self,
            base.fetch(customers),
            base,
            _checked_horizon(horizon),
            discount_per_year=discount_per_year,
            level=level,
            draws=draws,
            generator=generator,
        )

    @property
    def has_sound_figures(self) -> bool:
        """Whether figures may be told; with covariates only those of a model that is identified.

        A covariate that parts who came back from who did not drives its own effect, and with it the
        other parameters, without end: then also the figures mean nothing.
        """
        return super().has_sound_figures and (self.identified_ or not self.extras.covariates)

    @property
    def is_identified_throughout(self) -> bool:
        """Whether figures of purchases and, if there is a model of it, of spend may be told."""
        return self.has_sound_figures and (self.spend_ is None or self.spend_.has_sound_figures)

    def refuse_unfit_for(self, base: CustomerBase, allow_not_identified: bool) -> None:
        """Refuse to apply this model to a base it does not fit."""
        self._need_fit()
        if base.unit != self.unit_:
            raise ValueRefusal(
                "unit_differs",
                f"the model is fitted per {self.unit_}, the base is counted per {base.unit}",
                model=self.unit_,
                base=base.unit,
            )
        self.extras.refuse_missing(base.covariates)
        for part, model in (("purchases", self), ("spend", self.spend_)):
            if model is not None and not (model.has_sound_figures or allow_not_identified):
                raise ValueRefusal(
                    "not_identified",
                    f"the model of {part} is not pinned down by the data: {model.reason_}",
                    part=part,
                    reason=model.reason_.code if model.reason_ else "",
                )

    def _facts(self) -> dict[str, Any]:
        refusal = self.spend_refusal_
        return {
            "unit": self.unit_,
            "until": self.until_.isoformat() if self.until_ else None,
            "fingerprint": self.fingerprint_,
            "grain": self.grain_,
            "spend": self.spend_._as_dict() if self.spend_ else None,
            "spend_setting": self.spend.get_params() if self.spend else None,
            "spend_refusal": [refusal.code, str(refusal), refusal.facts] if refusal else None,
        }

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        self.unit_, self.fingerprint_ = facts["unit"], facts["fingerprint"]
        self.grain_ = facts.get("grain", 0.0)
        self.until_ = date.fromisoformat(facts["until"]) if facts["until"] else None
        self.spend_ = GammaGamma._from_dict(facts["spend"]) if facts["spend"] else None
        self.spend = GammaGamma(**facts["spend_setting"]) if facts["spend_setting"] else None
        refusal = facts["spend_refusal"]
        self.spend_refusal_ = None
        if refusal:
            code, message, told = refusal
            explanation = message.removeprefix(f"{code}: ")
            self.spend_refusal_ = ValueRefusal(code, explanation, **told)


def _refuse_thin(states: States) -> None:
    """Refuse a base from which nothing can be learnt about coming back."""
    customers = states.customers
    if customers < FEWEST_CUSTOMERS:
        message = f"{customers:g} customers; at least {FEWEST_CUSTOMERS} needed"
        raise ValueRefusal(
            "too_few_customers", message, customers=customers, needed=FEWEST_CUSTOMERS
        )
    if not states.weight[states.T > 0].sum():
        raise ValueRefusal("no_time_has_passed", "every first purchase is on the cut-off day")
    if not states.weight[states.x > 0].sum():
        raise ValueRefusal("nobody_came_back", "no customer bought on a second day")


def _checked_horizon(horizon: ArrayLike) -> Floats:
    ahead = np.asarray(horizon, dtype=np.float64)
    if not np.isfinite(ahead).all() or (ahead < 0).any():
        raise ValueRefusal("bad_horizon", "a horizon is a finite number of at least 0")
    return ahead

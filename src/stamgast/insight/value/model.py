"""What every customer-base model has in common: settings, fitted facts, and keeping them.

A model's constructor stores its settings and nothing else, `fit` returns the model itself, and what
was learnt carries a trailing underscore: the conventions of scikit-learn, without depending on it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from .errors import NotIdentified, ValueRefusal
from .fitting import Optimum
from .states import Floats

FORMAT = "stamgast.value/1"
FEWEST_CUSTOMERS = 20
HARDLY_VARIES = 100.0  # a gamma distribution of this shape spreads 10% of its mean


class Model:
    """Settings by name, results of a fit, and both as JSON. Fitted models are never pickled.

    After `fit`: `params_` and `standard_errors_` by name, `covariance_` of the parameters in the
    order of `params_` (None where the likelihood is flat), `loglik_`, `gradient_norm_` (slope left
    per customer), `converged_`, `identified_` and, when it is false, the reason in `reason_`.
    """

    names: ClassVar[tuple[str, ...]]
    shapes: ClassVar[tuple[str, ...]]
    """Parameters that say how alike customers are: the larger, the more."""

    params_: dict[str, float]
    standard_errors_: dict[str, float]
    covariance_: Floats | None
    loglik_: float
    gradient_norm_: float
    converged_: bool
    identified_: bool
    reason_: NotIdentified | None
    customers_: float
    _search_covariance: Floats | None
    _is_log: tuple[bool, ...]

    @classmethod
    def _setting_names(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name; with `deep`, those of models inside as name__setting."""
        settings: dict[str, Any] = {}
        for name in self._setting_names():
            value = settings[name] = getattr(self, name)
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                inner = value.get_params(deep=True)
                settings.update({f"{name}__{key}": entry for key, entry in inner.items()})
        return settings

    def set_params(self, **settings: Any) -> Self:
        """Change settings by name (name__setting for a model inside); refuse an unknown name."""
        known = self._setting_names()
        for name, value in settings.items():
            outer, _, inner = name.partition("__")
            if outer not in known:
                message = f"{type(self).__name__} has no setting {outer!r}; it has {known}"
                raise ValueRefusal("unknown_setting", message, setting=outer)
            if inner:
                getattr(self, outer).set_params(**{inner: value})
            else:
                setattr(self, outer, value)
        return self

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in self.get_params(deep=False).items())
        return f"{type(self).__name__}({settings})"

    @property
    def is_fitted(self) -> bool:
        return hasattr(self, "params_")

    @property
    def has_sound_figures(self) -> bool:
        """Whether figures may be told: identified, or open only in how very alike customers are.

        When customers hardly differ, one large shape fits as well as a larger one. The parameters
        are then not identified, but every figure is, and so is how sure it is. Not so at the lower
        edge: that nobody ever leaves, say, is more than data can tell.
        """
        self._need_fit()
        if self.reason_ is None:
            return self.identified_
        is_open = self.reason_.code in ("at_boundary", "flat_likelihood")
        if not is_open or self._search_covariance is None:
            return False
        is_vast = any(self.params_[name] > HARDLY_VARIES for name in self.shapes)
        return is_vast and self.reason_.facts.get("edge") != "lower"

    def _need_fit(self) -> None:
        if not self.is_fitted:
            raise ValueRefusal("not_fitted", f"call fit on this {type(self).__name__} first")

    def _learn(self, optimum: Optimum, customers: float) -> None:
        natural = optimum.natural_covariance()
        self.params_ = dict(zip(optimum.names, optimum.values.tolist(), strict=True))
        self.covariance_ = natural
        self._search_covariance, self._is_log = optimum.covariance, optimum.is_log
        self.standard_errors_ = _errors(optimum.names, natural)
        self.loglik_ = optimum.loglik
        self.gradient_norm_ = optimum.gradient_norm
        self.converged_ = optimum.has_converged
        self.reason_ = optimum.not_identified
        self.identified_ = optimum.not_identified is None
        self.customers_ = customers

    def _values(self) -> Floats:
        self._need_fit()
        return np.array(list(self.params_.values()))

    def draw_parameters(self, draws: int, generator: np.random.Generator) -> Floats:
        """Return draws of the parameters from the Laplace approximation, one row per draw.

        Drawn on the logarithms, so that every draw is a possible parameter. Refused when the
        likelihood does not pin the parameters down.
        """
        centre, root = self._searched()
        steps = generator.standard_normal((draws, len(centre))) @ root.T
        return self._outward(centre + steps)

    def nudges(self) -> list[Floats]:
        """Return parameters moved by one standard error along each independent direction.

        For a figure f(parameters) the sum of squares of its changes is its variance (delta method).
        """
        centre, root = self._searched()
        return [self._outward(centre + root[:, i]) for i in range(len(centre))]

    def _searched(self) -> tuple[Floats, Floats]:
        """Return the parameters as searched (logarithms) and a root of their covariance."""
        values = self._values()
        if self._search_covariance is None:
            raise ValueRefusal("not_identified", "the likelihood gives no covariance to draw from")
        is_log = np.array(self._is_log)
        centre = np.where(is_log, np.log(np.where(is_log, values, 1.0)), values)
        spreads, directions = np.linalg.eigh(self._search_covariance)
        root = directions * np.sqrt(np.maximum(spreads, 0.0))
        return np.asarray(centre, dtype=np.float64), np.asarray(root, dtype=np.float64)

    def _outward(self, searched: Floats) -> Floats:
        is_log = np.array(self._is_log)
        return np.where(is_log, np.exp(np.where(is_log, searched, 0.0)), searched)

    def _facts(self) -> dict[str, Any]:
        """Return what a subclass keeps beside the common results."""
        return {}

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        """Set what `_facts` returned."""

    def to_json(self) -> str:
        """Return settings and results of the fit as JSON; refuse a model that is not fitted."""
        return json.dumps(self._as_dict(), allow_nan=False, sort_keys=True)

    def _as_dict(self) -> dict[str, Any]:
        self._need_fit()
        settings = {k: v for k, v in self.get_params(deep=False).items() if not _is_model(v)}
        searched = self._search_covariance
        reason = self.reason_
        return {
            "format": FORMAT,
            "model": type(self).__name__,
            "settings": settings,
            "params": list(self.params_.items()),
            "searched_covariance": None if searched is None else searched.tolist(),
            "is_log": list(self._is_log),
            "loglik": self.loglik_,
            "gradient_norm": self.gradient_norm_,
            "converged": self.converged_,
            "reason": None if reason is None else {"code": reason.code, "facts": reason.facts},
            "customers": self.customers_,
            "facts": self._facts(),
        }

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` kept; refuse another model, format or damaged text."""
        try:
            kept = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueRefusal("unreadable", "this is not the JSON of a model") from error
        return cls._from_dict(kept)

    @classmethod
    def _from_dict(cls, kept: Mapping[str, Any]) -> Self:
        if not isinstance(kept, Mapping) or kept.get("format") != FORMAT:
            raise ValueRefusal("unreadable", f"this is not a model in format {FORMAT}")
        if kept["model"] != cls.__name__:
            message = f"this is a {kept['model']}, not a {cls.__name__}"
            raise ValueRefusal("another_model", message, model=kept["model"])
        model = cls(**kept["settings"])
        searched, reason = kept["searched_covariance"], kept["reason"]
        model._learn(
            Optimum(
                tuple(name for name, _ in kept["params"]),
                np.array([value for _, value in kept["params"]]),
                tuple(kept["is_log"]),
                None if searched is None else np.array(searched),
                kept["loglik"],
                kept["gradient_norm"],
                kept["converged"],
                None if reason is None else NotIdentified(reason["code"], reason["facts"]),
            ),
            kept["customers"],
        )
        model._take_facts(kept["facts"])
        return model


def _is_model(value: object) -> bool:
    return isinstance(value, Model)


def _errors(names: tuple[str, ...], covariance: Floats | None) -> dict[str, float]:
    if covariance is None:
        return dict.fromkeys(names, float("nan"))
    errors = np.sqrt(np.diag(covariance))
    # At the edge of what is searched there is no error to tell.
    return dict(zip(names, np.where(errors > 0, errors, np.nan).tolist(), strict=True))

"""Customer-base models: who is still there, how often they will buy, and what they are worth.

One paper, one file. Names are loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bdw import BetaDiscreteWeibull as BetaDiscreteWeibull
    from .bg_bb import BGBB as BGBB
    from .bg_nbd import BGNBD as BGNBD
    from .choice import Choice as Choice
    from .choice import fit_best as fit_best
    from .cohort_total import CohortTotal as CohortTotal
    from .contracts import Durations as Durations
    from .customer_base import CustomerBase as CustomerBase
    from .discrete_hazard import DiscreteHazard as DiscreteHazard
    from .errors import NotIdentified as NotIdentified
    from .errors import ValueRefusal as ValueRefusal
    from .gamma_gamma import GammaGamma as GammaGamma
    from .holdout import HoldoutReport as HoldoutReport
    from .holdout import holdout_report as holdout_report
    from .kaplan_meier import KaplanMeier as KaplanMeier
    from .mbg_nbd import MBGNBD as MBGNBD
    from .pareto_nbd import ParetoNBD as ParetoNBD
    from .sbg import ShiftedBetaGeometric as ShiftedBetaGeometric
    from .worth import Total as Total

_HOMES = {
    "BGBB": "bg_bb",
    "BGNBD": "bg_nbd",
    "BetaDiscreteWeibull": "bdw",
    "Choice": "choice",
    "CohortTotal": "cohort_total",
    "CustomerBase": "customer_base",
    "DiscreteHazard": "discrete_hazard",
    "Durations": "contracts",
    "GammaGamma": "gamma_gamma",
    "HoldoutReport": "holdout",
    "KaplanMeier": "kaplan_meier",
    "MBGNBD": "mbg_nbd",
    "NotIdentified": "errors",
    "ParetoNBD": "pareto_nbd",
    "ShiftedBetaGeometric": "sbg",
    "Total": "worth",
    "ValueRefusal": "errors",
    "fit_best": "choice",
    "holdout_report": "holdout",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

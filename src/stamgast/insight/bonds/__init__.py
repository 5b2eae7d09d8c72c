"""Why customers stay: five bonds with their uncertainty, and whether staying is loyalty.

    seen = collect(from_orders(orders, as_of=day), from_answers(answers, as_of=day))
    bonds = posteriors(seen, customers=customers, as_of=day)
    kinds = loyalty(bonds, behaviour, as_of=day)

Names are loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import BEHAVIOUR as BEHAVIOUR
    from .contract import BONDS as BONDS
    from .contract import EVIDENCE as EVIDENCE
    from .contract import OUTCOMES as OUTCOMES
    from .contract import POSTERIORS as POSTERIORS
    from .indicators import INDICATORS as INDICATORS
    from .indicators import Indicator as Indicator
    from .loyalty import KINDS as KINDS
    from .loyalty import SUBTYPES as SUBTYPES
    from .loyalty import loyalty as loyalty
    from .loyalty import usual_need as usual_need
    from .posterior import posteriors as posteriors
    from .priors import PRIORS as PRIORS
    from .priors import Priors as Priors
    from .recommendation import Recommendation as Recommendation

_HOMES = {
    "BEHAVIOUR": "contract",
    "BONDS": "contract",
    "EVIDENCE": "contract",
    "INDICATORS": "indicators",
    "Indicator": "indicators",
    "KINDS": "loyalty",
    "OUTCOMES": "contract",
    "POSTERIORS": "contract",
    "PRIORS": "priors",
    "Priors": "priors",
    "Recommendation": "recommendation",
    "SUBTYPES": "loyalty",
    "loyalty": "loyalty",
    "posteriors": "posterior",
    "usual_need": "loyalty",
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

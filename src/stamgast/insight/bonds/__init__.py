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
    from .measures import MEASURES as MEASURES
    from .measures import Advice as Advice
    from .measures import advice as advice
    from .nps import Needed as Needed
    from .nps import NetPromoterScore as NetPromoterScore
    from .nps import answers_for_score as answers_for_score
    from .nps import answers_for_share as answers_for_share
    from .nps import answers_needed as answers_needed
    from .nps import measured_score as measured_score
    from .nps import net_promoter_score as net_promoter_score
    from .outcomes import later_answers as later_answers
    from .outcomes import later_outcomes as later_outcomes
    from .outcomes import later_referrals as later_referrals
    from .outcomes import left_when_ended as left_when_ended
    from .posterior import posteriors as posteriors
    from .priors import PRIORS as PRIORS
    from .priors import Priors as Priors
    from .reasons import evidence_lines as evidence_lines
    from .recommendation import Recommendation as Recommendation
    from .recommendation import fit_recommendation as fit_recommendation
    from .segment_means import fit_priors as fit_priors
    from .sources.answers import ANSWERS as ANSWERS
    from .sources.answers import SCALES as SCALES
    from .sources.answers import Scale as Scale
    from .sources.answers import from_answers as from_answers
    from .sources.contracts import CONTRACTS as CONTRACTS
    from .sources.contracts import from_contracts as from_contracts
    from .sources.customers import PEOPLE as PEOPLE
    from .sources.customers import from_customers as from_customers
    from .sources.interactions import INTERACTIONS as INTERACTIONS
    from .sources.interactions import from_interactions as from_interactions
    from .sources.lines import LINES as LINES
    from .sources.lines import PRODUCTS as PRODUCTS
    from .sources.lines import from_lines as from_lines
    from .sources.orders import from_orders as from_orders
    from .sources.rows import collect as collect
    from .summary import endings as endings
    from .summary import kinds as kinds
    from .summary import knowledge as knowledge
    from .summary import matrix as matrix
    from .two_axes import KINDS as KINDS
    from .two_axes import SUBTYPES as SUBTYPES
    from .two_axes import loyalty as loyalty
    from .two_axes import usual_need as usual_need
    from .weights import FittedWeights as FittedWeights
    from .weights import Weight as Weight
    from .weights import fit_weights as fit_weights

_HOMES = {
    "ANSWERS": "sources.answers",
    "Advice": "measures",
    "BEHAVIOUR": "contract",
    "BONDS": "contract",
    "CONTRACTS": "sources.contracts",
    "EVIDENCE": "contract",
    "FittedWeights": "weights",
    "INDICATORS": "indicators",
    "INTERACTIONS": "sources.interactions",
    "Indicator": "indicators",
    "KINDS": "two_axes",
    "LINES": "sources.lines",
    "MEASURES": "measures",
    "Needed": "nps",
    "NetPromoterScore": "nps",
    "OUTCOMES": "contract",
    "PEOPLE": "sources.customers",
    "POSTERIORS": "contract",
    "PRIORS": "priors",
    "PRODUCTS": "sources.lines",
    "Priors": "priors",
    "Recommendation": "recommendation",
    "SCALES": "sources.answers",
    "SUBTYPES": "two_axes",
    "Scale": "sources.answers",
    "Weight": "weights",
    "advice": "measures",
    "answers_for_score": "nps",
    "answers_for_share": "nps",
    "answers_needed": "nps",
    "collect": "sources.rows",
    "endings": "summary",
    "evidence_lines": "reasons",
    "fit_priors": "segment_means",
    "fit_recommendation": "recommendation",
    "fit_weights": "weights",
    "from_answers": "sources.answers",
    "from_contracts": "sources.contracts",
    "from_customers": "sources.customers",
    "from_interactions": "sources.interactions",
    "from_lines": "sources.lines",
    "from_orders": "sources.orders",
    "kinds": "summary",
    "knowledge": "summary",
    "later_answers": "outcomes",
    "later_outcomes": "outcomes",
    "later_referrals": "outcomes",
    "left_when_ended": "outcomes",
    "loyalty": "two_axes",
    "matrix": "summary",
    "measured_score": "nps",
    "net_promoter_score": "nps",
    "posteriors": "posterior",
    "usual_need": "two_axes",
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

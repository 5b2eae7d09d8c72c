"""For customers who left, not too long ago: a moderate offer, and an open question."""

from stamgast.campaigns.presets.preset import Preset, button, code, heading, text
from stamgast.campaigns.rules import OfferPlan

_DUTCH = {
    "subject": "Mogen we u nog eens verrassen?",
    "preheader": "{{ offer.title }}, en we horen graag wat beter kan.",
    "why": "U was klant bij ons, en bent het al een tijd niet meer.",
    "blocks": [
        heading("We hebben u gemist"),
        *text(
            "{{ greeting }},",
            "Het is lang geleden dat u bij ons kocht. Sindsdien is er het nodige veranderd: in het "
            "assortiment, en in hoe snel wij leveren. Wij laten het u graag zien.",
            "U krijgt {{ offer.title }}. Uw code:",
        ),
        code(),
        *text("Geldig tot en met {{ offer.until | day }}."),
        button("Kom eens kijken"),
        *text(
            "Bent u om een reden weggegaan? Beantwoord deze mail en vertel het ons. Ook als u niet "
            "terugkomt, helpt u daarmee een ander.",
        ),
    ],
}
_ENGLISH = {
    "subject": "May we surprise you once more?",
    "preheader": "{{ offer.title }}, and we would like to hear what could be better.",
    "why": "You were a customer of ours, and have not been for some time.",
    "blocks": [
        heading("We have missed you"),
        *text(
            "{{ greeting }},",
            "It is a long time since you bought from us. Much has changed since: in what we sell, "
            "and in how fast we deliver. We would gladly show you.",
            "You get {{ offer.title }}. Your code:",
        ),
        code(),
        *text("It holds up to and including {{ offer.until | day }}."),
        button("Come and see"),
        *text(
            "Did you leave for a reason? Reply to this mail and tell us. Even if you do not come "
            "back, it helps somebody else.",
        ),
    ],
}

PRESET = Preset(
    code="win_back",
    step="win_back",
    direction="keep",
    names={"nl": "Haal vertrokken klanten terug", "en": "Win former customers back"},
    who={
        "all": [
            {"is": "stage", "in": ["lost"]},
            {"is": "last_bought", "at_most": 730},
            {"is": "orders", "at_least": 2},
            {"not": {"is": "complaint_open"}},
            {"not": {"is": "contacted", "days": 30}},
        ]
    },
    offer=OfferPlan(
        code="code",
        kind="discount_code",
        title={"nl": "€ 5 korting op uw bestelling", "en": "€5 off your order"},
        cost_minor=500,
        valid_days=30,
    ),
    content={"nl": _DUTCH, "en": _ENGLISH},
    window_days=60,
)

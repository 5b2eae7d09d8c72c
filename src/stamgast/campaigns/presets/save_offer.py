"""For customers who bought regularly and have been silent for longer than they usually are."""

from stamgast.campaigns.presets.preset import Preset, button, code, heading, text
from stamgast.campaigns.rules import OfferPlan

_DUTCH = {
    "subject": "Het is even geleden dat we u zagen",
    "preheader": "Met {{ offer.title }} bent u van harte welkom.",
    "why": "U kocht eerder regelmatig bij ons, en nu al een tijdje niet.",
    "blocks": [
        heading("We zien u graag terug"),
        *text(
            "{{ greeting }},",
            "U kwam vaak bij ons langs, en nu al een tijdje niet. Misschien had u het druk, "
            "misschien konden wij iets beter doen. In beide gevallen bent u welkom.",
            "Daarom krijgt u {{ offer.title }}. Vul bij het afrekenen deze code in:",
        ),
        code(),
        *text("De code is geldig tot en met {{ offer.until | day }} en alleen voor u."),
        button("Naar de winkel"),
        *text(
            "Ging er iets mis bij uw laatste bestelling? Beantwoord dan gewoon deze mail. "
            "We lezen alles, en we lossen het op.",
        ),
    ],
}
_ENGLISH = {
    "subject": "It has been a while since we saw you",
    "preheader": "With {{ offer.title }} we would gladly see you again.",
    "why": "You used to buy from us regularly, and have not for a while.",
    "blocks": [
        heading("We would be glad to see you back"),
        *text(
            "{{ greeting }},",
            "You came by often, and have not for a while. Perhaps you were busy, perhaps we could "
            "have done something better. Either way, you are welcome.",
            "So you get {{ offer.title }}. Enter this code at the checkout:",
        ),
        code(),
        *text("The code holds up to and including {{ offer.until | day }}, and is yours alone."),
        button("To the shop"),
        *text(
            "Did something go wrong with your last order? Just reply to this mail. We read "
            "everything, and we put it right.",
        ),
    ],
}

PRESET = Preset(
    code="save_offer",
    step="save_offer",
    direction="keep",
    names={"nl": "Behoud wie dreigt af te haken", "en": "Keep those who drift"},
    who={
        "all": [
            {"is": "stage", "in": ["drifting"]},
            {"is": "silent_longer_than_usual", "percent": 100},
            {"is": "orders", "at_least": 2},
            {"is": "value", "at_least": 500},
            {"not": {"is": "complaint_open"}},
            {"not": {"is": "contacted", "days": 14}},
        ]
    },
    offer=OfferPlan(
        code="code",
        kind="discount_code",
        title={"nl": "10% korting op uw volgende bestelling", "en": "10% off your next order"},
        cost_minor=500,
        valid_days=30,
    ),
    content={"nl": _DUTCH, "en": _ENGLISH},
    window_days=45,
)

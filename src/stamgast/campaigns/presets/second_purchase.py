"""For customers who bought once: the second purchase is the step at which most are lost."""

from stamgast.campaigns.presets.preset import Preset, button, heading, text
from stamgast.campaigns.rules import OfferPlan

_DUTCH = {
    "subject": "Hoe bevalt uw eerste bestelling?",
    "preheader": "En drie dingen die andere klanten er graag bij nemen.",
    "why": "U kocht voor het eerst bij ons.",
    "blocks": [
        heading("Bevalt het?"),
        *text(
            "{{ greeting }},",
            "Een tijdje geleden kocht u voor het eerst bij ons. Wij hopen dat het u bevalt. "
            "Is dat niet zo, beantwoord dan deze mail: dan maken we het goed.",
            "Smaakte het naar meer? De meeste klanten komen rond deze tijd terug voor hun tweede "
            "bestelling. Wat u de vorige keer koos, ligt voor u klaar in de winkel.",
        ),
        button("Bekijk wat erbij past"),
        *text("Met vriendelijke groet,", "{{ shop.name }}"),
    ],
}
_ENGLISH = {
    "subject": "How do you like your first order?",
    "preheader": "And what other customers like to add to it.",
    "why": "You bought from us for the first time.",
    "blocks": [
        heading("Do you like it?"),
        *text(
            "{{ greeting }},",
            "A while ago you bought from us for the first time. We hope you like it. If you do "
            "not, reply to this mail and we will put it right.",
            "Did it taste of more? Most customers come back around this time for their second "
            "order. What you chose last time is waiting for you in the shop.",
        ),
        button("See what goes with it"),
        *text("Kind regards,", "{{ shop.name }}"),
    ],
}

PRESET = Preset(
    code="second_purchase",
    step="second_purchase",
    direction="deepen",
    names={"nl": "Tweede aankoop", "en": "Second purchase"},
    who={
        "all": [
            {"is": "orders", "at_least": 1, "at_most": 1},
            {"is": "first_bought", "at_least": 14, "at_most": 120},
            {"not": {"is": "complaint_open"}},
            {"not": {"is": "contacted", "days": 14}},
        ]
    },
    offer=OfferPlan(code="mail", kind="text", title={"nl": "", "en": ""}, cost_minor=0),
    content={"nl": _DUTCH, "en": _ENGLISH},
    rhythm="daily",
    window_days=45,
)

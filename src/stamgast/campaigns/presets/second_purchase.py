"""For customers who bought once: the second purchase is the step at which most are lost."""

from stamgast.campaigns.presets.preset import Preset, button, heading, text
from stamgast.campaigns.rules import OfferPlan

_DUTCH = {
    "subject": "Hoe bevalt uw eerste bestelling?",
    "preheader": "We horen graag hoe het u bevalt.",
    "why": "U kocht voor het eerst bij ons.",
    "blocks": [
        heading("Bevalt het?"),
        *text(
            "{{ greeting }},",
            "Een tijdje geleden kocht u voor het eerst bij ons. Wij hopen dat het u bevalt. "
            "Is dat niet zo, beantwoord dan deze mail: dan maken we het goed.",
            "Smaakt het naar meer? De meeste klanten komen rond deze tijd terug voor hun tweede "
            "bestelling. Wat u de vorige keer koos, vindt u zo terug in de winkel.",
        ),
        button("Bekijk wat erbij past"),
        *text("Met vriendelijke groet,", "{{ shop.name }}"),
    ],
}
_ENGLISH = {
    "subject": "How do you like your first order?",
    "preheader": "We would like to hear how you like it.",
    "why": "You bought from us for the first time.",
    "blocks": [
        heading("Do you like it?"),
        *text(
            "{{ greeting }},",
            "A while ago you bought from us for the first time. We hope you like it. If you do "
            "not, reply to this mail and we will put it right.",
            "Would you like more? Most customers come back around this time for their second "
            "order. You will easily find in the shop what you chose last time.",
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

"""For customers who bought once: the second purchase is the step at which most are lost."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    heading,
    letter,
    mail,
    nothing,
    only,
    suggestions,
    text,
    unheard,
)

_FIRST = mail(
    nl=letter(
        "Hoe bevalt uw eerste bestelling?",
        "We horen graag hoe het u bevalt.",
        "U kocht voor het eerst bij ons.",
        heading("Bevalt het?"),
        text(
            "Een tijdje geleden kocht u voor het eerst bij ons. Wij hopen dat het u bevalt. "
            "Is dat niet zo, beantwoord dan deze mail: dan maken we het goed.",
            "Smaakt het naar meer? De meeste klanten komen rond deze tijd terug voor hun tweede "
            "bestelling. Wat u de vorige keer koos, vindt u zo terug in de winkel.",
        ),
        button("Bekijk wat erbij past"),
        text("Met vriendelijke groet,", "{{ shop.name }}"),
    ),
    en=letter(
        "How do you like your first order?",
        "We would like to hear how you like it.",
        "You bought from us for the first time.",
        heading("Do you like it?"),
        text(
            "A while ago you bought from us for the first time. We hope you like it. If you do "
            "not, reply to this mail and we will put it right.",
            "Would you like more? Most customers come back around this time for their second "
            "order. You will easily find in the shop what you chose last time.",
        ),
        button("See what goes with it"),
        text("Kind regards,", "{{ shop.name }}"),
    ),
)
_GOES_WITH_IT = mail(
    wait_days=21,
    only_if=only({"is": "has_suggestion", "in": ["together"]}),
    nl=letter(
        "Dit past bij wat u koos",
        "Gekozen naar wat anderen erbij namen.",
        "U kocht voor het eerst bij ons, en nog niet opnieuw.",
        heading("Misschien iets voor u"),
        text("Klanten die hetzelfde kozen als u, namen dit er vaak bij:"),
        suggestions("together"),
        button("Naar de winkel"),
    ),
    en=letter(
        "This goes with what you chose",
        "Picked by what others took with it.",
        "You bought from us for the first time, and not again yet.",
        heading("Something for you, perhaps"),
        text("Customers who chose the same as you often took this with it:"),
        suggestions("together"),
        button("To the shop"),
    ),
)

PRESET = Preset(
    code="second_purchase",
    step="second_purchase",
    direction="deepen",
    names={"nl": "Tweede aankoop", "en": "Second purchase"},
    told={
        "nl": Told(
            what="Voor klanten die één keer kochten, twee weken tot vier maanden geleden: eerst "
            "de vraag of het bevalt, drie weken later wat erbij past.",
            known="Wie twee keer koopt, koopt veel vaker nog eens; maar dat komt ook doordat de "
            "trouwste klanten vanzelf terugkomen. Alleen het verschil met de controlegroep telt.",
            guard="Geen korting. Niet bij een open klacht, niet binnen twee weken na een ander "
            "bericht.",
        ),
        "en": Told(
            what="For customers who bought once, two weeks to four months ago: first whether they "
            "like it, three weeks later what goes with it.",
            known="Whoever buys twice buys again far more often; but that is also because the "
            "keenest come back by themselves. Only the difference with the control group counts.",
            guard="No discount. Not with an open complaint, nor within two weeks of another message.",
        ),
    },
    source="Fader, Hardie & Lee 2005",
    fits=("unknown", "latent", "habit"),
    avoid=("captive",),
    stands_for=("second_purchase",),
    who={
        "all": [
            {"is": "orders", "at_least": 1, "at_most": 1},
            {"is": "first_bought", "at_least": 14, "at_most": 120},
            QUIET,
            unheard(14),
        ]
    },
    offers=(nothing(),),
    steps=(_FIRST, _GOES_WITH_IT),
    rhythm="daily",
    window_days=45,
)

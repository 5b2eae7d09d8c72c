"""For the truly loyal and the most valuable: they see what is new before others do."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    heading,
    letter,
    mail,
    nothing,
    text,
    unheard,
)

_LETTER = mail(
    nl=letter(
        "U ziet het als eerste",
        "Nieuw, en nog niet voor iedereen.",
        "U bent een van onze trouwste klanten.",
        heading("Eerst voor u"),
        text(
            "Binnenkort tonen we iets nieuws. U mag nu al kijken en kiezen, een paar dagen voordat "
            "we het aan anderen laten zien.",
            "Het kost niet minder dan straks. Maar u bent de eerste, en er is nog alles.",
        ),
        button("Kijk vast binnen"),
    ),
    en=letter(
        "You see it first",
        "New, and not for everyone yet.",
        "You are one of our most loyal customers.",
        heading("First for you"),
        text(
            "Soon we show something new. You may look and choose now, some days before we show it "
            "to others.",
            "It costs no less than later. But you are first, and everything is still there.",
        ),
        button("Have a first look"),
    ),
)

PRESET = Preset(
    code="early_access",
    direction="deepen",
    names={"nl": "Als eerste kijken", "en": "Early access"},
    told={
        "nl": Told(
            what="Voor wie echt loyaal is en de waardevolste tien procent: iets nieuws zien voordat "
            "anderen het zien, voor de gewone prijs.",
            known="Een band die mensen zelf willen, ontstaat uit erkenning en niet uit prijs: van "
            "de drempels om weg te gaan is alleen de persoonlijke er een die zij prettig vinden. "
            "Wat vroege toegang aan marge geeft, is weinig onderzocht.",
            guard="Geen korting. Hooguit één keer per maand een bericht vooraf, en niet aan wie het "
            "voordeel van een niveau om eerst te kijken door loting niet heeft.",
        ),
        "en": Told(
            what="For the truly loyal and the most valuable tenth: to see something new before "
            "others do, at the usual price.",
            known="A bond that people want themselves grows from recognition and not from price: "
            "of the barriers to leaving only the relational one is welcome to them. What early "
            "access brings in margin has been little studied.",
            guard="No discount. At most one such message a month, and none to whom a lot leaves out "
            "of a tier’s benefit of seeing things first.",
        ),
    },
    source="Burnham, Frels & Mahajan 2003",
    fits=("true",),
    avoid=("bought", "captive", "none"),
    stands_for=("thank_and_reward",),
    who={
        "all": [
            {
                "any": [
                    {"is": "loyalty", "in": ["true"]},
                    {"is": "highest_value", "percent": 10},
                ]
            },
            QUIET,
            {"not": {"is": "benefit_withheld", "in": ["early_access"]}},
            unheard(30),
        ]
    },
    offers=(nothing(),),
    steps=(_LETTER,),
    window_days=30,
)

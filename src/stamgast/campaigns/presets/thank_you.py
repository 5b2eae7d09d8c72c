"""For regulars: a thank-you that wants nothing back."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    heading,
    letter,
    mail,
    nothing,
    text,
    unheard,
)

_LETTER = mail(
    nl=letter(
        "Dank u wel",
        "Gewoon, omdat u zo vaak bij ons komt.",
        "U kocht dit jaar vijf keer of vaker bij ons.",
        heading("Even stilstaan bij u"),
        text(
            "Het valt ons op hoe vaak u bij ons terugkomt. Daar zijn we blij mee, en dat mag "
            "wel eens gezegd.",
            "Er zit niets aan vast: geen actie, geen code. Alleen onze dank, en een vraag als u "
            "ons wilt helpen: wat zou u hier beter willen zien? Beantwoord deze mail, en we doen er "
            "iets mee.",
            "Hartelijke groet,\nalle mensen van {{ shop.name }}",
        ),
    ),
    en=letter(
        "Thank you",
        "Simply because you come to us so often.",
        "You bought from us five times or more this year.",
        heading("A moment for you"),
        text(
            "We notice how often you come back to us. It makes us glad, and that may be said for "
            "once.",
            "There are no strings: no action, no code. Only our thanks, and a question if you would "
            "help us: what would you like to see better here? Reply to this mail, and we act on it.",
            "Kind regards,\neveryone at {{ shop.name }}",
        ),
    ),
)

PRESET = Preset(
    code="thank_you",
    direction="deepen",
    names={"nl": "Bedankt, zonder korting", "en": "Thank you, without a discount"},
    told={
        "nl": Told(
            what="Voor wie dit jaar vijf keer of vaker kocht: dank, en een open vraag. Geen "
            "aanbod.",
            known="Wie trouw is, gedraagt zich al trouw: korting geeft u weg aan wie toch kwam. "
            "Houding voorspelt aanbevelen, gedrag voorspelt blijven; dit bericht mikt op het "
            "eerste, dus verwacht geen sprong in orders.",
            guard="Geen korting en geen knop. Niet binnen een maand na een ander bericht.",
        ),
        "en": Told(
            what="For who bought five times or more this year: thanks, and an open question. No "
            "offer.",
            known="Who is loyal already behaves so: a discount is given away to who came anyway. "
            "Attitude predicts recommending, behaviour predicts staying; this message aims at the "
            "former, so expect no leap in orders.",
            guard="No discount and no button. Not within a month of another message.",
        ),
    },
    source="East, Gendall, Hammond & Lomax 2005",
    fits=("true", "habit"),
    avoid=("captive", "none"),
    stands_for=("thank_and_reward",),
    who={"all": [{"is": "ordered", "times": 5, "days": 365}, QUIET, unheard(30)]},
    offers=(nothing(),),
    steps=(_LETTER,),
    window_days=90,
)

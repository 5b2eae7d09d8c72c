"""For who buys something again and again: a reminder when it usually runs out."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    heading,
    letter,
    mail,
    nothing,
    suggestions,
    text,
    unheard,
)

_LETTER = mail(
    nl=letter(
        "Bijna op?",
        "Rond deze tijd bestelt u meestal opnieuw.",
        "U koopt dit vaker, en rond deze tijd is het gewoonlijk op.",
        heading("Nog genoeg in huis?"),
        text("Rond deze tijd bestelt u meestal opnieuw. Zodat u niet misgrijpt:"),
        suggestions("again"),
        button("Bestel opnieuw"),
        text("Hebt u nog genoeg, dan hoeft u niets te doen."),
    ),
    en=letter(
        "Nearly out?",
        "Around this time you mostly order again.",
        "You buy this more often, and around this time it usually runs out.",
        heading("Enough left at home?"),
        text("Around this time you mostly order again. So that you do not run out:"),
        suggestions("again"),
        button("Order again"),
        text("If you have enough left, there is nothing you need to do."),
    ),
)

PRESET = Preset(
    code="replenishment",
    direction="keep",
    names={"nl": "Op tijd opnieuw", "en": "In time again"},
    told={
        "nl": Told(
            what="Voor wie iets telkens opnieuw koopt: een bericht in de week waarin het bij deze "
            "klant gewoonlijk op is, met alleen wat op voorraad is.",
            known="Wanneer iets op raakt, is per product en klant goed te schatten. Of herinneren "
            "ook meer aankopen geeft en niet alleen eerdere, is de vraag: een order die alleen naar "
            "voren komt, lijkt winst en is het niet.",
            guard="Eén keer per klant per campagne, en niet binnen een week na een ander bericht. "
            "Na afloop wordt gekeken of er van later geleend is.",
        ),
        "en": Told(
            what="For who buys something again and again: a message in the week in which it "
            "usually runs out for this customer, with only what is in stock.",
            known="When something runs out can be told well per product and customer. Whether a "
            "reminder brings more orders, and not just earlier ones, is the question: an order "
            "that only moves forward looks like a gain and is none.",
            guard="Once per customer and campaign, and not within a week of another message. "
            "Afterwards it is checked whether it was borrowed from later.",
        ),
    },
    source="Bhagat, Muralidharan, Lobzhanidze & Vishwanath 2018",
    fits=("habit", "latent", "true"),
    avoid=("captive", "none"),
    needs=("suggestions",),
    stands_for=("replenish",),
    who={"all": [{"is": "runs_out", "days": 7}, QUIET, unheard(7)]},
    offers=(nothing(),),
    steps=(_LETTER,),
    rhythm="daily",
    window_days=30,
)

"""After a complaint was answered: something extra. The answer itself is never by lot."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    WORTH_A_CALL,
    Preset,
    Told,
    button,
    call,
    code,
    heading,
    letter,
    mail,
    only,
    text,
)
from stamgast.campaigns.rules import OfferPlan

_SORRY = mail(
    nl=letter(
        "Nog één ding over uw klacht",
        "Dank dat u het zei, en iets om het goed te maken.",
        "U had een klacht, en die is afgehandeld.",
        heading("Dank dat u het zei"),
        text(
            "Uw klacht is afgehandeld, en we hebben er iets van geleerd. De meeste mensen gaan stil "
            "weg; u gaf ons de kans om het recht te zetten.",
            "Voor het ongemak krijgt u {{ offer.title }}. Dit is uw code:",
        ),
        code(),
        text(
            "Geldig tot en met {{ offer.until | day }}. Zit u nog iets dwars, beantwoord dan deze "
            "mail. Dat heeft voorrang op alles.",
        ),
        button("Naar de winkel"),
    ),
    en=letter(
        "One more thing about your complaint",
        "Thank you for telling us, and something to make up for it.",
        "You had a complaint, and it has been settled.",
        heading("Thank you for telling us"),
        text(
            "Your complaint has been settled, and we learned from it. Most people leave in silence; "
            "you gave us the chance to put it right.",
            "For the trouble you get {{ offer.title }}. This is your code:",
        ),
        code(),
        text(
            "It holds up to and including {{ offer.until | day }}. Does something still bother you? "
            "Reply to this mail. It comes before everything else.",
        ),
        button("To the shop"),
    ),
)
_CALL = call(
    wait_days=3,
    only_if=only(*WORTH_A_CALL, QUIET),
    nl=(
        "Dag {{ customer.full_name }}, u spreekt met {{ shop.name }}. U had een klacht, en die is "
        "afgehandeld. Ik bel niet om iets te verkopen, maar om te horen of het nu echt goed is.\n\n"
        "Luister eerst. Is het nog niet goed, open dan een nieuwe klacht met de datum van vandaag.\n"
        "Is het goed: bedank voor het geduld, en noem {{ offer.title }} met code {{ offer.code }}."
    ),
    en=(
        "Hello {{ customer.full_name }}, this is {{ shop.name }}. You had a complaint, and it has "
        "been settled. I am not calling to sell anything, but to hear whether all is really well.\n\n"
        "Listen first. If it is not, open a new complaint with today’s date.\n"
        "If it is: thank them for their patience, and mention {{ offer.title }}, code {{ offer.code }}."
    ),
)
_STILL = mail(
    wait_days=18,
    only_if=only(QUIET),
    nl=letter(
        "Is het nu helemaal goed?",
        "We vragen het liever een keer te veel.",
        "U had een klacht, en die is een tijdje geleden afgehandeld.",
        heading("Hoe is het nu?"),
        text(
            "Drie weken geleden rondden we uw klacht af. Is het sindsdien goed gegaan? Zo niet, "
            "laat het ons weten door deze mail te beantwoorden.",
            "Uw code is nog geldig tot en met {{ offer.until | day }}.",
        ),
    ),
    en=letter(
        "Is all well now?",
        "We would rather ask once too often.",
        "You had a complaint, and it was settled a while ago.",
        heading("How is it now?"),
        text(
            "Three weeks ago we settled your complaint. Has all been well since? If not, let us "
            "know by replying to this mail.",
            "Your code holds up to and including {{ offer.until | day }}.",
        ),
    ),
)

PRESET = Preset(
    code="service_recovery",
    direction="keep",
    names={"nl": "Goedmaken na een klacht", "en": "Making up after a complaint"},
    told={
        "nl": Told(
            what="Zodra een klacht is afgehandeld: dank en iets extra’s. Wie tot de waardevolste "
            "vijfde hoort en bellen toestaat, wordt na drie dagen gebeld; na drie weken de vraag of "
            "het nu goed is.",
            known="Onder 53.000 vertrokken klanten kwamen wie een klacht had minder vaak terug, en "
            "wie een goed opgeloste fout had meegemaakt juist vaker. De afhandeling doet het werk; "
            "wat het extraatje toevoegt, meet u hier.",
            guard="De klacht zelf wordt bij iedereen beantwoord, zonder loting. Wie nog een open "
            "klacht heeft, krijgt niets van deze campagne.",
        ),
        "en": Told(
            what="As soon as a complaint is settled: thanks and something extra. The most valuable "
            "fifth, if they allow calls, are called after three days; after three weeks the "
            "question whether all is well.",
            known="Among 53,000 lost customers those who had complained came back less often, and "
            "those who saw a fault put right more often. Settling it does the work; what the extra "
            "adds you measure here.",
            guard="Everybody’s complaint is answered, without any lot. Whoever has an open one gets "
            "nothing of this campaign.",
        ),
    },
    source="Kumar, Bhagwat & Zhang 2015",
    fits=("latent", "true", "habit", "captive"),
    avoid=(),
    needs=("codes",),
    who={"all": [{"is": "complaint_closed", "days": 14}, QUIET]},
    offers=(
        OfferPlan(
            code="extra",
            kind="discount_code",
            title={
                "nl": "€ 7,50 korting op uw volgende bestelling",
                "en": "€7.50 off your next order",
            },
            cost_minor=750,
            valid_days=60,
        ),
    ),
    steps=(_SORRY, _CALL, _STILL),
    rhythm="on_event",
    trigger="complaint_closed",
    window_days=90,
)

"""For members on their birthday: a gift in points, on the day itself."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    heading,
    letter,
    mail,
    text,
)
from stamgast.campaigns.rules import OfferPlan

_LETTER = mail(
    nl=letter(
        "Van harte gefeliciteerd",
        "Er staan {{ offer.points }} punten voor u klaar.",
        "U bent vandaag jarig, en dat vertelde u ons.",
        heading("Een fijne dag gewenst"),
        text(
            "Namens iedereen bij {{ shop.name }}: van harte gefeliciteerd met uw verjaardag.",
            "We gaven u {{ offer.points }} punten. Ze staan al bij uw tegoed; u hoeft er niets voor "
            "te doen, en ook niets voor te kopen.",
        ),
        button("Kies iets moois uit"),
    ),
    en=letter(
        "Happy birthday",
        "{{ offer.points }} points are waiting for you.",
        "It is your birthday today, as you told us.",
        heading("Have a lovely day"),
        text(
            "From all of us at {{ shop.name }}: happy birthday.",
            "We gave you {{ offer.points }} points. They are with your others already; there is "
            "nothing you need to do for them, or buy.",
        ),
        button("Choose something nice"),
    ),
)

PRESET = Preset(
    code="birthday",
    direction="deepen",
    names={"nl": "Verjaardagscadeau", "en": "Birthday gift"},
    told={
        "nl": Told(
            what="Voor leden die vandaag jarig zijn en dat zelf vertelden: punten cadeau, zonder "
            "voorwaarde.",
            known="Spaarprogramma’s veranderen eerder wat mensen doen dan hoe zij over u denken; "
            "een cadeau zonder voorwaarde is een poging tot het tweede. Of het meer is dan "
            "vriendelijkheid, blijkt alleen uit de vergelijking.",
            guard="Nooit aan minderjarigen. Wie op 29 februari jarig is, krijgt het in andere "
            "jaren op 1 maart. Een mail op de dag zelf, geen reeks.",
        ),
        "en": Told(
            what="For members whose birthday it is today and who told us so: a gift in points, "
            "without strings.",
            known="Programmes change what people do sooner than what they think of you; a gift "
            "without strings is an attempt at the latter. Whether it is more than kindness only "
            "the comparison shows.",
            guard="Never to minors. Who was born on 29 February gets it on 1 March in other years. "
            "One mail on the day itself, no series.",
        ),
    },
    source="Belli et al. 2022",
    fits=("true", "latent", "bought"),
    avoid=("captive", "none"),
    needs=("programme", "births"),
    who={"all": [{"is": "birthday"}, {"is": "is_member"}, QUIET]},
    offers=(
        OfferPlan(
            code="points",
            kind="points",
            title={"nl": "250 punten cadeau", "en": "A gift of 250 points"},
            cost_minor=250,
            valid_days=30,
            facts={"points": 250},
        ),
    ),
    steps=(_LETTER,),
    rhythm="daily",
    window_days=30,
    exits_on_order=False,
)

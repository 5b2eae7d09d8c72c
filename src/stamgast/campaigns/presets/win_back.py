"""For customers who left, not too long ago, and did not say why: a moderate offer, an open question."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    SECOND_LIFE,
    Preset,
    Told,
    button,
    code,
    heading,
    letter,
    mail,
    text,
    unheard,
)
from stamgast.campaigns.rules import OfferPlan

_LETTER = mail(
    nl=letter(
        "Mogen we u nog eens verrassen?",
        "{{ offer.title }}, en we horen graag wat beter kan.",
        "U was klant bij ons, en bent het al een tijd niet meer.",
        heading("We hebben u gemist"),
        text(
            "Het is lang geleden dat u bij ons kocht. Sindsdien is er het nodige veranderd: in het "
            "assortiment, en in hoe snel wij leveren. Wij laten het u graag zien.",
            "U krijgt {{ offer.title }}. Uw code:",
        ),
        code(),
        text("Geldig tot en met {{ offer.until | day }}."),
        button("Kom eens kijken"),
        text(
            "Bent u om een reden weggegaan? Beantwoord deze mail en vertel het ons. Ook als u niet "
            "terugkomt, helpt u daarmee een ander.",
        ),
    ),
    en=letter(
        "May we surprise you once more?",
        "{{ offer.title }}, and we would like to hear what could be better.",
        "You were a customer of ours, and have not been for some time.",
        heading("We have missed you"),
        text(
            "It is a long time since you bought from us. Much has changed since: in what we sell, "
            "and in how fast we deliver. We would gladly show you.",
            "You get {{ offer.title }}. Your code:",
        ),
        code(),
        text("It holds up to and including {{ offer.until | day }}."),
        button("Come and see"),
        text(
            "Did you leave for a reason? Reply to this mail and tell us. Even if you do not come "
            "back, it helps somebody else.",
        ),
    ),
)

PRESET = Preset(
    code="win_back",
    step="win_back",
    direction="keep",
    names={"nl": "Haal vertrokken klanten terug", "en": "Win former customers back"},
    told={
        "nl": Told(
            what="Voor wie nog geen twee jaar geleden vertrok en niet zei waarom: een bescheiden "
            "aanbod en een open vraag.",
            known="Hoe langer iemand weg is, hoe minder kans. Korting én iets extra’s samen haalt de "
            "meesten terug, maar geeft het kortste en minst winstgevende tweede leven: bescheiden "
            "is hier wijzer.",
            guard="Niemand kost meer dan wat hij na terugkeer naar verwachting opbrengt.",
        ),
        "en": Told(
            what="For who left less than two years ago and did not say why: a moderate offer and an "
            "open question.",
            known="The longer somebody is gone, the smaller the chance. A discount and something "
            "extra together bring most back, yet give the shortest and least profitable second "
            "life: moderate is wiser here.",
            guard="Nobody costs more than they are expected to bring once back.",
        ),
    },
    source="Kumar, Bhagwat & Zhang 2015; Stauss & Friege 1999",
    fits=("lost",),
    avoid=("captive",),
    needs=("codes",),
    stands_for=("win_back",),
    who={
        "all": [
            {"is": "stage", "in": ["lost"]},
            {"is": "last_bought", "at_most": 730},
            {"is": "orders", "at_least": 2},
            {
                "not": {
                    "is": "left_because",
                    "in": ["price", "quality", "service", "delivery", "moved", "no_need"],
                }
            },
            QUIET,
            unheard(30),
        ]
    },
    offers=(
        OfferPlan(
            code="code",
            kind="discount_code",
            title={"nl": "€ 5 korting op uw bestelling", "en": "€5 off your order"},
            cost_minor=500,
            valid_days=30,
        ),
    ),
    steps=(_LETTER,),
    window_days=60,
    cap=SECOND_LIFE,
)

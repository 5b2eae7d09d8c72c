"""When a competitor cuts prices: for whom that may touch, why to stay, with or without an answer in price."""

from stamgast.campaigns.presets.preset import (
    QUIET,
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

_WHY = mail(
    offer="worth",
    nl=letter(
        "Wat u bij ons krijgt",
        "Meer dan een prijs op een kaartje.",
        "U koopt bij ons wat ook elders te krijgen is.",
        heading("Waarom klanten bij ons blijven"),
        text(
            "U kunt op meer plaatsen terecht. Wat u bij ons krijgt, staat niet op een prijskaartje: "
            "iemand die meedenkt, een bestelling die klopt, en een oplossing als er iets misgaat.",
            "Hebt u ergens iets gezien dat wij niet hebben of niet kunnen? Beantwoord deze mail. "
            "Soms kunnen we meer dan u denkt.",
        ),
        button("Bekijk ons assortiment"),
    ),
    en=letter(
        "What you get with us",
        "More than a price on a ticket.",
        "You buy from us what can be had elsewhere too.",
        heading("Why customers stay with us"),
        text(
            "You have more places to go to. What you get here is on no price ticket: somebody who "
            "thinks along, an order that is right, and an answer when something goes wrong.",
            "Did you see something elsewhere that we do not have or cannot do? Reply to this mail. "
            "Sometimes we can do more than you think.",
        ),
        button("See our range"),
    ),
)
_PRICE = mail(
    offer="price",
    nl=letter(
        "Voor u: {{ offer.title }}",
        "Tijdelijk, en alleen voor u.",
        "U koopt bij ons wat ook elders te krijgen is.",
        heading("We houden u graag"),
        text(
            "U bent bij ons gewend, en dat houden we graag zo. Daarom krijgt u {{ offer.title }}. "
            "Uw code:",
        ),
        code(),
        text(
            "Geldig tot en met {{ offer.until | day }}. Daarna gelden weer onze gewone prijzen, met "
            "dezelfde zorg als altijd.",
        ),
        button("Naar de winkel"),
    ),
    en=letter(
        "For you: {{ offer.title }}",
        "For a while, and yours alone.",
        "You buy from us what can be had elsewhere too.",
        heading("We would like to keep you"),
        text(
            "You are at home with us, and we would like to keep it so. Hence {{ offer.title }}. "
            "Your code:",
        ),
        code(),
        text(
            "It holds up to and including {{ offer.until | day }}. After that our usual prices "
            "hold, with the same care as ever.",
        ),
        button("To the shop"),
    ),
)

PRESET = Preset(
    code="price_answer",
    direction="keep",
    names={"nl": "Antwoord op een prijsverlaging", "en": "Answer to a price cut"},
    told={
        "nl": Told(
            what="Voor klanten die kochten waar een concurrent nu in prijs zakt (uit het register "
            "van signalen). Het lot verdeelt hen in drieën: niets, een bericht over wat u biedt, of "
            "een tijdelijke korting. Zo ziet u of prijs hier nodig is.",
            known="Wie om de prijs weggaat, komt ook het makkelijkst terug, maar besteedt daarna "
            "minder. Een enkel klein menu van aanbiedingen haalt bijna alles wat volledig "
            "persoonlijk aanbieden zou halen.",
            guard="Korting is tijdelijk en wordt zo genoemd. Alleen zolang het signaal loopt.",
        ),
        "en": Told(
            what="For customers who bought what a competitor now cuts in price (from the register "
            "of signals). The lot divides them in three: nothing, a message on what you offer, or a "
            "discount for a while. So you see whether price is needed here.",
            known="Who leaves over price also comes back most easily, but spends less afterwards. "
            "A small menu of offers gets nearly all that a fully personal one would.",
            guard="The discount is for a while, and says so. Only as long as the signal goes on.",
        ),
    },
    source="Kumar, Bhagwat & Zhang 2015; Zhang & Misra",
    fits=("bought", "none", "habit"),
    avoid=("true", "captive"),
    needs=("signals", "codes"),
    stands_for=("save_offer", "ask_why"),
    who={
        "all": [
            {"is": "exposed_now", "in": ["competitor_price_cut"]},
            {"is": "ordered", "days": 365},
            QUIET,
            unheard(7),
        ]
    },
    offers=(
        OfferPlan(
            code="worth",
            kind="text",
            title={"nl": "Wat u bij ons krijgt", "en": "What you get with us"},
            valid_days=30,
        ),
        OfferPlan(
            code="price",
            kind="discount_code",
            title={
                "nl": "5% korting op uw volgende bestelling",
                "en": "5% off your next order",
            },
            cost_minor=300,
            valid_days=30,
        ),
    ),
    steps=(_WHY, _PRICE),
    window_days=45,
)

"""For who left over price: one moderate price to return, and the usual price after that."""

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
        "Een vriendelijke prijs om terug te komen",
        "{{ offer.title }}, voor deze ene keer.",
        "U ging bij ons weg vanwege de prijs.",
        heading("Reken het nog eens na"),
        text(
            "U liet weten dat onze prijs de reden was om te gaan. Dat nemen we ter harte, al kunnen "
            "we niet altijd de goedkoopste zijn.",
            "Om het opnieuw te proberen krijgt u {{ offer.title }}, voor deze ene keer. Uw code:",
        ),
        code(),
        text(
            "Geldig tot en met {{ offer.until | day }}. Daarna geldt onze gewone prijs, zonder "
            "kleine letters.",
        ),
        button("Kijk wat het u kost"),
    ),
    en=letter(
        "A friendly price to come back",
        "{{ offer.title }}, this once.",
        "You left us because of the price.",
        heading("Do the sum once more"),
        text(
            "You told us that our price was the reason to leave. We take that to heart, though we "
            "cannot always be the cheapest.",
            "To try us again you get {{ offer.title }}, this once. Your code:",
        ),
        code(),
        text(
            "It holds up to and including {{ offer.until | day }}. After that our usual price "
            "holds, without small print.",
        ),
        button("See what it costs you"),
    ),
)

PRESET = Preset(
    code="win_back_price",
    direction="keep",
    names={"nl": "Terughalen wie om de prijs ging", "en": "Win back who left over price"},
    told={
        "nl": Told(
            what="Voor wie zei dat de prijs de reden was: één bescheiden prijs om terug te komen, "
            "daarna de gewone.",
            known="Wie om de prijs ging, komt vaker terug maar besteedt daarna minder per maand. "
            "Laag om terug te winnen en daarna gewoon, is wat een tweede leven het meest oplevert; "
            "een stapel korting en extra’s het minst.",
            guard="Eén keer, en dat staat erbij. Niemand kost meer dan wat hij na terugkeer naar "
            "verwachting opbrengt.",
        ),
        "en": Told(
            what="For who said that price was the reason: one moderate price to return, and the "
            "usual one after that.",
            known="Who left over price returns more often but spends less a month afterwards. Low "
            "to win back and normal afterwards is what a second life earns most by; a pile of "
            "discount and extras the least.",
            guard="Once, and it says so. Nobody costs more than they are expected to bring "
            "once back.",
        ),
    },
    source="Thomas, Blattberg & Fox 2004; Kumar, Bhagwat & Zhang 2015",
    fits=("lost",),
    avoid=("captive",),
    needs=("codes", "answers"),
    stands_for=("win_back",),
    who={
        "all": [
            {"is": "stage", "in": ["lost"]},
            {"is": "last_bought", "at_most": 730},
            {"is": "left_because", "in": ["price"]},
            QUIET,
            unheard(30),
        ]
    },
    offers=(
        OfferPlan(
            code="price",
            kind="discount_code",
            title={
                "nl": "10% korting op uw eerstvolgende bestelling",
                "en": "10% off your next order",
            },
            cost_minor=500,
            valid_days=30,
        ),
    ),
    steps=(_LETTER,),
    window_days=90,
    cap=SECOND_LIFE,
)

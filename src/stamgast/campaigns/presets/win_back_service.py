"""For who left because we let them down: say so, put it right, and give something better."""

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

_SORRY = mail(
    nl=letter(
        "Wij lieten u zitten",
        "En dat willen we rechtzetten.",
        "U ging bij ons weg na iets dat misging.",
        heading("Dat had beter gemoeten"),
        text(
            "U kocht bij ons, er ging iets mis, en daarna kwam u niet meer. Dat begrijpen we. Het "
            "had beter gemoeten.",
            "We hebben veranderd wat toen niet deugde. Is er van toen nog iets niet opgelost, "
            "beantwoord dan deze mail: dat zetten we eerst recht, ook als u niets meer koopt.",
            "Wilt u ons nog een kans geven, dan krijgt u {{ offer.title }}. Uw code:",
        ),
        code(),
        text("Geldig tot en met {{ offer.until | day }}."),
        button("Geef ons nog een kans"),
    ),
    en=letter(
        "We let you down",
        "And we want to put that right.",
        "You left us after something went wrong.",
        heading("It should have been better"),
        text(
            "You bought from us, something went wrong, and after that you stayed away. We "
            "understand. It should have been better.",
            "We changed what was not right. Is anything of that time still not solved? Reply to "
            "this mail: we put that right first, even if you never buy again.",
            "If you will give us another chance, you get {{ offer.title }}. Your code:",
        ),
        code(),
        text("It holds up to and including {{ offer.until | day }}."),
        button("Give us another chance"),
    ),
)

PRESET = Preset(
    code="win_back_service",
    direction="keep",
    names={
        "nl": "Terughalen na een fout van ons",
        "en": "Win back after a fault of ours",
    },
    told={
        "nl": Told(
            what="Voor wie wegging om service, kwaliteit of levering (uit antwoorden, of uit een "
            "klacht): erkennen, herstellen, en iets beters in plaats van iets goedkopers.",
            known="Wie om service ging, komt minder vaak terug dan wie om de prijs ging, maar "
            "besteedt daarna meer. Gratis iets beters gaf het langste tweede leven. Mensen komen "
            "terug als de oorzaak te veranderen was en u haar veranderde.",
            guard="Eerst herstellen: wie nog een open klacht heeft, krijgt dit niet. Niemand kost "
            "meer dan wat hij na terugkeer naar verwachting opbrengt.",
        ),
        "en": Told(
            what="For who left over service, quality or delivery (by their answer, or a complaint): "
            "own up, repair, and give something better instead of cheaper.",
            known="Who left over service returns less often than who left over price, but spends "
            "more afterwards. A free upgrade gave the longest second life. People return when the "
            "cause could be changed and you changed it.",
            guard="Repair first: whoever has an open complaint does not get this. Nobody costs more "
            "than they are expected to bring once back.",
        ),
    },
    source="Kumar, Bhagwat & Zhang 2015; Pick et al. 2016",
    fits=("lost",),
    avoid=("captive",),
    needs=("codes", "answers"),
    stands_for=("win_back",),
    who={
        "all": [
            {"is": "stage", "in": ["lost"]},
            {"is": "last_bought", "at_most": 730},
            {"is": "left_because", "in": ["quality", "service", "delivery"]},
            QUIET,
            unheard(30),
        ]
    },
    offers=(
        OfferPlan(
            code="upgrade",
            kind="discount_code",
            title={
                "nl": "gratis bezorging met voorrang",
                "en": "free priority delivery",
            },
            cost_minor=695,
            valid_days=60,
        ),
    ),
    steps=(_SORRY,),
    window_days=90,
    cap=SECOND_LIFE,
)

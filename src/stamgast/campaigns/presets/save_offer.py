"""For customers who bought regularly and have been silent for longer than they usually are."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    code,
    heading,
    letter,
    mail,
    only,
    text,
    unheard,
)
from stamgast.campaigns.rules import OfferPlan

_FIRST = mail(
    nl=letter(
        "Het is even geleden dat we u zagen",
        "Met {{ offer.title }} bent u van harte welkom.",
        "U kocht eerder regelmatig bij ons, en nu al een tijdje niet.",
        heading("We zien u graag terug"),
        text(
            "U kwam vaak bij ons langs, en nu al een tijdje niet. Misschien had u het druk, "
            "misschien konden wij iets beter doen. In beide gevallen bent u welkom.",
            "Daarom krijgt u {{ offer.title }}. Vul bij het afrekenen deze code in:",
        ),
        code(),
        text("De code is geldig tot en met {{ offer.until | day }} en alleen voor u."),
        button("Naar de winkel"),
        text(
            "Ging er iets mis bij uw laatste bestelling? Beantwoord dan gewoon deze mail. "
            "We lezen alles, en we lossen het op.",
        ),
    ),
    en=letter(
        "It has been a while since we saw you",
        "With {{ offer.title }} we would gladly see you again.",
        "You used to buy from us regularly, and have not for a while.",
        heading("We would be glad to see you back"),
        text(
            "You came by often, and have not for a while. Perhaps you were busy, perhaps we could "
            "have done something better. Either way, you are welcome.",
            "So you get {{ offer.title }}. Enter this code at the checkout:",
        ),
        code(),
        text("The code holds up to and including {{ offer.until | day }}, and is yours alone."),
        button("To the shop"),
        text(
            "Did something go wrong with your last order? Just reply to this mail. We read "
            "everything, and we put it right.",
        ),
    ),
)
_REMINDER = mail(
    wait_days=14,
    only_if=only({"is": "stage", "in": ["drifting", "lost"]}),
    nl=letter(
        "Uw code ligt nog voor u klaar",
        "Tot en met {{ offer.until | day }}.",
        "U kreeg twee weken geleden een code van ons, en gebruikte die nog niet.",
        heading("Voor als het er nog niet van kwam"),
        text("{{ offer.title }} ligt nog voor u klaar, tot en met {{ offer.until | day }}:"),
        code(),
        text("Hierna laten we u met rust. Fijn dat u klant bij ons was, en wie weet tot ziens."),
        button("Naar de winkel"),
    ),
    en=letter(
        "Your code is still waiting for you",
        "Up to and including {{ offer.until | day }}.",
        "We sent you a code two weeks ago, and you did not use it yet.",
        heading("In case you did not get round to it"),
        text("{{ offer.title }} is still yours, up to and including {{ offer.until | day }}:"),
        code(),
        text("After this we leave you in peace. Thank you for being our customer, and who knows."),
        button("To the shop"),
    ),
)

PRESET = Preset(
    code="save_offer",
    step="save_offer",
    direction="keep",
    names={"nl": "Behoud wie dreigt af te haken", "en": "Keep those who drift"},
    told={
        "nl": Told(
            what="Voor klanten die geregeld kochten en nu langer stil zijn dan zij gewoonlijk zijn: "
            "een aanbod voordat zij weg zijn, en één herinnering.",
            known="Wie het meeste risico loopt, is niet wie het meest op een aanbod reageert: in "
            "twee veldproeven waren de riskantste klanten niet de beste keuze. Kies op verschil, "
            "niet op risico.",
            guard="Nooit bij een klacht. Alleen wie het waard is, en hooguit één herinnering.",
        ),
        "en": Told(
            what="For customers who bought regularly and have now been silent for longer than they "
            "usually are: an offer before they are gone, and one reminder.",
            known="Those at most risk are not those who respond most: in two field experiments the "
            "riskiest customers were not the best choice. Choose by difference, not by risk.",
            guard="Never with a complaint. Only those who are worth it, and one reminder at most.",
        ),
    },
    source="Ascarza 2018; Lemmens & Gupta 2020",
    fits=("habit", "latent", "bought"),
    avoid=("true", "captive"),
    needs=("codes",),
    stands_for=("save_offer", "ask_why"),
    who={
        "all": [
            {"is": "stage", "in": ["drifting"]},
            {"is": "silent_longer_than_usual", "percent": 100},
            {"is": "orders", "at_least": 2},
            {"is": "value", "at_least": 500},
            QUIET,
            unheard(14),
        ]
    },
    offers=(
        OfferPlan(
            code="code",
            kind="discount_code",
            title={
                "nl": "10% korting op uw volgende bestelling",
                "en": "10% off your next order",
            },
            cost_minor=500,
            valid_days=30,
        ),
    ),
    steps=(_FIRST, _REMINDER),
    window_days=45,
)

"""For members whose points lie idle: what they can do with them, long before any of them end."""

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
        "Er liggen {{ member.points }} punten voor u klaar",
        "Ze lopen niet weg, maar u kunt er nu iets mee.",
        "U hebt punten die u al een tijd niet gebruikte.",
        heading("U hebt meer dan u denkt"),
        text(
            "Op uw naam staan {{ member.points }} punten. Die zijn van u, en u bepaalt wanneer u ze "
            "gebruikt: voor een beloning, of bij het afrekenen.",
            "Geen haast: voordat er ooit punten vervallen, krijgt u van ons altijd op tijd "
            "bericht.",
        ),
        button("Bekijk wat u ervoor krijgt", "{{ member.page }}"),
    ),
    en=letter(
        "{{ member.points }} points are waiting for you",
        "They do not run away, but you can use them now.",
        "You have points that you did not use for a while.",
        heading("You have more than you think"),
        text(
            "There are {{ member.points }} points in your name. They are yours, and you decide when "
            "to use them: for a reward, or at the checkout.",
            "No hurry: before any points ever end, we always tell you in time.",
        ),
        button("See what you get for them", "{{ member.page }}"),
    ),
)

PRESET = Preset(
    code="unused_points",
    direction="deepen",
    names={"nl": "Ongebruikte punten", "en": "Unused points"},
    told={
        "nl": Told(
            what="Voor leden met 200 punten of meer die een half jaar niets inwisselden.",
            known="Punten die men vergeet, binden niet; en wie alleen voor de punten komt, is niet "
            "loyaal maar gebonden. Inwisselen kost u marge: reken op minder opbrengst dan het "
            "aantal orders doet hopen.",
            guard="De herinnering voordat punten vervallen krijgt iedereen, altijd; wie er daar "
            "binnen een maand een van krijgt, zit niet in deze campagne.",
        ),
        "en": Told(
            what="For members with 200 points or more who redeemed nothing for half a year.",
            known="Points that are forgotten bind nobody; and who comes for the points alone is "
            "held rather than loyal. Redeeming costs margin: expect less than the number of orders "
            "lets one hope.",
            guard="The reminder before points end goes to everybody, always; whoever gets one "
            "within a month is not in this campaign.",
        ),
    },
    source="Dick & Basu 1994; Belli et al. 2022",
    fits=("bought", "latent"),
    avoid=("none", "captive"),
    needs=("programme",),
    who={
        "all": [
            {"is": "has_points", "at_least": 200, "days": 180},
            {"not": {"is": "points_end", "days": 30}},
            QUIET,
            unheard(14),
        ]
    },
    offers=(nothing(),),
    steps=(_LETTER,),
    window_days=60,
)

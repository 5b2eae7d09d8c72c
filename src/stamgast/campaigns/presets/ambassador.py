"""For who would recommend us: their own code for friends, and a word of thanks."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    heading,
    letter,
    mail,
    nothing,
    only,
    text,
    unheard,
)

_CODE = {"kind": "code", "text": "{{ member.friend_code }}"}

_ASK = mail(
    nl=letter(
        "Kent u iemand voor wie dit ook iets is?",
        "Met uw eigen code zijn u en uw vriend allebei beter af.",
        "U zei dat u ons zou aanbevelen, of komt hier graag.",
        heading("Neem een vriend mee"),
        text(
            "Nieuwe klanten komen het liefst op aanraden van iemand die zij kennen. Daarom hebt u "
            "een eigen code om door te geven:",
        ),
        _CODE,
        text(
            "Bestelt uw vriend ermee, dan krijgt u allebei punten zodra de bedenktijd voorbij is. "
            "U hoeft niemand iets aan te praten: wie zelf tevreden is, vertelt het best.",
        ),
        button("Lees hoe het werkt"),
    ),
    en=letter(
        "Do you know somebody who would like this?",
        "With your own code both you and your friend are better off.",
        "You said you would recommend us, or are glad to come here.",
        heading("Bring a friend"),
        text(
            "New customers like best to come on the word of somebody they know. So here is a code "
            "of your own to pass on:",
        ),
        _CODE,
        text(
            "When your friend orders with it, you both get points once the time to return things "
            "is over. No need to talk anybody into it: who is content tells it best.",
        ),
        button("Read how it works"),
    ),
)
_AGAIN = mail(
    wait_days=21,
    only_if=only({"not": {"is": "brought_friend"}}),
    nl=letter(
        "Uw code ligt nog klaar",
        "Voor wie u maar wilt.",
        "U hebt een eigen code om vrienden uit te nodigen.",
        heading("Voor als het ter sprake komt"),
        text("Komt het gesprek er eens op, dan hebt u hem bij de hand:"),
        _CODE,
        text("Dit is de laatste keer dat we erover beginnen."),
    ),
    en=letter(
        "Your code is still there",
        "For whomever you like.",
        "You have a code of your own to invite friends.",
        heading("For when it comes up"),
        text("Should the talk turn to it, here it is at hand:"),
        _CODE,
        text("This is the last time we bring it up."),
    ),
)
PRESET = Preset(
    code="ambassador",
    direction="deepen",
    names={"nl": "Ambassadeur: vrienden uitnodigen", "en": "Ambassador: invite friends"},
    told={
        "nl": Told(
            what="Voor leden die ons een 9 of 10 gaven of echt loyaal zijn, en nog niemand "
            "meebrachten: hun eigen code, en drie weken later nog één keer.",
            known="Aanbevelen hangt aan houding, niet aan hoeveel iemand koopt; zeggen dat men "
            "zou aanbevelen is op zichzelf geen voorspeller van wat men doet. Wie zelf door een "
            "vriend kwam, komt na vertrek ook vaker terug.",
            guard="De beloning is die van het programma, voor iedereen gelijk en met een grens per "
            "jaar; door loting gaat alleen de uitnodiging.",
        ),
        "en": Told(
            what="For members who gave us a 9 or 10 or are truly loyal, and brought nobody yet: "
            "their own code, and once more after three weeks.",
            known="Recommending hangs on attitude, not on how much somebody buys; to say that one "
            "would is by itself no predictor of doing so. Who came by a friend returns more often "
            "after leaving, too.",
            guard="The reward is the programme’s, the same for all and capped per year; only the "
            "invitation is by lot.",
        ),
    },
    source="East et al. 2005; Keiningham et al. 2007; Kumar, Bhagwat & Zhang 2015",
    fits=("true",),
    avoid=("bought", "captive", "none", "unknown"),
    needs=("programme",),
    stands_for=("invite_ambassador",),
    who={
        "all": [
            {
                "any": [
                    {"is": "answered_score", "question": "nps", "at_least": 9, "days": 365},
                    {"is": "loyalty", "in": ["true"]},
                ]
            },
            {"is": "is_member"},
            {"not": {"is": "brought_friend"}},
            QUIET,
            unheard(14),
        ]
    },
    offers=(nothing(),),
    steps=(_ASK, _AGAIN),
    window_days=90,
    exits_on_order=False,
)

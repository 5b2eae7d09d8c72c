"""For who knows what they like: the better one of what they have, one step up."""

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
        "Eén stap beter dan wat u hebt",
        "Voor als u er meer van wilt.",
        "U koos al eerder uit dit assortiment.",
        heading("Proef het verschil"),
        text("U weet wat u mooi vindt. Wilt u een stap verder, dan is dit de moeite waard:"),
        suggestions("step_up"),
        button("Vergelijk ze"),
        text("Wat u hebt, blijft natuurlijk gewoon te krijgen."),
    ),
    en=letter(
        "One step better than what you have",
        "For when you want more of it.",
        "You chose from this range before.",
        heading("See the difference"),
        text("You know what you like. If you want to go a step further, this is worth a look:"),
        suggestions("step_up"),
        button("Compare them"),
        text("What you have stays available, of course."),
    ),
)

PRESET = Preset(
    code="one_step_up",
    direction="deepen",
    names={"nl": "Een stap beter", "en": "One step up"},
    told={
        "nl": Told(
            what="Voor wie vaker kocht: het betere product uit dezelfde groep, een tiende tot "
            "twee keer zo duur, gerangschikt naar marge.",
            known="Mensen kiezen eerder het midden dan het uiterste; daarom één stap en niet het "
            "duurste. Wie voor de prijs koopt, voelt zich er eerder door weggeduwd.",
            guard="Alleen wie minstens twee keer kocht; nooit wat de klant al heeft of wat op is.",
        ),
        "en": Told(
            what="For who bought more often: the better product of the same group, a tenth dearer "
            "to twice the price, ranked by margin.",
            known="People take the middle sooner than the extreme: so one step, and not the "
            "dearest. Whoever buys for the price is more easily put off by it.",
            guard="Only who bought twice at least; never what they have or what is out of stock.",
        ),
    },
    source="Simonson 1989",
    fits=("true", "habit"),
    avoid=("bought", "captive", "none"),
    needs=("suggestions",),
    who={
        "all": [
            {"is": "has_suggestion", "in": ["step_up"]},
            {"is": "orders", "at_least": 2},
            {"not": {"is": "stays_because", "in": ["bought"]}},
            QUIET,
            unheard(14),
        ]
    },
    offers=(nothing(),),
    steps=(_LETTER,),
    rhythm="daily",
    window_days=45,
)

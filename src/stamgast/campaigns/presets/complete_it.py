"""For who bought something that mostly goes with something else: what completes it."""

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
        "Dit past erbij",
        "Gekozen naar wat u al hebt.",
        "U kocht iets waar dit vaak bij wordt genomen.",
        heading("Maak het compleet"),
        text("Bij wat u kocht, hoort vaak nog iets. We zochten uit wat u nog niet hebt:"),
        suggestions("together"),
        button("Bekijk het in de winkel"),
        text("Niets voor u? Dan laten we het hierbij."),
    ),
    en=letter(
        "This goes with it",
        "Picked by what you have.",
        "You bought something that is often taken together with this.",
        heading("Make it complete"),
        text("What you bought often goes with something else. We looked up what you do not have:"),
        suggestions("together"),
        button("See it in the shop"),
        text("Nothing for you? Then we leave it at this."),
    ),
)

PRESET = Preset(
    code="complete_it",
    direction="deepen",
    names={"nl": "Maak het compleet", "en": "Complete it"},
    told={
        "nl": Told(
            what="Voor wie iets kocht dat anderen vaak met iets anders samen nemen. Gerangschikt "
            "naar marge, zonder wat de klant al heeft of wat niet op voorraad is, elk met de reden.",
            known="Wat samen gekocht wordt, lijkt na een paar orders al duidelijk, maar is dan nog "
            "snel toeval: een paar telt hier pas mee als genoeg klanten beide kochten. Of aanraden "
            "meer verkoopt dan de winkel uit zichzelf doet, meet u hier.",
            guard="Hooguit twee suggesties, niet binnen twee weken na een ander bericht.",
        ),
        "en": Told(
            what="For who bought something that others often take together with something else. "
            "Ranked by margin, without what the customer has or what is out of stock, each with "
            "its reason.",
            known="What is bought together shows after a few orders, and after a few it is easily "
            "chance: here rare pairs count only once enough people bought both. Whether suggesting "
            "sells more than the shop does by itself, you measure here.",
            guard="Two suggestions at most, not within two weeks of another message.",
        ),
    },
    source="Brin, Motwani, Ullman & Tsur 1997",
    fits=("true", "latent", "habit"),
    avoid=("captive", "bought"),
    needs=("suggestions",),
    who={"all": [{"is": "has_suggestion", "in": ["together"]}, QUIET, unheard(14)]},
    offers=(nothing(),),
    steps=(_LETTER,),
    rhythm="daily",
    window_days=30,
)

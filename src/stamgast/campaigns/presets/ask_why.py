"""For those of whom we do not know why they stay: one question."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    Preset,
    Told,
    button,
    heading,
    letter,
    mail,
    text,
    unheard,
)
from stamgast.campaigns.rules import OfferPlan

_LETTER = mail(
    nl=letter(
        "Mogen we u één ding vragen?",
        "Het kost u een halve minuut.",
        "U kocht bij ons, en we weten niet waarom juist bij ons.",
        heading("Waarom bij ons?"),
        text(
            "U had ook ergens anders kunnen kopen. Waarom koos u voor ons? Eén klik op het antwoord "
            "dat het best past, is genoeg.",
        ),
        button("Geef uw antwoord", "{{ answer_url }}"),
        text(
            "Ook een eerlijk antwoord dat ons niet vleit, is welkom. Daar leren we het meest van."
        ),
    ),
    en=letter(
        "May we ask you one thing?",
        "It takes half a minute.",
        "You bought from us, and we do not know why from us.",
        heading("Why with us?"),
        text(
            "You could have bought elsewhere. Why did you choose us? One click on the answer that "
            "fits best is enough.",
        ),
        button("Give your answer", "{{ answer_url }}"),
        text("An honest answer that does not flatter us is welcome too. It teaches us most."),
    ),
)

PRESET = Preset(
    code="ask_why",
    direction="deepen",
    names={"nl": "Vraag waarom", "en": "Ask why"},
    told={
        "nl": Told(
            what="Voor klanten van wie nog niet bekend is waarom zij blijven: één vraag met vaste "
            "antwoorden. Het antwoord bepaalt welke maatregel later past.",
            known="Van meer dan 500 bedrijven had 71 procent geen manier om te zien wie er vertrekt, "
            "laat staan waarom. Eén oordeel zegt weinig; meerdere aanwijzingen samen voorspellen "
            "beter. Vragen stellen kan ook zelf iets veranderen, en dat meet u hier.",
            guard="Alleen aan wie vragen toestond, en hooguit eens in de negentig dagen dezelfde.",
        ),
        "en": Told(
            what="For customers of whom it is not known why they stay: one question with fixed "
            "answers. The answer decides which measure fits later.",
            known="Of more than 500 companies 71 per cent had no way to see who leaves, let alone "
            "why. One judgement says little; several signs together predict better. Asking may "
            "change something by itself, and that is measured here.",
            guard="Only to who allows questions, and the same one at most every ninety days.",
        ),
    },
    source="Griffin Group 2007; Keiningham et al. 2007",
    fits=("unknown",),
    avoid=(),
    needs=("answers",),
    stands_for=("ask_why",),
    who={
        "all": [
            {"is": "loyalty", "in": ["unknown"]},
            {"is": "stage", "in": ["active", "drifting", "won_back"]},
            {"is": "orders", "at_least": 2},
            QUIET,
            unheard(14),
        ]
    },
    offers=(
        OfferPlan(
            code="question",
            kind="text",
            title={"nl": "", "en": ""},
            cost_minor=0,
            facts={"question": "why_stay"},
        ),
    ),
    steps=(_LETTER,),
    purpose="survey",
    window_days=60,
    exits_on_order=False,
)

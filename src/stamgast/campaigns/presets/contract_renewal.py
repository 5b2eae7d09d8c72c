"""For who has a contract that ends in some months: look together whether it still suits."""

from stamgast.campaigns.presets.preset import (
    QUIET,
    WORTH_A_CALL,
    Preset,
    Told,
    button,
    call,
    heading,
    letter,
    mail,
    nothing,
    only,
    text,
)

_REVIEW = mail(
    nl=letter(
        "Past uw contract nog bij u?",
        "We kijken graag met u mee, ruim op tijd.",
        "Uw contract loopt over enkele maanden af.",
        heading("Ruim op tijd even kijken"),
        text(
            "Over een paar maanden loopt uw contract af. Voordat het zover is, kijken we graag met u "
            "of het nog past: misschien is er iets veranderd, misschien kan iets beter.",
            "U hoeft nu niets te beslissen. Beantwoord deze mail met wat u anders zou willen, of met "
            "een moment waarop we u mogen bellen.",
        ),
        button("Bekijk de mogelijkheden"),
    ),
    en=letter(
        "Does your contract still suit you?",
        "We gladly look at it with you, in good time.",
        "Your contract ends in some months.",
        heading("A look in good time"),
        text(
            "In a few months your contract ends. Before it does we would gladly see with you "
            "whether it still suits: something may have changed, something may be done better.",
            "There is nothing to decide now. Reply to this mail with what you would like otherwise, "
            "or with a moment at which we may call you.",
        ),
        button("See what is possible"),
    ),
)
_CALL = call(
    wait_days=7,
    only_if=only(*WORTH_A_CALL, {"not": {"is": "gave_notice"}}, QUIET),
    nl=(
        "Dag {{ customer.full_name }}, u spreekt met {{ shop.name }}. Uw contract loopt over een paar "
        "maanden af. Zullen we samen kijken of het nog bij u past?\n\n"
        "Vraag eerst wat er anders is dan toen het begon, en wat hen stoort. Los dat op, of zeg "
        "wanneer. Praat pas daarna over verlengen. Willen zij stoppen, leg dan uit hoe dat gaat."
    ),
    en=(
        "Hello {{ customer.full_name }}, this is {{ shop.name }}. Your contract ends in a few "
        "months. Shall we look together whether it still suits you?\n\n"
        "Ask first what has changed since it began, and what bothers them. Solve that, or say when. "
        "Only then speak of renewing. If they want to stop, explain how that is done."
    ),
)
_TERMS = mail(
    wait_days=14,
    only_if=only({"is": "contract_ends", "days": 75}, {"not": {"is": "gave_notice"}}, QUIET),
    nl=letter(
        "Uw contract: zo gaat het verder",
        "Wat er gebeurt als u niets doet, en wat u kunt kiezen.",
        "Uw contract loopt binnenkort af.",
        heading("U kiest, wij regelen het"),
        text(
            "Uw contract loopt binnenkort af. U kunt verlengen, iets veranderen of stoppen; alle "
            "drie gaat even makkelijk. Wat er gebeurt als u niets doet, staat in uw contract, en "
            "we leggen het u graag uit.",
            "Beantwoord deze mail, en iemand die uw contract kent neemt contact met u op.",
        ),
        button("Maak uw keuze"),
    ),
    en=letter(
        "Your contract: what comes next",
        "What happens if you do nothing, and what you can choose.",
        "Your contract ends soon.",
        heading("You choose, we arrange it"),
        text(
            "Your contract ends soon. You can renew, change something or stop; all three are as "
            "easy. What happens if you do nothing stands in your contract, and we gladly explain.",
            "Reply to this mail, and somebody who knows your contract gets in touch.",
        ),
        button("Make your choice"),
    ),
)

PRESET = Preset(
    code="contract_renewal",
    direction="keep",
    names={"nl": "Contract ruim op tijd verlengen", "en": "Contract renewal in good time"},
    told={
        "nl": Told(
            what="Voor wie een contract heeft dat over anderhalf tot drie maanden afloopt en niet "
            "opzegde: eerst kijken of het past, drie weken later de keuzes.",
            known="Een contract houdt vast tot de dag dat het eindigt; drempels om weg te gaan "
            "verklaren dat mensen blijven, niet dat zij dat willen. Een bericht kan ook wakker maken "
            "wie anders stil was gebleven: daarom juist hier een controlegroep.",
            guard="De wettelijke berichten over verlengen en opzeggen gaan naar iedereen, los van "
            "deze campagne. Nooit stil verlengen.",
        ),
        "en": Told(
            what="For who has a contract that ends in six weeks to three months and gave no notice: "
            "first whether it suits, three weeks later the choices.",
            known="A contract holds until the day it ends; barriers to leaving explain that people "
            "stay, not that they want to. A message may also wake those who would have stayed in "
            "silence: hence a control group here above all.",
            guard="What the law asks to be told on renewal and notice goes to everybody, apart from "
            "this campaign. Never renew in silence.",
        ),
    },
    source="Burnham, Frels & Mahajan 2003; Dick & Basu 1994",
    fits=("captive", "habit"),
    avoid=("true",),
    needs=("contracts",),
    stands_for=("save_offer", "ask_why"),
    who={
        "all": [
            {"is": "contract_ends", "days": 90, "at_least": 45},
            {"not": {"is": "gave_notice"}},
            QUIET,
        ]
    },
    offers=(nothing(),),
    steps=(_REVIEW, _CALL, _TERMS),
    rhythm="daily",
    window_days=120,
    exits_on_order=False,
)

"""For who just bought for the first time: a warm beginning, in three letters and without a discount."""

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
)

_HELLO = mail(
    nl=letter(
        "Fijn dat u er bent",
        "Zo bereikt u ons, en dit mag u van ons verwachten.",
        "U kocht voor het eerst bij ons.",
        heading("Welkom bij {{ shop.name }}"),
        text(
            "Dank u wel voor uw eerste bestelling. We pakken haar met zorg in en laten u weten "
            "wanneer ze onderweg is.",
            "Gaat er iets anders dan u hoopte, beantwoord dan deze mail. Er leest een mens mee, en "
            "die lost het op.",
        ),
        button("Kijk gerust rond"),
    ),
    en=letter(
        "Good to have you here",
        "How to reach us, and what you may expect.",
        "You bought from us for the first time.",
        heading("Welcome to {{ shop.name }}"),
        text(
            "Thank you for your first order. We pack it with care and let you know when it is on "
            "its way.",
            "Should anything turn out otherwise than you hoped, reply to this mail. A person reads "
            "it, and puts it right.",
        ),
        button("Have a look around"),
    ),
)
_USE = mail(
    wait_days=7,
    nl=letter(
        "Haal er het beste uit",
        "Een paar dingen die klanten ons vaak vragen.",
        "U kocht voor het eerst bij ons.",
        heading("Alles naar wens?"),
        text(
            "Uw bestelling is nu een paar dagen bij u. Hebt u een vraag over het gebruik, of werkt "
            "iets niet zoals u dacht? Beantwoord deze mail en we helpen u op weg.",
            "Wie goed begint, heeft er langer plezier van. Daar doen we het voor.",
        ),
        button("Naar {{ shop.name }}"),
    ),
    en=letter(
        "Get the best out of it",
        "A few things that customers often ask us.",
        "You bought from us for the first time.",
        heading("Everything as you wished?"),
        text(
            "Your order has been with you for some days. Do you have a question about using it, or "
            "does something work otherwise than you thought? Reply to this mail and we help you on.",
            "Whoever begins well enjoys it longer. That is what we do it for.",
        ),
        button("To {{ shop.name }}"),
    ),
)
_BACK = mail(
    wait_days=21,
    nl=letter(
        "Tot ziens bij {{ shop.name }}",
        "U weet ons te vinden.",
        "U kocht een maand geleden voor het eerst bij ons.",
        heading("Een maand later"),
        text(
            "Het is een maand geleden dat u bij ons kocht. Hopelijk bent u er blij mee.",
            "Wilt u nog eens kijken? De winkel staat voor u open. En wilt u liever niets meer van "
            "ons horen, dan kan dat onder aan deze mail, met één klik.",
        ),
        button("Bekijk wat er nieuw is"),
    ),
    en=letter(
        "See you at {{ shop.name }}",
        "You know where to find us.",
        "You bought from us for the first time a month ago.",
        heading("A month on"),
        text(
            "It is a month since you bought from us. We hope you are happy with it.",
            "Would you like another look? The shop is open for you. And if you would rather hear no "
            "more from us, one click below this mail does it.",
        ),
        button("See what is new"),
    ),
)

PRESET = Preset(
    code="welcome",
    direction="deepen",
    names={"nl": "Welkom", "en": "Welcome"},
    told={
        "nl": Told(
            what="Voor wie pas voor het eerst kocht: welkom, hulp bij het gebruik en na een maand "
            "een uitnodiging. Wie intussen bestelt, krijgt de rest niet.",
            known="Tevredenheid is een nodige eerste stap, maar verbleekt als er geen band op "
            "volgt. Hoeveel een welkomstreeks oplevert, verschilt sterk: meet het hier.",
            guard="Geen korting: de eerste indruk wordt er anders een van de prijs.",
        ),
        "en": Told(
            what="For who just bought for the first time: a welcome, help in using it, and an "
            "invitation after a month. Whoever orders meanwhile does not get the rest.",
            known="Satisfaction is a needed first step that fades unless a bond follows. What a "
            "welcome series brings differs widely: measure it here.",
            guard="No discount: or the first impression is one of price.",
        ),
    },
    source="Oliver 1999",
    fits=("unknown", "latent", "true"),
    avoid=("captive",),
    stands_for=("welcome", "second_purchase"),
    who={
        "all": [
            {"is": "orders", "at_least": 1, "at_most": 1},
            {"is": "first_bought", "at_most": 14},
            QUIET,
        ]
    },
    offers=(nothing(),),
    steps=(_HELLO, _USE, _BACK),
    rhythm="daily",
    window_days=60,
)

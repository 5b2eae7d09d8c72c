"""The mails that members get of us: codes, points that end, their page; and one to staff."""

from __future__ import annotations

from dataclasses import replace

from stamgast.mail.content import Block, Content, Version

SIGN_IN = Content.of(
    nl=Version(
        subject="Uw code voor {{ shop.name }}",
        preheader="Tien minuten geldig",
        blocks=(
            Block("text", "Met deze code opent u uw pagina van {{ shop.name }}:"),
            Block("code", "{{ code }}"),
            Block(
                "text",
                "De code werkt één keer, tien minuten lang. Vroeg u er niet om? Dan hoeft u niets te doen.",
            ),
        ),
        why="Iemand vulde dit e-mailadres in om in te loggen.",
    ),
    en=Version(
        subject="Your code for {{ shop.name }}",
        preheader="Valid for ten minutes",
        blocks=(
            Block("text", "With this code you open your page of {{ shop.name }}:"),
            Block("code", "{{ code }}"),
            Block(
                "text",
                "The code works once, for ten minutes. Did you not ask for it? Then you need not do anything.",
            ),
        ),
        why="Somebody filled in this e-mail address to sign in.",
    ),
)
ERASE = Content.of(
    nl=Version(
        subject="Bevestig dat wij u vergeten",
        blocks=(
            Block(
                "text",
                "Met deze code bevestigt u dat {{ shop.name }} uw gegevens verwijdert. "
                "Dat is niet terug te draaien: uw punten vervallen.",
            ),
            Block("code", "{{ code }}"),
            Block("text", "Vroeg u dit niet? Doe dan niets; er verandert niets."),
        ),
        why="Op uw eigen pagina is gevraagd om uw gegevens te verwijderen.",
    ),
    en=Version(
        subject="Confirm that we forget you",
        blocks=(
            Block(
                "text",
                "With this code you confirm that {{ shop.name }} removes your data. "
                "It cannot be undone: your points are gone.",
            ),
            Block("code", "{{ code }}"),
            Block("text", "Was it not you? Then do nothing; nothing changes."),
        ),
        why="On your own page somebody asked us to remove your data.",
    ),
)
EXPIRY = Content.of(
    nl=Version(
        subject="{{ points }} punten vervallen op {{ day | day }}",
        blocks=(
            Block("text", "{{ greeting }},"),
            Block(
                "text",
                "Op {{ day | day }} vervallen {{ points }} van uw {{ balance }} punten bij {{ shop.name }}. "
                "Tot die dag kunt u ze gebruiken.",
            ),
            Block("button", "Bekijk uw punten", "{{ page }}"),
        ),
        why="U spaart punten bij ons; voor ze vervallen laten wij dat weten.",
    ),
    en=Version(
        subject="{{ points }} points expire on {{ day | day }}",
        blocks=(
            Block("text", "{{ greeting }},"),
            Block(
                "text",
                "On {{ day | day }} {{ points }} of your {{ balance }} points at {{ shop.name }} expire. "
                "You can use them until then.",
            ),
            Block("button", "See your points", "{{ page }}"),
        ),
        why="You save points with us; before they expire we tell you.",
    ),
)
INVITATION = Content.of(
    nl=Version(
        subject="Spaar punten bij {{ shop.name }}",
        blocks=(
            Block("text", "Beste {{ customer.first_name }},"),
            Block(
                "text",
                "Bij {{ shop.name }} spaart u punten met elke aankoop. Doe mee op uw pagina:",
            ),
            Block("button", "Doe mee", "{{ page }}"),
        ),
        why="U wilde aanbiedingen van ons ontvangen.",
    ),
    en=Version(
        subject="Save points at {{ shop.name }}",
        blocks=(
            Block("text", "Dear {{ customer.first_name }},"),
            Block(
                "text",
                "At {{ shop.name }} you save points with every purchase. Take part on your page:",
            ),
            Block("button", "Take part", "{{ page }}"),
        ),
        why="You wanted to receive offers from us.",
    ),
)
WELCOME = Content.of(
    nl=Version(
        subject="Een welkom van {{ shop.name }}",
        blocks=(
            Block("text", "Beste {{ customer.first_name }},"),
            Block("text", "U kwam op uitnodiging van een vriend. Daarom is deze code voor u:"),
            Block("code", "{{ code }}"),
            Block("text", "Vul hem in bij uw volgende bestelling."),
        ),
        why="U wilde aanbiedingen van ons ontvangen.",
    ),
    en=Version(
        subject="A welcome from {{ shop.name }}",
        blocks=(
            Block("text", "Dear {{ customer.first_name }},"),
            Block("text", "A friend invited you. That is why this code is yours:"),
            Block("code", "{{ code }}"),
            Block("text", "Enter it with your next order."),
        ),
        why="You wanted to receive offers from us.",
    ),
)
LEDGER_ALARM = Content.of(
    nl=Version(
        subject="De punten van {{ shop.name }} kloppen niet",
        blocks=(
            Block(
                "text",
                "Vannacht zijn alle punten nageteld, en {{ checks }} van de controles klopt niet. "
                "Tot dit is opgelost, kunnen saldi verkeerd zijn.",
            ),
            Block(
                "text",
                "Laat wie Stamgast beheert `stamgast verify` uitvoeren: dat zegt welke regels "
                "verschillen. Het staat ook op de pagina's van het loyaliteitsprogramma, tot de nacht "
                "waarin alles weer klopt.",
            ),
        ),
        why="U beheert {{ shop.name }}.",
    ),
    en=Version(
        subject="The points of {{ shop.name }} do not add up",
        blocks=(
            Block(
                "text",
                "All points were counted anew last night, and {{ checks }} of the checks does not hold. "
                "Until this is mended, balances may be wrong.",
            ),
            Block(
                "text",
                "Let whoever keeps Stamgast run `stamgast verify`: it says which rows differ. The pages "
                "of the loyalty programme show it too, until the night in which all is well again.",
            ),
        ),
        why="You administer {{ shop.name }}.",
    ),
)
PAGE = Content.of(
    nl=Version(
        subject="Uw pagina bij {{ shop.name }}",
        blocks=(
            Block("text", "Beste {{ customer.first_name }},"),
            Block(
                "text",
                "Op uw eigen pagina staan uw punten, uw niveau, uw beloningen en uw codes. "
                "De link werkt dertig dagen.",
            ),
            Block("button", "Open uw pagina", "{{ page }}"),
            Block("text", "Stuur deze mail niet door: wie de link heeft, ziet uw pagina."),
        ),
        why="U vroeg ons om de link naar uw pagina.",
    ),
    en=Version(
        subject="Your page at {{ shop.name }}",
        blocks=(
            Block("text", "Dear {{ customer.first_name }},"),
            Block(
                "text",
                "On your own page you find your points, your level, your rewards and your codes. "
                "The link works for thirty days.",
            ),
            Block("button", "Open your page", "{{ page }}"),
            Block("text", "Do not forward this mail: who has the link sees your page."),
        ),
        why="You asked us for the link to your page.",
    ),
)
LETTERS = {"sign_in": SIGN_IN, "erase": ERASE}


def without_button(letter: Content) -> Content:
    """Return a letter for a shop whose pages have no public address yet: nothing to press in it."""
    return Content(
        tuple(
            (language, replace(said, blocks=tuple(b for b in said.blocks if b.kind != "button")))
            for language, said in letter.versions
        )
    )

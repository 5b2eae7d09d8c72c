"""For who just reached a tier: recognition, and what it gives."""

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

_REACHED = mail(
    nl=letter(
        "U hebt niveau {{ member.tier }} bereikt",
        "Dit staat er vanaf nu voor u klaar.",
        "U bereikte een nieuw niveau in ons spaarprogramma.",
        heading("Welkom bij {{ member.tier }}"),
        text(
            "Gefeliciteerd: u hoort vanaf nu bij {{ member.tier }}. Dat hebt u aan uzelf te "
            "danken, en wij u aan ons.",
            "Wat uw niveau geeft, geldt meteen en zonder dat u iets hoeft te doen. U vindt alles "
            "terug bij uw punten.",
        ),
        button("Bekijk uw voordelen", "{{ member.page }}"),
    ),
    en=letter(
        "You reached {{ member.tier }}",
        "This is ready for you from now on.",
        "You reached a new tier in our programme.",
        heading("Welcome to {{ member.tier }}"),
        text(
            "Congratulations: from now on you belong to {{ member.tier }}. You have yourself to "
            "thank for it, and we have you.",
            "What your tier gives holds at once and asks nothing of you. You find it all with your "
            "points.",
        ),
        button("See your benefits", "{{ member.page }}"),
    ),
)
_USED = mail(
    wait_days=30,
    nl=letter(
        "Haalt u alles uit {{ member.tier }}?",
        "Een maand op uw nieuwe niveau.",
        "U bereikte een maand geleden een nieuw niveau.",
        heading("Een maand {{ member.tier }}"),
        text(
            "U bent nu een maand bij {{ member.tier }}, met {{ member.points }} punten op uw tegoed. "
            "Sommige voordelen vergeet een mens licht; daarom zetten we ze nog eens voor u klaar.",
        ),
        button("Bekijk wat u nog niet gebruikte", "{{ member.page }}"),
    ),
    en=letter(
        "Do you get everything out of {{ member.tier }}?",
        "A month on your new tier.",
        "You reached a new tier a month ago.",
        heading("A month of {{ member.tier }}"),
        text(
            "You have been with {{ member.tier }} for a month now, with {{ member.points }} points "
            "to spend. Some benefits are easily forgotten; so here they are once more.",
        ),
        button("See what you did not use yet", "{{ member.page }}"),
    ),
)

PRESET = Preset(
    code="tier_reached",
    direction="deepen",
    names={"nl": "Niveau bereikt", "en": "Tier reached"},
    told={
        "nl": Told(
            what="Zodra een lid een niveau bereikt: erkenning en uitleg, en na een maand wat er "
            "nog ongebruikt ligt.",
            known="Over 429 gemeten effecten werken programma’s sterker op gedrag dan op houding. "
            "Het niveau zelf is verdiend en hangt nooit van het lot af; alleen het bericht wordt "
            "gemeten.",
            guard="Het voordeel van het niveau krijgt iedereen, ook de controlegroep.",
        ),
        "en": Told(
            what="As soon as a member reaches a tier: recognition and explanation, and after a "
            "month what lies unused.",
            known="Over 429 measured effects programmes work more on behaviour than on attitude. "
            "The tier itself is earned and never depends on the lot; only the message is measured.",
            guard="Everybody gets what the tier gives, the control group too.",
        ),
    },
    source="Belli et al. 2022",
    fits=("true", "bought"),
    avoid=("none",),
    needs=("programme",),
    stands_for=("thank_and_reward",),
    who={"all": [{"is": "reached_tier", "days": 7}, QUIET]},
    offers=(nothing(),),
    steps=(_REACHED, _USED),
    rhythm="on_event",
    trigger="tier_reached",
    window_days=60,
    exits_on_order=False,
)

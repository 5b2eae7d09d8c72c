"""A campaign as pages show it: its state in a sentence, its money, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.campaigns.errors import KeptBack
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.measurement.models import Lot
from stamgast.strategy.models import Reservation
from stamgast.web.design.tags import listed, money, number, whole_money
from stamgast.web.refusals import SENTENCES
from stamgast.web.sentences import filled
from stamgast.web.words import word_of

EDITABLE = (Campaign.Status.DRAFT, Campaign.Status.CHECKED, Campaign.Status.APPROVED)
STEPS = ("goal", "who", "offer", "control", "check")


@dataclass(frozen=True)
class Counts:
    """What a campaign did so far."""

    drawn: int
    control: int
    given: int
    used: int
    sent: int
    waiting: int
    failed: int
    withheld: int
    kept_back: int  # by a cap until it was over
    uncertain: int

    @property
    def todo(self) -> int:
        """Contacts that did not end yet."""
        return self.waiting

    @property
    def done_share(self) -> float:
        """How far the contacts are, from 0 to 1."""
        ended = self.sent + self.failed + self.withheld + self.kept_back + self.uncertain
        every = self.waiting + ended
        return ended / every if every else 0.0


def counts_of(campaign: Campaign) -> Counts:
    """Add up what came of a campaign."""
    lots = Lot.objects.filter(experiment=campaign.experiment_id)
    arms = lots.aggregate(drawn=Count("pk"), control=Count("pk", filter=Q(arm__is_control=True)))
    given = Assignment.objects.filter(campaign=campaign).aggregate(
        given=Count("pk"), used=Count("pk", filter=Q(state=Assignment.State.USED))
    )
    kept_back = Q(reason=KeptBack.code)
    contacts = Delivery.objects.filter(assignment__campaign=campaign).aggregate(
        kept_back=Count("pk", filter=kept_back),
        **{
            name: Count("pk", filter=Q(state=name) & ~kept_back)
            for name in ("sent", "waiting", "failed", "withheld", "uncertain")
        },
    )
    return Counts(**arms, **given, **contacts)


@dataclass(frozen=True)
class Money:
    """What a campaign set aside and spent of its goal."""

    reserved_minor: int
    spent_minor: int


def money_of(campaign: Campaign) -> Money:
    """Add up the money of a campaign: what offers still hold, and what they cost."""
    mine = Reservation.objects.filter(assignment__campaign=campaign)
    held = Q(state=Reservation.State.RESERVED)
    sums = mine.aggregate(reserved=Sum("amount_minor", filter=held), spent=Sum("settled_minor"))
    return Money(sums["reserved"] or 0, sums["spent"] or 0)


def state_sentence(campaign: Campaign, counts: Counts) -> SafeString:
    """Say what a campaign does, in one sentence with its figures."""
    facts = {
        "name": campaign.name,
        "given": number(counts.given),
        "control": number(counts.control),
        "sent": number(counts.sent),
    }
    text = {
        "draft": gettext("<b>%(name)s</b> is a draft: nobody gets anything yet."),
        "checked": gettext("<b>%(name)s</b> is ready; somebody approves it and it can run."),
        "approved": gettext("<b>%(name)s</b> is approved and can run."),
        "running": gettext(
            "<b>%(name)s</b> runs: <b>%(given)s customers</b> get it, <b>%(control)s</b> by lot do "
            "not."
        ),
        "paused": gettext(
            "<b>%(name)s</b> stands still: %(given)s customers got it, %(control)s by lot did not."
        ),
        "ended": gettext(
            "<b>%(name)s</b> ended: %(given)s customers got it, %(control)s by lot did not."
        ),
    }[campaign.status]
    if campaign.status == Campaign.Status.RUNNING and not counts.drawn:
        text = gettext("<b>%(name)s</b> runs; the lot has not been drawn yet.")
    return filled(text, **facts)


@dataclass(frozen=True)
class FindingShown:
    """One finding in words, with where it is mended."""

    code: str
    is_blocking: bool
    text: str
    step: str


_MENDED_IN = {
    "nobody": "who", "nobody_may": "who", "event_gone": "who", "standing_control": "who",
    "control_share": "control", "no_goal": "goal", "goal_not_open": "goal", "budget": "goal",
    "worst_case": "goal", "no_codes": "offer", "no_contact": "offer", "fewer_codes": "offer", "text": "offer",
    "codes_closed": "offer", "no_points": "offer", "no_reward": "offer", "reward_costs": "offer",
    "second_life": "who", "no_website": "offer", "no_trigger": "who", "not_scored": "who", "overlaps": "who",
    "contacted_often": "goal", "contact_too_late": "offer",
}  # fmt: skip


def finding_shown(finding: dict[str, Any]) -> FindingShown:
    """Put a finding into words."""
    code, facts = finding["code"], finding["facts"]
    return FindingShown(
        code, finding["is_blocking"], _text(code, facts), _MENDED_IN.get(code, "check")
    )


def _text(code: str, facts: dict[str, Any]) -> str:
    if code in ("budget", "worst_case"):
        amounts = {
            "most": whole_money(facts["amount_minor"], facts["currency"]),
            "free": whole_money(max(0, facts["free_minor"]), facts["currency"]),
        }
        if code == "budget":
            return gettext("It costs at most %(most)s; the goal has %(free)s left.") % amounts
        return (
            gettext("It costs at most %(most)s; the goal allows one campaign %(free)s.") % amounts
        )
    if code == "fewer_codes":
        shown = {"free": number(facts["free"]), "needed": number(facts["needed"])}
        return gettext("There are %(free)s codes, and about %(needed)s are needed.") % shown
    if code == "overlaps":
        text = ngettext(
            "%(n)s customer is also in the audience of “%(name)s”. Who heard from us lately gets it "
            "later, or not.",
            "%(n)s customers are also in the audience of “%(name)s”. Who heard from us lately gets "
            "it later, or not.",
            facts["customers"],
        )
        return text % {"n": number(facts["customers"]), "name": facts["name"]}
    if code == "second_life":
        amount = money(facts["amount_minor"], facts["currency"])
        text = ngettext(
            "A return is expected to bring %(amount)s a head: nobody costs more. "
            "%(n)s customer is left out for it.",
            "A return is expected to bring %(amount)s a head: nobody costs more. "
            "%(n)s customers are left out for it.",
            facts["customers"],
        )
        return text % {"amount": amount, "n": number(facts["customers"])}
    if code == "standing_control":
        text = ngettext(
            "%(n)s customer is in the standing control group and gets nothing.",
            "%(n)s customers are in the standing control group and get nothing.",
            facts["customers"],
        )
        return text % {"n": number(facts["customers"])}
    if code == "contacted_often":
        text = ngettext(
            "%(n)s customer heard from us often enough lately: theirs waits until they may again.",
            "%(n)s customers heard from us often enough lately: theirs waits until they may again.",
            facts["customers"],
        )
        return text % {"n": number(facts["customers"])}
    if code == "text":
        return _text_problem(facts)
    said = word_of("finding", code)
    return f"{said[:1].upper()}{said[1:]}."


def _text_problem(facts: dict[str, Any]) -> str:
    template = SENTENCES.get(facts.get("refusal", ""))
    if template is None:
        return gettext("A text cannot be filled in.")
    filling = {
        "where": word_of("part", str(facts.get("where", ""))),
        "field": str(facts.get("field", "")),
        "problem": word_of("problem", str(facts.get("problem", ""))),
    }
    try:
        return str(template) % {**facts, **filling}
    except KeyError:
        return gettext("A text cannot be filled in.")


def cost_line(minor: int, currency: str) -> str:
    """Return an amount to the cent only where that matters."""
    return whole_money(minor, currency) if minor % 100 == 0 else money(minor, currency)


def reasons_line(reasons: dict[str, int]) -> str:
    """Say why some may not: 12 because they never said that we may, 3 because ..."""
    return listed(f"{number(n)} ({word_of('problem', code)})" for code, n in reasons.items())

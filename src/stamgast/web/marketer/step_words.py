"""The next step for one customer in words: what to do, and why the rules chose it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from stamgast.web.words import Words

# Nothing to do: these ask no answer.
RESTFUL: Final = frozenset({"let_be", "nothing"})
TITLES: Final[Words] = {
    "service_call": _("Call about what went wrong"),
    "ask_why": _("Ask why they stay away"),
    "save_offer": _("Make an offer to stay"),
    "win_back": _("Invite them back"),
    "welcome": _("Welcome them"),
    "second_purchase": _("Invite them to a second purchase"),
    "replenish": _("Remind them to replenish"),
    "invite_ambassador": _("Ask them to bring a friend"),
    "thank_and_reward": _("Thank them"),
    "let_be": _("Let them be"),
    "nothing": _("Nothing to do"),
}
REASONS: Final[Words] = {
    "open_complaint": _("A complaint is open. Until it is solved, nothing else helps."),
    "no_purchase_yet": _("They have not bought yet, so there is nothing to keep."),
    "contacted_lately": _("We reached out less than two weeks ago. Give them time to answer."),
    "no_consent": _("They did not allow us to mail or call with offers."),
    "no_consent_to_mail": _("They did not allow us to mail offers, and a call costs too much."),
    "notice_given": _("They gave notice on their contract. A call now is the last good moment."),
    "valued_and_drifting": _(
        "They are among your most valuable customers, and silent for longer than is usual for them."
    ),
    "drifting": _(
        "They are silent for longer than is usual for them. An answer helps more than an offer."
    ),
    "drifting_and_worth_it": _(
        "They are silent for longer than is usual for them, and worth more than an offer costs."
    ),
    "lost": _("They left less than two years ago."),
    "lost_and_worth_it": _(
        "They left less than two years ago, and are worth more than a mail costs."
    ),
    "long_gone": _("They left more than two years ago."),
    "too_little_to_win": _("They are not expected to bring in what a mail costs."),
    "came_back": _("They had left and came back. A personal word now works best."),
    "first_purchase": _("They bought for the first time in the past two weeks."),
    "second_purchase_due": _("Customers like them who buy again have mostly done so by now."),
    "due_again": _("Their usual time between purchases is nearly over."),
    "valued_for_long": _("They buy often and are among your most valuable customers."),
    "valued": _("They are among your most valuable customers."),
    "all_is_well": _("They buy at their usual pace. Leave it so."),
}


def title(step: str) -> str:
    """Return what to do; a code without words shows itself, and a test finds it."""
    return str(TITLES.get(step, step))


def reason(code: str) -> str:
    """Return why the rules chose it; empty when no reason was kept."""
    return str(REASONS.get(code, code))

"""The words of our trade, each with its meaning: for tooltips and for the page of words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Term:
    """One word, what it means, and in which group of words it belongs."""

    group: str
    name: Text
    meaning: Text


GROUPS: dict[str, Text] = {
    "stage": _("Where a customer stands"),
    "bond": _("Why a customer stays"),
    "worth": _("What a customer is worth"),
    "step": _("What to do"),
    "proof": _("What worked"),
    "data": _("What we know it from"),
}
TERMS: dict[str, Term] = {
    "stage": Term(
        "stage",
        _("stage"),
        _(
            "Where a customer stands, measured against their own rhythm: how long they have been "
            "silent, against what is usual for them and for customers like them. With a contract, "
            "the contract decides."
        ),
    ),
    "none": Term(
        "stage", _("no purchase yet"), _("We know this person, but they have not bought yet.")
    ),
    "new": Term(
        "stage",
        pgettext_lazy("stage", "new"),
        _("Bought on one day so far, and it is not late yet for a second time."),
    ),
    "active": Term(
        "stage",
        pgettext_lazy("stage", "active"),
        _("Buys again and again, and is not silent for longer than is usual for them."),
    ),
    "drifting": Term(
        "stage",
        pgettext_lazy("stage", "drifting"),
        _(
            "Silent for longer than 4 of 5 of their usual pauses, or gave notice of a contract. "
            "Now it still helps to do something."
        ),
    ),
    "lost": Term(
        "stage",
        pgettext_lazy("stage", "lost"),
        _(
            "Silent for longer than 49 of 50 of their usual pauses, or the contract has ended. "
            "Such customers rarely come back by themselves."
        ),
    ),
    "won_back": Term(
        "stage",
        pgettext_lazy("stage", "won back"),
        _("Was lost, and came back less than 90 days ago."),
    ),
    "withheld": Term(
        "stage",
        _("does not want to be profiled"),
        _("This customer objected to profiling. We show what happened and judge nothing."),
    ),
    "rhythm": Term(
        "stage",
        _("own rhythm"),
        _(
            "The time that usually passes between two purchases of this customer. As long as we "
            "have seen few of them, customers like them count along."
        ),
    ),
    "loyalty_true": Term(
        "bond", _("truly loyal"), _("Buys often, and is fond of us: stays because they want to.")
    ),
    "loyalty_latent": Term(
        "bond",
        _("fan who buys little"),
        _("Fond of us by what they say and do, but buys less than customers like them."),
    ),
    "loyalty_captive": Term(
        "bond",
        _("held by contract or device"),
        _(
            "Buys again because a contract or a device ties them, without a sign of being fond of "
            "us. When the tie ends, they may go."
        ),
    ),
    "loyalty_bought": Term(
        "bond",
        _("here for the discount"),
        _("Buys mostly with a discount or for points. Without these they may go elsewhere."),
    ),
    "loyalty_habit": Term(
        "bond",
        _("here out of habit"),
        _("Buys at a fixed rhythm, and shows little else: a disturbance can end the habit."),
    ),
    "loyalty_no_alternative": Term(
        "bond",
        _("knows no other shop"),
        _("Stays for want of another shop nearby or with the same goods, not for us."),
    ),
    "loyalty_none": Term("bond", _("no bond"), _("Not fond of us, and buys little.")),
    "loyalty_unknown": Term(
        "bond", _("not known yet"), _("We have seen too little to say why they stay.")
    ),
    "loyalty_lost": Term("bond", _("left us"), _("Silent for so long that they count as lost.")),
    "margin": Term(
        "worth",
        _("margin"),
        _(
            "Revenue without VAT, less discount, returns, the cost of the goods, shipping and "
            "payment."
        ),
    ),
    "assumed_margin": Term(
        "worth",
        _("assumed margin"),
        _(
            "Where the cost of an article is not known, we count with the margin you stated for "
            "its category or for the whole shop."
        ),
    ),
    "value": Term(
        "worth",
        _("value"),
        _(
            "The margin a customer is expected to bring in the coming year. Later money counts for "
            "a little less."
        ),
    ),
    "at_stake": Term(
        "worth",
        _("at stake"),
        _(
            "The margin that drifting customers are still expected to bring in the coming year. "
            "It is what can be lost, not what can be saved."
        ),
    ),
    "likely_between": Term(
        "worth",
        _("likely between"),
        _("In 8 of 10 cases the outcome lies between these two amounts."),
    ),
    "chance_to_stay": Term(
        "worth",
        _("chance that they will buy again"),
        _("How likely it is that this customer has not left for good."),
    ),
    "second_purchase": Term(
        "worth",
        _("second purchase"),
        _(
            "The first time a customer comes back. Who buys a second time, often stays; therefore "
            "it is the best sign of how well you keep new customers."
        ),
    ),
    "next_step": Term(
        "step",
        _("next step"),
        _(
            "The one thing that fits this customer best now, with its reason. Nothing is also an "
            "answer."
        ),
    ),
    "rule_of_thumb": Term(
        "step",
        _("rule of thumb"),
        _("Sensible, but not proven for your customers. That takes a trial with a control group."),
    ),
    "let_be": Term(
        "step",
        _("let be"),
        _(
            "Do not write or call now: we did so lately, they do not want it, or it would cost "
            "more than it brings."
        ),
    ),
    "goal": Term(
        "proof",
        _("goal"),
        _(
            "What you are after: keeping customers or deepening their loyalty, with one figure, a "
            "date and a budget. Once it has begun, figure, date and forecast are locked."
        ),
    ),
    "control_group": Term(
        "proof",
        _("control group"),
        _(
            "Customers who by lot get nothing extra. What they buy anyway shows what an effort "
            "itself brought. Who lives at one address draws one lot."
        ),
    ),
    "standing_control": Term(
        "proof",
        _("standing control group"),
        _(
            "Customers who by lot get no campaign, invitation or lot-given benefit for a year. "
            "They show what all efforts bring together."
        ),
    ),
    "verdict": Term(
        "proof",
        _("verdict"),
        _(
            "What an effort really brought, in margin after returns and costs, against its control "
            "group; with an interval that may be read every day."
        ),
    ),
    "extra_margin": Term(
        "proof",
        _("extra margin because of the campaign"),
        _(
            "The margin of those who got it, less what they would have brought anyway according "
            "to the control group."
        ),
    ),
    "borrowed_from_later": Term(
        "proof",
        _("borrowed from later"),
        _(
            "First extra margin, then as much less: orders were only pulled forward. Both groups "
            "are followed for three usual purchase intervals after the window to see it."
        ),
    ),
    "complaint": Term(
        "step",
        _("complaint"),
        _(
            "Something a customer is not content with. It has an owner and a deadline, and gets "
            "no offers until it is closed."
        ),
    ),
    "consent": Term(
        "step",
        _("consent"),
        _(
            "What a customer allows us, per channel and purpose, with the wording they agreed to. "
            "What was once noted stays visible; the latest counts."
        ),
    ),
    "orders_known_until": Term(
        "data",
        _("orders known up to"),
        _("The moment of the newest order we know. Whoever bought later looks silent to us."),
    ),
    "rows_to_mend": Term(
        "data",
        _("rows to mend"),
        _(
            "Rows of a file that we could not read. The other rows were imported; mend these and "
            "they follow."
        ),
    ),
    "anonymous_sales": Term(
        "data",
        _("anonymous sales"),
        _("Orders without a customer. They count for revenue, not for anybody's rhythm."),
    ),
    "charge": Term(
        "data",
        _("charge"),
        _("A line that is billed but is no product, such as postage. It is no purchase."),
    ),
    "scoring": Term(
        "data",
        _("scoring"),
        _(
            "Working out stage, value and next step for everybody. It happens every night and "
            "after each import; until it is done the old figures stay."
        ),
    ),
}

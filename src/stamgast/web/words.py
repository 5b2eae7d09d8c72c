"""The words on screen for every code that the core returns, one place per kind."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, str | Promise]

STAGES: Words = {
    "none": _("no purchase yet"),
    "new": pgettext_lazy("stage", "new"),
    "active": pgettext_lazy("stage", "active"),
    "drifting": pgettext_lazy("stage", "drifting"),
    "lost": pgettext_lazy("stage", "lost"),
    "won_back": pgettext_lazy("stage", "won back"),
    "withheld": _("does not want to be profiled"),
}
STEPS: Words = {
    "welcome": pgettext_lazy("step", "Welcome"),
    "second_purchase": pgettext_lazy("step", "Second purchase"),
    "replenish": pgettext_lazy("step", "Replenish"),
    "thank_and_reward": pgettext_lazy("step", "Thank and reward"),
    "invite_ambassador": pgettext_lazy("step", "Invite as ambassador"),
    "ask_why": pgettext_lazy("step", "Ask why"),
    "service_call": pgettext_lazy("step", "Service call"),
    "save_offer": pgettext_lazy("step", "Save offer"),
    "win_back": pgettext_lazy("step", "Win back"),
    "let_be": pgettext_lazy("step", "Let be"),
    "nothing": pgettext_lazy("step", "Nothing"),
}
ROLES: Words = {
    "marketer": _("marketer"),
    "service": _("customer service"),
    "analyst": _("analyst"),
    "privacy": _("privacy officer"),
    "admin": _("administrator"),
}
ROLE_MEANINGS: Words = {
    "marketer": _("customers, figures, margin, imports and lists"),
    "service": _("customers and what was said; no margin"),
    "analyst": _("figures, margin and lists; changes nothing"),
    "privacy": _("consents, export and erasure of persons; no margin"),
    "admin": _("everything, and these settings"),
}
CHANNELS: Words = {
    "email": _("e-mail"),
    "phone": _("phone"),
    "sms": _("text message"),
    "post": _("post"),
}
PURPOSES: Words = {
    "offers": _("offers"),
    "news": _("news"),
    "survey": _("surveys"),
    "tracking": _("following what is opened and clicked"),
}
BASES: Words = {"opt_in": _("asked for it"), "soft_opt_in": _("customer of similar products")}
INTERACTIONS: Words = {
    "note": _("Note"),
    "call": _("Call"),
    "email": _("E-mail"),
    "visit": _("Visit"),
    "complaint": _("Complaint"),
    "review": _("Review"),
}
FACETS: Words = {
    "": _("the whole base"),
    "shop": _("shop"),
    "brand": _("brand"),
    "country": _("country"),
    "channel": _("sales channel"),
}
DOING: Words = {
    "reading": _("Reading your orders"),
    "understanding": _("Finding everyone's own rhythm"),
    "forecasting": _("Looking a year ahead"),
    "choosing_steps": _("Choosing next steps"),
    "adding_up": _("Adding up"),
    "writing": _("Writing it down"),
    "tidying": _("Clearing away the old figures"),
    "done": _("Done"),
}
KINDS: dict[str, Words] = {
    "stage": STAGES,
    "step": STEPS,
    "role": ROLES,
    "channel": CHANNELS,
    "purpose": PURPOSES,
    "basis": BASES,
    "interaction": INTERACTIONS,
    "facet": FACETS,
    "doing": DOING,
}


def word_of(kind: str, code: str) -> str:
    """Return the word for a code; a code without a word shows itself, and a test finds it."""
    return str(KINDS[kind].get(code, code))

"""The words on screen for every code that the core returns, one place per kind."""

from __future__ import annotations

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from stamgast.web import campaign_words, contact_words, plan_words, programme_words

Words = dict[str, str | Promise]


def _part(number: int) -> str:
    return gettext("part %(number)s") % {"number": number}


_numbered = lazy(_part, str)

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
    "referral": _("Brought a new customer"),
}
TASKS: Words = {
    "low_score": _("Find out what went wrong: they gave a low score"),
    "reward": _("Give the reward: %(what)s"),
    "missing_purchase": _("Look up the purchase that earned nothing: %(what)s"),
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
    "learning": _("Learning who responds"),
    "looking_at_customers": _("Looking at who may get what"),
    "dividing": _("Dividing the budget"),
    "understanding": _("Finding everyone's own rhythm"),
    "forecasting": _("Looking a year ahead"),
    "looking_back": _("Holding the forecast against what came"),
    "choosing_steps": _("Choosing next steps"),
    "watching": _("Holding each week against what was to be expected"),
    "measuring_events": _("Measuring what came with outside events"),
    "judging_bonds": _("Finding out why they stay"),
    "adding_conversations": _("Adding conversations"),
    "making_codes": _("Making codes"),
    "loading_codes": _("Bringing codes in"),
    "adding_programme": _("Letting members save points"),
    "adding_up": _("Adding up"),
    "writing": _("Writing it down"),
    "tidying": _("Clearing away the old figures"),
    "waiting_for_another_import": _("Waiting until another file is in"),
    "reading_file": _("Reading the file"),
    "checking_rows": _("Checking the rows"),
    "writing_customers": _("Writing customers down"),
    "writing_products": _("Writing products down"),
    "writing_orders": _("Writing orders down"),
    "matching_returns": _("Finding the sale of each return"),
    "done": _("Done"),
}
SCOPES: Words = {
    "customers:read": _("read customers"),
    "customers:write": _("write customers"),
    "consents:write": _("write consents"),
    "products:read": _("read products"),
    "products:write": _("write products"),
    "orders:read": _("read orders"),
    "orders:write": _("write orders and returns"),
    "contracts:write": _("write contracts"),
    "interactions:read": _("read what was said"),
    "interactions:write": _("write what was said"),
    "scores:read": _("read scores"),
    "mail:write": _("tell what mail came back"),
    "contacts:write": _("tell what came of contacts"),
    "campaigns:read": _("read campaigns and who got what"),
    "decisions:write": _("ask what may be shown to a customer"),
    "goals:read": _("read goals and budgets"),
    "verdicts:read": _("read efforts and their verdicts"),
    "loyalty:read": _("read members and their points"),
    "loyalty:write": _("spend and earn points at the till"),
    "points:write": _("give and take points by hand"),
}
BY_FACET: Words = {
    "shop": _("per shop"),
    "brand": _("per brand"),
    "country": _("per country"),
    "channel": _("per sales channel"),
}
FIELDS: Words = {
    **programme_words.FIELDS,
    **campaign_words.FIELDS,
    **contact_words.FIELDS,
    **plan_words.FIELDS,
    "name": _("name"),
    "email": _("e-mail address"),
    "role": _("role"),
    "language": _("language"),
    "phone": _("telephone number"),
    "key": _("customer number"),
    "first_name": _("first name"),
    "infix": _("prefix"),
    "last_name": _("surname"),
    "company": _("company"),
    "street": _("street"),
    "house_number": _("house number"),
    "postcode": _("postcode"),
    "city": _("town"),
    "country": _("country"),
    "kind": _("kind"),
    "text": _("text"),
    "outcome": _("outcome"),
    "order_number": _("order number"),
    "channel": _("channel"),
    "purpose": _("purpose"),
    "basis": _("basis"),
    "source": _("source"),
    "question": _("question"),
    "score": _("score"),
    "choice": _("choice"),
    "remark": _("remark"),
    "out_of": _("scale"),
    "asked_at": _("moment it was asked"),
    "referred": _("customer who was brought"),
    "is_charge": _("mark of a charge"),
    "category": _("category"),
    "wording": _("wording"),
    "currency": _("currency"),
    "zone": _("time zone"),
    "vat": _("VAT"),
    "vat_rate": _("VAT"),
    "discount_rate": _("value of later money"),
    "orders_may_be_old": _("hours before we warn"),
    "sender_name": _("name of the sender"),
    "sender_address": _("address of the sender"),
    "reply_address": _("address for answers"),
    "bounce_address": _("address for mail that comes back"),
    "postal_address": _("postal address"),
    "colour": _("colour of buttons"),
    "ink": _("colour of letters"),
    "paper": _("colour of the paper"),
    "tone": _("tone"),
    "host": _("mail server"),
    "port": _("port"),
    "security": _("encryption"),
    "user": _("user name"),
    "password": _("password"),
    "public_address": _("address of Stamgast"),
    "most_per_minute": _("number of messages a minute"),
    "most_contacts": _("number of messages per customer"),
    "within_days": _("number of days"),
    "quiet_from": _("start of the quiet hours"),
    "quiet_until": _("end of the quiet hours"),
    "sender_ref": _("sender"),
    "address": _("address"),
    # goals, efforts, costs of new customers
    "direction": _("choice between keeping and deepening"),
    "measure": _("measure"),
    "target": _("target"),
    "due_on": _("date"),
    "budget_minor": _("budget"),
    "contacts_most": _("number of contacts"),
    "contacts_days": _("number of days"),
    "worst_case_minor": _("most that one effort may cost"),
    "judged": _("way of judging"),
    "window_days": _("window"),
    "after_days": _("after-period"),
    "pool": _("pool"),
    "subject": _("subject"),
    "arm": _("group"),
    "month": _("month"),
    "cost": _("cost"),
    "new_customers": _("number of new customers"),
}
PROBLEMS: Words = {
    "too_long": _("it is too long"),
    "too_short": _("it is too short"),
    "not_a_number": _("it is no telephone number"),
    "not_an_address": _("it is no e-mail address"),
    "unknown_country": _("we do not know its country"),
    "not_a_date": _("it is no date"),
    "never_given": _("they never said that we may"),
    "withdrawn": _("they do not want it any more"),
    "no_address": _("we have no address for it"),
    "erased": _("this person was erased"),
    "merged": _("this record went up in another"),
    "no_backup": _("the file holds no backup"),
    "home_not_empty": _("there is already a shop in this folder"),
    "other_database": _("the backup is of another kind of database"),
    "tool_missing": _("a program for it is not installed"),
    "tool_failed": _("the program for it failed"),
    # texts in mail
    "empty": _("there is nothing in it"),
    "unknown_language": _("we do not speak this language"),
    "unknown_block": _("there is no such part"),
    # mail that may not go, or not now
    "bounced": _("mail to this address came back"),
    "complained": _("they called our mail spam"),
    "by_hand": _("a colleague put this address on the list"),
    "paused": _("they asked for some quiet"),
    "capped": _("they heard from us often enough lately"),
    "quiet_hours": _("it is night where they live"),
    "taken_back": _("it was taken back"),
    "dropped": _("a colleague dropped it"),
    "refused_for_now": _("their mail server asked us to come back later"),
    "refused": _("their mail server refused it"),
    "refused_too_long": _("their mail server put us off for days"),
    "content_refused": _("their mail server refused what it says"),
    "cannot_render": _("the text could not be filled in"),
    "connection_lost": _("the connection broke off"),
    "restored": _("it waited in a backup that was put back, and may have gone since"),
    "worker_gone": _("the program that was sending it stopped halfway"),
    **programme_words.REASONS,
    **campaign_words.PROBLEMS,
    **contact_words.PROBLEMS,
    **plan_words.PROBLEMS,
}
PARTS: Words = {
    "subject": _("the subject"),
    "preheader": _("the line below the subject"),
    "why": _("the line that says why"),
    "text": _("the text"),
    "name": _("name"),
    **{str(number): _numbered(number) for number in range(1, 61)},
}
WEAKNESSES: Words = {
    "password_too_short": _("take at least 10 characters"),
    "password_too_common": _("this one is used by many people"),
    "password_too_similar": _("this one is too much like the name or e-mail address"),
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
    "task": TASKS,
    "by_facet": BY_FACET,
    "doing": DOING,
    "field": FIELDS,
    "problem": PROBLEMS,
    "part": PARTS,
    "weakness": WEAKNESSES,
    "scope": SCOPES,
    **programme_words.KINDS,
    **campaign_words.KINDS,
    **contact_words.KINDS,
    **plan_words.KINDS,
    "finding": {**campaign_words.FINDINGS, **plan_words.FINDINGS},
}


def word_of(kind: str, code: str) -> str:
    """Return the word for a code; a code without a word shows itself, and a test finds it."""
    return str(KINDS[kind].get(code, code))

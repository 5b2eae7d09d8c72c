"""Every "no, because" of the core in a sentence; a test keeps this complete."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.kernel import Refusal
from stamgast.web.design.tags import listed
from stamgast.web.words import word_of

SENTENCES: dict[str, str | Promise] = {
    "refused": _("This is not possible."),
    # employees, programs and settings
    "sign_in_refused": _(
        "This e-mail address and password do not go together. After five wrong passwords a name "
        "is closed for a quarter of an hour."
    ),
    "no_such_user": _("Nobody works here under this e-mail address."),
    "email_taken": _("A colleague already signs in with this e-mail address."),
    "bad_user_field": _("The %(field)s is empty, too long or not possible."),
    "weak_password": _("Choose another password: %(reasons)s."),
    "last_admin": _("This is the only administrator. Make somebody else administrator first."),
    "bad_key": _("A key needs a name and at least one thing it may do."),
    "bad_setting": _("“%(value)s” is not possible here (%(field)s)."),
    "bad_filter": _("A selection needs a name, and at most 500 characters."),
    "not_your_filter": _("Only who kept this selection can remove it."),
    # customers
    "bad_customer_field": _("The %(field)s cannot be kept: %(problem)s."),
    "customer_unrecognisable": _(
        "Give a customer number, an e-mail address or a telephone number; otherwise nobody can "
        "tell this customer from another."
    ),
    "customer_erased": _("This person was erased on request, and is not written down again."),
    "customer_merged": _("This customer was joined with another; use that one."),
    "key_reused": _("The same key came before with other facts."),
    "bad_consent": _("The %(field)s of this consent is missing or not possible."),
    "soft_opt_in_refused": _(
        "Consent by a sale holds only for offers by e-mail and text message, and names the order."
    ),
    "in_the_future": _("This has not happened yet; choose today or earlier."),
    "bad_interaction": _("The %(field)s is missing or not possible."),
    "not_a_complaint": _("Only a complaint has an owner, a deadline and an end."),
    "already_closed": _("This was closed before."),
    "not_closed": _("This is still open."),
    "bad_task": _("A task needs a title of at most 200 characters."),
    "too_late_to_undo": _(
        "Only who wrote this can take it back, and only within a quarter of an hour."
    ),
    # answers of customers
    "bad_survey_answer": _("The %(field)s of this answer is missing or not possible."),
    "may_not_ask": _("We may not ask this customer: %(reason)s."),
    "asked_recently": _("We asked this customer the same less than 90 days ago."),
    "already_answered": _("This question was answered before."),
    "nobody_to_ask": _("There is nobody whom you may ask this now."),
    "too_late_to_answer": _("This question was asked too long ago, or withdrawn."),
    # plans
    "bad_plan": _("The %(field)s of this plan is missing or not possible."),
    "no_such_plan": _("There is no plan of this number."),
    "in_another_plan": _("“%(campaign)s” is in another plan already."),
    "plan_being_made": _("The plan is being worked out, or was changed meanwhile. Try once more."),
    "plan_not_ready": _("The plan cannot go on yet: %(problems)s."),
    "plan_not_approved": _(
        "Nobody approved the plan and its campaigns as they are now. Look it over and approve it."
    ),
    "plan_runs": _("A plan that runs or ran stays as it is: end it, and make a new one."),
    "plan_not_running": _("This plan does not run."),
    "left_to_plan": _("A plan says who gets this campaign: run the plan, or take it out of it."),
    "not_plannable": _("A plan cannot give this campaign: %(why)s."),
    # lots, verdicts, goals and budgets
    "bad_arms": _(
        "Each arm needs a part of the customers, and one arm is the control group: shares between "
        "0 and 100% that add up to everybody."
    ),
    "bad_experiment": _("The %(field)s of this effort is missing or not possible."),
    "experiment_ended": _("This effort has ended; nobody new is drawn."),
    "before_it_began": _("This moment lies before the effort began. Is the clock right?"),
    "needs_reason": _("Say why: by lot this customer would not get it."),
    "already_standing": _("There is a standing control group already."),
    "already_judging": _("Verdicts are being made at this moment."),
    "nothing_to_judge": _("No lot was drawn yet, so there is nothing to judge."),
    "bad_goal": _("The %(field)s is missing or not possible."),
    "goal_locked": _(
        "The target, the date and the forecast of a goal are locked once it has begun."
    ),
    "goal_not_open": _("Nothing can be spent for a goal that has not begun, or is closed."),
    "no_budget": _("An amount below zero cannot be set aside."),
    "rail_passed": _("“%(name)s” came to more than that already."),
    "budget_spent": _("The budget does not have so much left."),
    "not_reserved": _("This money is no longer set aside."),
    "bad_acquisition_cost": _("Line %(line)s: the %(field)s is missing or cannot be read."),
    "no_baseline": _("This cannot be measured yet: the base does not hold enough for it."),
    # orders, products, contracts
    "unknown_currency": _("“%(currency)s” is no currency; use three letters such as EUR."),
    "bad_order_number": _("An order needs a number of at most 64 characters."),
    "order_without_lines": _("An order needs at least one line."),
    "bad_line": _("Line %(line)s is not possible: look at %(field)s."),
    "no_such_order": _("There is no order %(number)s."),
    "returned_before_sold": _("The return is dated before its order."),
    "more_returned_than_bought": _("Of %(sku)s only %(left)s can still come back."),
    "bad_product": _("The %(field)s of this product is not possible."),
    "bad_contract": _("The %(field)s of this contract is not possible."),
    "bad_margin_rate": _("A margin lies between 0 and 100 percent, 100 not included."),
    "no_prior_price": _(
        "A reduction of %(sku)s cannot be announced: its prices of the last thirty days are not known."
    ),
    "no_reduction": _(
        "This is no reduction of %(sku)s: within the last thirty days it cost %(lowest)s."
    ),
    # the loyalty programme around the points
    "bad_code_set": _("The %(field)s of these codes is missing or not possible."),
    "gift_card_too_short": _(
        "A gift card that is sold is valid for two years at least: choose %(least)s or later."
    ),
    "code_not_applied": _("The code %(text)s does not apply: %(reason)s."),
    "no_such_code": _("We do not know this code."),
    "code_taken": _("This code belongs to other codes already."),
    "code_hold_over": _("The codes of this purchase are no longer kept apart."),
    "bad_tier": _("The %(field)s of this level is missing or not possible."),
    "bad_reward": _("The %(field)s of this reward is missing or not possible."),
    "may_not_claim": _("This reward cannot be had now: %(reason)s."),
    "claim_in_use": _("The code of this reward is in use, so it cannot be taken back."),
    "bad_referral_rule": _("The %(field)s for inviting friends is not possible."),
    "referral_refused": _("This does not count as invited: %(reason)s."),
    "sign_in_code_refused": _("This code is not right, or no longer. Ask for a new one."),
    "cannot_mail_page": _("This cannot be mailed: %(problem)s."),
    "bad_missing_purchase": _("The %(field)s of this purchase is missing or not possible."),
    "purchase_known": _("We know this purchase: it earned points, or you asked about it before."),
    "too_many_questions": _("Five purchases wait for us already. We look into those first."),
    # loyalty
    "not_a_member": _("Nobody with this name or card takes part in the programme."),
    "not_invited": _("Only who is invited takes part in this programme."),
    "member_left": _("This member left the programme."),
    "member_ref_taken": _("The name %(ref)s belongs to another member."),
    "programme_not_running": _("The programme has not started, or was stopped."),
    "bad_programme": _("The %(field)s of the programme is not possible."),
    "bad_rule": _("The %(field)s of this rule is not possible."),
    "bad_points": _("Points are a whole number, from 1 to 1,000,000,000."),
    "not_enough_points": _("Only %(available)s points can be spent."),
    "no_such_hold": _("No points are kept apart for this."),
    "hold_lapsed": _("The points were kept apart for too long, and are free again."),
    "hold_closed": _("These points were spent or let go before."),
    "more_than_held": _("Only %(held)s points were kept apart."),
    "bad_checkout": _("The %(field)s of this purchase is not possible."),
    "points_above_total": _("At most %(most)s points go with this purchase."),
    "other_currency": _("The programme counts in %(expected)s, not in %(currency)s."),
    "no_such_checkout": _("There is no purchase %(ref)s."),
    "checkout_closed": _("The purchase %(ref)s was finished before."),
    "return_too_large": _("Only %(left)s of it can still come back."),
    "no_such_entry": _("This is not in the ledger."),
    "cannot_reverse": _("This is not undone here; an order is undone by a return."),
    "already_reversed": _("This was undone before."),
    "points_need_a_reason": _("Say why, in at most 200 characters."),
    "over_month_limit": _("You may give %(left)s more points this month, of %(limit)s in all."),
    "over_your_limit": _("You may give or take at most %(limit)s points at once."),
    "same_member": _("Choose another member to move the points to."),
    "bad_endpoint": _("Webhooks need an https address that is open to the internet."),
    # signals from outside
    "bad_signal": _("The %(field)s is missing or not possible."),
    "already_watching": _("The weeks are being looked at already."),
    # mail
    "bad_content": _("Look at %(where)s of this text: %(problem)s."),
    "field_missing": _("This text names “%(field)s” (%(where)s), and nobody knows what that is."),
    "text_unreadable": _("The codes between curly brackets cannot be read (%(where)s)."),
    "text_endless": _("Filling in this text never ends (%(where)s). Make its codes simpler."),
    "bad_link": _("A link starts with https:// and leads somewhere (%(where)s)."),
    "bad_picture": _("A picture is a PNG, JPEG or GIF of at most %(most)s kB."),
    "bad_brand": _("The %(field)s is missing or not possible."),
    "bad_mail_setting": _("The %(field)s is missing or not possible."),
    "secret_needed": _(
        "Another provider, server or user name needs its own password or key: the one kept here "
        "was for the one before. Fill it in."
    ),
    "name_taken": _("There is another text with this name."),
    "bad_message": _("The %(field)s of this message is missing or not possible."),
    "may_not_mail": _("We may not send this: %(reason)s."),
    "not_yet": _("Not yet: %(reason)s."),
    "not_uncertain": _("Of this message it is known by now what became of it."),
    "not_suppressed": _("This address is not on the list any more."),
    "reason_needed": _("Say why this address may get mail again."),
    "report_unreadable": _("This is no report of mail that came back, nor of a complaint."),
    "hook_unproven": _("Whoever called did not know the secret of this address."),
    "hook_unreadable": _("This is nothing that the mail provider would say."),
    "hook_too_soon": _("This message is being handed over at this moment."),
    "report_not_ours": _("This report is about mail that was not sent from here."),
    # campaigns
    "bad_audience": _("This condition cannot be read (%(place)s): %(problem)s."),
    "bad_campaign": _("The %(field)s of this campaign is missing or not possible."),
    "no_such_preset": _("There is no finished campaign called %(name)s."),
    "campaign_runs": _(
        "This campaign runs. What it gives, and to whom, stays as it is: the lot was drawn for it. "
        "End it and begin a new one."
    ),
    "campaign_ended": _("This campaign ended, and stays as it was."),
    "not_ready": _("Something must be mended first: %(problems)s."),
    "not_approved": _("Nobody approved this campaign as it is now."),
    "needs_second_person": _("Somebody else than who wrote or changed it approves it."),
    "not_running": _("This campaign does not run."),
    "bad_codes": _("Line %(line)s of these codes cannot be taken: %(problem)s."),
    "no_such_channel": _("There is no channel called %(name)s."),
    "already_ordered": _("They ordered since."),
    "campaign_over": _("The campaign ended before this went."),
    "left_campaign": _("This customer left the campaign."),
    "in_standing_control": _("This customer is in the standing control group."),
    "offer_expired": _("What it offers ended before it could go."),
    "kept_back": _("They heard from us often enough until it was over."),
    "may_not_contact": _("We may not reach them so: %(reason)s."),
    "contact_taken": _("A colleague has this one, or it is done already."),
    "call_in_hand": _("First say what came of the call that you have in hand."),
    "bad_outcome": _("The %(field)s is missing or not possible."),
    "no_such_contact": _("No other tool was handed a contact like this."),
    "nothing_to_hand_over": _("Nobody waits for a list, or may be reached now."),
    "bad_report": _("This file cannot be read: %(problem)s."),
    "unknown_person": _("Nobody is known by this number or address."),
    # files
    "file_unreadable": _("This file cannot be read."),
    "file_empty": _("This file holds no rows."),
    "file_header_only": _(
        "This file names its columns, but holds no rows under them. Was the export complete?"
    ),
    "file_is_noise": _("This is no text file, no Excel workbook and no Parquet file."),
    "file_damaged": _("This file is damaged or breaks off. Export it again."),
    "file_too_large": _("Unpacked, this file would be larger than %(most)s MB. Split it."),
    "cell_too_large": _(
        "The cell that begins on line %(line)s holds more than %(most)s characters. Probably a "
        "quotation mark is missing there."
    ),
    "wrong_extension": _(
        "The file is called %(extension)s but holds %(found)s. Give it the right name, or export "
        "it again."
    ),
    "file_protected": _(
        "This workbook has a password or is of Excel before 2007. Save it as XLSX without a "
        "password."
    ),
    "file_gone": _("The file is no longer there. Choose it again."),
    "unknown_layout": _("We do not know these columns. Say what each of them means."),
    "no_such_layout": _("There is no layout called %(name)s."),
    "columns_missing": _("Say which column holds %(fields)s."),
    "no_such_column": _("This file has no column %(column)s."),
    "no_such_field": _("There is no field %(field)s."),
    "bad_answer": _("This answer is not possible (%(question)s)."),
    "row_still_bad": _("The row cannot be read yet: look at %(column)s."),
    "row_closed": _("This row was mended or left out before."),
    "batch_closed": _("This file was imported before, or is being imported now."),
    "import_busy": _(
        "Another file has been on its way in for too long. Try again when it is done."
    ),
    # privacy
    "not_two_customers": _("Choose two different customers."),
    "already_unmerged": _("These customers were separated before."),
    "merged_further": _("This customer was joined with yet another since. Undo that first."),
    "import_under_way": _(
        "A file is being imported that may hold this person. Try again when it is done."
    ),
    "unknown_reason": _("Choose why this person is erased."),
    # scoring and keeping
    "nothing_to_score": _("There are no customers to score yet. Import orders first."),
    "nothing_scored": _("There are no scores yet."),
    "before_first_order": _("That day, %(as_of)s, lies before the first order of %(first)s."),
    "already_scoring": _("Scoring is already under way."),
    "engine_full": _(
        "There are more customers and orders than fit in %(memory)s of memory. Give the "
        "calculation more, by the setting STAMGAST_ENGINE_MEMORY, and try again; what was shown stays."
    ),
    "cannot_look_back": _(
        "How good the forecast is cannot be told from these orders yet (%(reason)s): it takes a "
        "longer history, with customers who came back."
    ),
    "already_looking_back": _("Looking back is already under way."),
    "backup_refused": _("No backup was made or put back: %(reason)s."),
}
# Facts that are codes themselves, and the kind of words that says them.
_CODES = {
    "problems": "finding",
    "field": "field",
    "problem": "problem",
    "reason": "problem",
    "why": "problem",
    "fields": "field",
    "where": "part",
}


def sentence(refusal: Refusal) -> str:
    """Return the reader's sentence for a refusal, with its facts in words."""
    return sentence_of(refusal.code, refusal.facts)


def sentence_of(code: str, facts: Mapping[str, object]) -> str:
    """Return the same for a refusal that was written down by its code and facts."""
    template = SENTENCES.get(code)
    if template is None:
        return gettext("This is not possible (%(code)s).") % {"code": code}
    return str(template) % {name: _said(name, fact) for name, fact in facts.items()}


def _said(name: str, fact: object) -> str:
    if name == "reasons":
        return listed(word_of("weakness", str(code)) for code in _each(fact))
    if name in _CODES:
        return listed(word_of(_CODES[name], str(code)) for code in _each(fact))
    return str(fact)


def _each(fact: object) -> list[object]:
    return list(fact) if isinstance(fact, list | tuple | set | frozenset) else [fact]

"""On this event do that; every night do this: one readable table, no logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.module_loading import import_string


def later(path: str) -> Any:
    """Name a function without loading its module until it is called."""

    def call(*args: Any) -> Any:
        return import_string(path)(*args)

    return call


# A kind of job: a function of this process, or a command that runs in a process of its own.
JOBS: Mapping[str, Any] = {
    "import_batch": ("import-batch",),
    "check_batch": ("import-batch", "--dry-run"),
    "score": ("score", "--json"),
    "backtest": ("backtest", "--json"),
    "watch": ("watch", "--json"),
    "suggest": ("suggest", "--json"),
    "judge": ("verdicts", "--json"),
    "for_whom": ("verdicts", "--for-whom", "--json"),
    "make_plan": ("plan", "make", "--json"),
    "draw_plans": later("stamgast.plans.jobs.work"),
    "extend_standing": later("stamgast.measurement.jobs.extend_standing"),
    "ask_backtest": later("stamgast.scoring.backtest.ask_weekly"),
    "recalculate_margins": later("stamgast.sales.jobs.recalculate_margins"),
    "campaigns": later("stamgast.campaigns.jobs.work"),
    "make_list": later("stamgast.campaigns.jobs.make_list"),
    "tell_contacts": later("stamgast.campaigns.jobs.tell_contacts"),
    "back_up": ("backup", "--nightly"),
    "forget_old": later("stamgast.privacy.jobs.forget_old"),
    "make_codes": later("stamgast.loyalty.programme_jobs.make_codes"),
    "invite_members": later("stamgast.loyalty.programme_jobs.invite_members"),
    "load_codes": later("stamgast.loyalty.programme_jobs.load_code_file"),
    "keep_programme": later("stamgast.loyalty.programme_jobs.keep_programme"),
    "release_promises": later("stamgast.strategy.jobs.release_promises"),
    "deliver_webhooks": later("stamgast.loyalty.jobs.deliver_webhooks"),
    "settle_points": later("stamgast.loyalty.jobs.settle_points"),
    "verify_points": later("stamgast.loyalty.jobs.verify_points"),
    "reward_order": later("stamgast.loyalty.jobs.reward_order"),
    "reward_history": later("stamgast.loyalty.jobs.reward_history"),
    "reward_known": later("stamgast.loyalty.jobs.reward_known"),
    "reward_action": later("stamgast.loyalty.jobs.reward_action"),
}

# When this happened, that job is asked for.
LISTENERS: Mapping[str, Sequence[str]] = {
    "history_imported": ("score", "reward_history", "campaigns"),
    "order_recorded": ("reward_order",),
    "order_cancelled": ("reward_order",),
    "return_recorded": ("reward_order",),
    "programme_started": ("reward_known",),
    "programme_changed": ("reward_known",),
    "review_written": ("reward_action",),
    "interaction_removed": ("reward_action",),
    "question_answered": ("reward_action",),
    "margins_recalculated": ("score",),
    "base_scored": ("watch", "judge", "extend_standing", "suggest"),
    "signal_recorded": ("watch",),
    "signal_changed": ("watch",),
}

# These look at all there is whatever happened: of several that wait, one is enough.
LOOK_AT_ALL = frozenset({"score", "watch", "judge", "suggest", "extend_standing", "campaigns"})

EVERY_NIGHT: Sequence[str] = (
    "campaigns",
    "score",
    "back_up",
    "forget_old",
    "ask_backtest",
    "release_promises",
    "settle_points",
    "verify_points",
    "keep_programme",
)

EVERY_HALF_MINUTE = (
    later("stamgast.importers.jobs.look_in_inbox"),
    later("stamgast.campaigns.jobs.look"),
    later("stamgast.plans.jobs.look"),
    later("stamgast.campaigns.jobs.look_for_contacts"),
    later("stamgast.loyalty.jobs.look_for_webhooks"),
    later("stamgast.web.marketer.monday.look"),
)

"""Everything that changes in this room, by what it is about."""

from stamgast.campaigns.actions.approving import approve_campaign, withdraw_approval
from stamgast.campaigns.actions.calling import (
    claim_call,
    end_call,
    is_mine,
    put_call_back,
    take_call_over,
)
from stamgast.campaigns.actions.checking import check_campaign
from stamgast.campaigns.actions.codes import add_codes, make_code_list, settle_used_codes
from stamgast.campaigns.actions.deciding import decide
from stamgast.campaigns.actions.drafting import (
    change_campaign,
    draft_campaign,
    remove_draft,
    start_from_preset,
)
from stamgast.campaigns.actions.elsewhere import record_mailing
from stamgast.campaigns.actions.following import expire_offers, follow_deliveries
from stamgast.campaigns.actions.lists import download_list, hand_list_over
from stamgast.campaigns.actions.ordering import leave_to_plan, move_campaign, take_from_plan
from stamgast.campaigns.actions.outcomes import settle_doubt, take_outcome
from stamgast.campaigns.actions.reporting import (
    contact_told,
    customer_told,
    record_mailings,
    take_outcomes,
)
from stamgast.campaigns.actions.rounds import run_round
from stamgast.campaigns.actions.running import (
    end_campaign,
    pause_campaign,
    resume_campaign,
    run_campaign,
)
from stamgast.campaigns.actions.serving import change_guard_rails, change_offer, serve_new_goal

__all__ = [
    "add_codes",
    "approve_campaign",
    "change_campaign",
    "change_guard_rails",
    "change_offer",
    "check_campaign",
    "claim_call",
    "contact_told",
    "customer_told",
    "decide",
    "download_list",
    "draft_campaign",
    "end_call",
    "end_campaign",
    "expire_offers",
    "follow_deliveries",
    "hand_list_over",
    "is_mine",
    "leave_to_plan",
    "make_code_list",
    "move_campaign",
    "pause_campaign",
    "put_call_back",
    "record_mailing",
    "record_mailings",
    "remove_draft",
    "resume_campaign",
    "run_campaign",
    "run_round",
    "serve_new_goal",
    "settle_doubt",
    "settle_used_codes",
    "start_from_preset",
    "take_call_over",
    "take_from_plan",
    "take_outcome",
    "take_outcomes",
    "withdraw_approval",
]

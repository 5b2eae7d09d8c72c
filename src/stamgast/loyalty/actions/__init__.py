"""The writers of this room: the programme, its members, their points, and purchases at the till."""

from stamgast.loyalty.actions.by_hand import (
    correct_points,
    deduct_points,
    give_back_spent,
    grant_points,
    reverse_entry,
    transfer_points,
)
from stamgast.loyalty.actions.checkouts import (
    commit_checkout,
    hold_checkout,
    record_purchase,
    release_checkout,
)
from stamgast.loyalty.actions.many import Grant, grant_many, settle_due, settle_member
from stamgast.loyalty.actions.members import (
    join_programme,
    leave_programme,
    merge_members,
    unmerge_members,
)
from stamgast.loyalty.actions.points import (
    commit_hold,
    earn_by_action,
    earn_points,
    hold_points,
    release_hold,
    spend_points,
)
from stamgast.loyalty.actions.programme import (
    add_rule,
    change_rule,
    remove_rule,
    set_programme,
    start_programme,
    stop_programme,
)
from stamgast.loyalty.actions.quoting import Quote, quote
from stamgast.loyalty.actions.returns import ReturnedLine, return_order
from stamgast.loyalty.actions.webhooks import add_endpoint, send_again, stop_endpoint
from stamgast.loyalty.parts import Basket, Effect

__all__ = [
    "Basket",
    "Effect",
    "Grant",
    "Quote",
    "ReturnedLine",
    "add_endpoint",
    "add_rule",
    "change_rule",
    "commit_checkout",
    "commit_hold",
    "correct_points",
    "deduct_points",
    "earn_by_action",
    "earn_points",
    "give_back_spent",
    "grant_many",
    "grant_points",
    "hold_checkout",
    "hold_points",
    "join_programme",
    "leave_programme",
    "merge_members",
    "quote",
    "record_purchase",
    "release_checkout",
    "release_hold",
    "remove_rule",
    "return_order",
    "reverse_entry",
    "send_again",
    "set_programme",
    "settle_due",
    "settle_member",
    "spend_points",
    "start_programme",
    "stop_endpoint",
    "stop_programme",
    "transfer_points",
    "unmerge_members",
]

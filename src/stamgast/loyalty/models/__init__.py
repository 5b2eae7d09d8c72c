"""The tables of the loyalty programme's points: how they are earned, whose they are, the ledger."""

from stamgast.loyalty.models.checkouts import Checkout, CheckoutReturn
from stamgast.loyalty.models.ledger import Entry, Hold, Leg, LotUse, PointsLot, Wallet
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.outbox import Reply, WebhookDelivery, WebhookEndpoint
from stamgast.loyalty.models.programme import EarningRule, Programme, RuleVersion

__all__ = [
    "Checkout",
    "CheckoutReturn",
    "EarningRule",
    "Entry",
    "Hold",
    "Leg",
    "LotUse",
    "Member",
    "PointsLot",
    "Programme",
    "Reply",
    "RuleVersion",
    "Wallet",
    "WebhookDelivery",
    "WebhookEndpoint",
]

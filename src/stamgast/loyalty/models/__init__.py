"""The tables of the loyalty programme: points and their ledger, and what stands on it."""

from stamgast.loyalty.models.checkouts import Checkout, CheckoutReturn
from stamgast.loyalty.models.codes import CodeCount, CodeSet, CodeUse, DiscountCode, VatKind
from stamgast.loyalty.models.ledger import Entry, Hold, Leg, LotUse, PointsLot, Wallet
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.membership import MissingPurchase, ProgrammeConsent, SignInCode
from stamgast.loyalty.models.outbox import Reply, WebhookDelivery, WebhookEndpoint
from stamgast.loyalty.models.programme import (
    EarningRule,
    GivenByHand,
    PastPointValue,
    Programme,
    RuleVersion,
)
from stamgast.loyalty.models.referrals import Referral, ReferralCode, ReferralRule
from stamgast.loyalty.models.rewards import Claim, Reward
from stamgast.loyalty.models.tiers import MemberTier, Tier, TierBenefit, TierRule

__all__ = [
    "Checkout",
    "CheckoutReturn",
    "Claim",
    "CodeCount",
    "CodeSet",
    "CodeUse",
    "DiscountCode",
    "EarningRule",
    "Entry",
    "GivenByHand",
    "Hold",
    "Leg",
    "LotUse",
    "Member",
    "MemberTier",
    "MissingPurchase",
    "PastPointValue",
    "PointsLot",
    "Programme",
    "ProgrammeConsent",
    "Referral",
    "ReferralCode",
    "ReferralRule",
    "Reply",
    "Reward",
    "RuleVersion",
    "SignInCode",
    "Tier",
    "TierBenefit",
    "TierRule",
    "VatKind",
    "Wallet",
    "WebhookDelivery",
    "WebhookEndpoint",
]

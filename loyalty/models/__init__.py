from loyalty.models.books import BooksCheck
from loyalty.models.budget_share import BudgetPeriod, BudgetShare
from loyalty.models.contest import (
    Contest,
    ContestCode,
    ContestEntry,
    ContestFact,
    ContestPrize,
    ContestWinner,
)
from loyalty.models.coupon import Budget, CodeBatch, Coupon, CouponCode, Offer
from loyalty.models.delivery_code import CodeRun, DeliveryCode
from loyalty.models.gift_card import CodeTries, GiftCard, GiftEntry
from loyalty.models.lease import TillLease, TillSync
from loyalty.models.points import (
    Account,
    AdjustmentRequest,
    Allocation,
    Debt,
    EarningRule,
    Entry,
    Hold,
    Lot,
    Program,
    Terms,
)
from loyalty.models.redemption import CouponUse, Redemption
from loyalty.models.referral import BroughtLink, Referral, ReferralCode, ReferralTerms
from loyalty.models.report import PointsReport
from loyalty.models.reward import PointsPayment, Reward, RewardClaim, RewardUse
from loyalty.models.sale import AccessGrant, Sale, SaleDeed, SaleWave
from loyalty.models.tier import Tier, TierDirty, TierPeriod, TierPolicy, TierWarning
from loyalty.models.till import (
    Allowance,
    AllowanceRule,
    GoodwillCoupon,
    GoodwillIssue,
    GoodwillReason,
    GoodwillRequest,
    GoodwillReturn,
    TillKeyDay,
    TillLookup,
    TillSettings,
)

__all__ = [
    "AccessGrant",
    "Account",
    "AdjustmentRequest",
    "Allocation",
    "Allowance",
    "AllowanceRule",
    "BooksCheck",
    "BroughtLink",
    "Budget",
    "BudgetPeriod",
    "BudgetShare",
    "CodeBatch",
    "CodeRun",
    "CodeTries",
    "Contest",
    "ContestCode",
    "ContestEntry",
    "ContestFact",
    "ContestPrize",
    "ContestWinner",
    "Coupon",
    "CouponCode",
    "CouponUse",
    "Debt",
    "DeliveryCode",
    "EarningRule",
    "Entry",
    "GiftCard",
    "GiftEntry",
    "GoodwillCoupon",
    "GoodwillIssue",
    "GoodwillReason",
    "GoodwillRequest",
    "GoodwillReturn",
    "Hold",
    "Lot",
    "Offer",
    "PointsPayment",
    "PointsReport",
    "Program",
    "Redemption",
    "Referral",
    "ReferralCode",
    "ReferralTerms",
    "Reward",
    "RewardClaim",
    "RewardUse",
    "Sale",
    "SaleDeed",
    "SaleWave",
    "Terms",
    "Tier",
    "TierDirty",
    "TierPeriod",
    "TierPolicy",
    "TierWarning",
    "TillKeyDay",
    "TillLease",
    "TillLookup",
    "TillSettings",
    "TillSync",
]

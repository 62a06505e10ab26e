from loyalty.models.books import BooksCheck
from loyalty.models.coupon import Budget, CodeBatch, Coupon, CouponCode, CouponUse, Offer, Redemption
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
from loyalty.models.reward import PointsPayment, Reward, RewardClaim, RewardUse

__all__ = [
    "Account",
    "AdjustmentRequest",
    "Allocation",
    "BooksCheck",
    "Budget",
    "CodeBatch",
    "Coupon",
    "CouponCode",
    "CouponUse",
    "Debt",
    "EarningRule",
    "Entry",
    "Hold",
    "Lot",
    "Offer",
    "PointsPayment",
    "Program",
    "Redemption",
    "Reward",
    "RewardClaim",
    "RewardUse",
    "Terms",
]

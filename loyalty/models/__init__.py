from loyalty.models.books import BooksCheck
from loyalty.models.coupon import Budget, CodeBatch, Coupon, CouponCode, CouponUse, Offer, Redemption
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

__all__ = [
    "Account",
    "AdjustmentRequest",
    "Allocation",
    "BooksCheck",
    "Budget",
    "CodeBatch",
    "CodeTries",
    "Coupon",
    "CouponCode",
    "CouponUse",
    "Debt",
    "EarningRule",
    "Entry",
    "GiftCard",
    "GiftEntry",
    "Hold",
    "Lot",
    "Offer",
    "Program",
    "Redemption",
    "Terms",
    "TillLease",
    "TillSync",
]

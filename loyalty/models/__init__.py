from loyalty.models.books import BooksCheck
from loyalty.models.coupon import Budget, CodeBatch, Coupon, CouponCode, CouponUse, Offer, Redemption
from loyalty.models.delivery_code import CodeRun, DeliveryCode
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
    "CodeRun",
    "Coupon",
    "CouponCode",
    "CouponUse",
    "Debt",
    "DeliveryCode",
    "EarningRule",
    "Entry",
    "Hold",
    "Lot",
    "Offer",
    "Program",
    "Redemption",
    "Terms",
]

from loyalty.models.books import BooksCheck
from loyalty.models.budget_share import BudgetShare
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

__all__ = [
    "Account",
    "AdjustmentRequest",
    "Allocation",
    "BooksCheck",
    "Budget",
    "BudgetShare",
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
    "Program",
    "Redemption",
    "Terms",
]

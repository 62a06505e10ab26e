from loyalty.models.books import BooksCheck
from loyalty.models.contest import Contest, ContestEntry, ContestFact, ContestPrize, ContestWinner
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
from loyalty.models.sale import AccessGrant, Sale, SaleDeed, SaleWave

__all__ = [
    "AccessGrant",
    "Account",
    "AdjustmentRequest",
    "Allocation",
    "BooksCheck",
    "Budget",
    "CodeBatch",
    "Contest",
    "ContestEntry",
    "ContestFact",
    "ContestPrize",
    "ContestWinner",
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
    "Sale",
    "SaleDeed",
    "SaleWave",
    "Terms",
]

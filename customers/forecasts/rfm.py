"""The RFM class of a customer, by her scores: which fifth she belongs to in recency, frequency and money."""

import numpy as np

from customers.forecasts.histories import Whole
from customers.models import RfmClass

CHAMPIONS, LOYAL, PROMISING = RfmClass.CHAMPIONS, RfmClass.LOYAL, RfmClass.PROMISING
ATTEND, RISK, CANT = RfmClass.NEEDS_ATTENTION, RfmClass.AT_RISK, RfmClass.CANT_LOSE
SLEEP, LOST = RfmClass.HIBERNATING, RfmClass.LOST
# Rows: recency 1 (long ago) to 5 (just now). Columns: worth 1 to 5, the mean of frequency and money, halves upward.
GRID = (
    (LOST, LOST, RISK, CANT, CANT),
    (SLEEP, SLEEP, RISK, RISK, CANT),
    (ATTEND, ATTEND, ATTEND, LOYAL, LOYAL),
    (PROMISING, PROMISING, LOYAL, LOYAL, CHAMPIONS),
    (PROMISING, PROMISING, LOYAL, CHAMPIONS, CHAMPIONS),
)
NEW_FROM = 4  # who has a single order and this recency or more is new, whatever she paid
ORDER = list(RfmClass.values)
PLACES = np.array([[ORDER.index(cell) + 1 for cell in row] for row in GRID])


def classify(orders: Whole, recency: Whole, frequency: Whole, money: Whole) -> Whole:
    """Places in `ORDER`, counted from 1; 0 for those without orders."""
    worth = (frequency + money + 1) // 2
    found = PLACES[np.maximum(recency, 1) - 1, np.maximum(worth, 1) - 1]
    found = np.where((orders == 1) & (recency >= NEW_FROM), ORDER.index(RfmClass.NEW) + 1, found)
    return np.where(orders > 0, found, 0)

from datetime import datetime

from config import formats
from config.pages.parts import Text
from customers.models import Customer
from loyalty import ledger, programs
from loyalty.till_facts.base import TillFact, till_facts


@till_facts.register
class Points(TillFact):
    """What she can spend now, of each programme."""

    key = "points"
    order = 20

    def show(self, customer: Customer, at: datetime) -> list[tuple[Text, str]]:
        return [
            (each.name, formats.number(ledger.standing(each, [customer.pk], at)[customer.pk].free))
            for each in programs.of(customer.pk)
        ]

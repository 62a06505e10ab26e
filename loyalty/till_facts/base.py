"""What the customer's card at the till says, and the registry that the folder `till_facts` of every app fills."""

from datetime import datetime

from config.pages.parts import Text
from config.registry import Registry
from customers.models import Customer


class TillFact:
    """One short fact such as her points or her tier; facts stand in the order of `order`."""

    key: str
    order: int

    def show(self, customer: Customer, at: datetime) -> list[tuple[Text, str]]:
        """Labels with what stands beside them, already written for the reader; nothing where it does not apply."""
        raise NotImplementedError


till_facts: Registry[TillFact] = Registry("till_facts")


def shown(customer: Customer, at: datetime) -> list[tuple[Text, str]]:
    facts = sorted(till_facts, key=lambda fact: (fact.order, fact.key))
    return [line for fact in facts for line in fact.show(customer, at)]

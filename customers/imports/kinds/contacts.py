"""Contact lists: people by their e-mail address, as newsletter tools and fairs leave them behind."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from customers import contacts
from customers.imports import columns
from customers.imports.faults import LineRefused
from customers.imports.kinds.base import ORIGIN, Applied, Item
from customers.imports.kinds.people import CustomerReader, Row, email, line_of_text
from customers.imports.kinds.plugins import parsed, write

WRITTEN = re.compile(r"(?:mailto:)?(?:[^<>]*<)?\s*(?P<address>[^<>]*?)\s*>?[;,.]?\Z", re.IGNORECASE)


class ContactReader(CustomerReader):
    """One contact per record. What is known of somebody stays; only what is missing is filled in."""

    kind = columns.Kind.CONTACTS

    def row(self, cells: list[str], line: int) -> Row:
        stated = {key: cells[place].strip() for key, place in self.places.items() if cells[place].strip()}
        if "email" not in stated:
            raise LineRefused("missing", "email")
        stated["email"] = address(stated["email"])
        attributes = {"name": line_of_text("name", 300, stated["name"])} if "name" in stated else {}
        person = self.person(stated["email"].lower(), stated, attributes)
        return Row(person, parsed(self.added, stated, self.options))

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        outcomes = contacts.record([item.row.person for item in items], at, ORIGIN, self.job.source)
        found = {item.line: outcomes[item.row.person.number] for item in items}
        what = Counter(outcome.what for outcome in outcomes.values())
        notices = Counter(
            customers_made=what["made"],
            contacts_filled=what["changed"],
            contacts_shared=what["shared"],
            contacts_repeated=len(items) - len(outcomes),
        )
        notices.update(
            write(self.added, items, {line: outcome.ids for line, outcome in found.items()}, at, self.job)
        )
        same = sum(found[item.line].what in ("same", "shared") and not item.row.added for item in items)
        return Applied(unchanged=Counter(same=same), notices=notices)


def address(cell: str) -> str:
    """The address in `Anna <anna@example.org>;` and the like. Raises LineRefused for what is none."""
    match = WRITTEN.match(cell)
    try:
        return email(match["address"] if match else cell)
    except LineRefused as error:
        raise LineRefused("email", "email", cell) from error

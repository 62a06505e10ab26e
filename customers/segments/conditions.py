"""What a condition is, and the registry that every app's `segment_conditions` folder fills.

A condition is two-valued: its set holds the customers of whom it is known to be true. Where the fact is
missing (no birthday, never ordered) she is not in the set; so a condition never matches her, and `none` of it
does.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from config.registry import Registry
from customers.segments import phrases
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Params = dict[str, Any]

LIVING = Sql("c.merged_into_id IS NULL AND c.erased_at IS NULL")
# The roll-up row `s` is all null for who has none. Where no test asks for it, the planner leaves it out.
PEOPLE = Sql("customers_customer c LEFT JOIN customers_customerstats s ON s.customer_id = c.id")

PERSON = _("Person")
ORDERS = _("Orders")
BEHAVIOUR = _("Behaviour")
FORECASTS = _("Forecasts")
CONTACT = _("Consent and contact")
AUDIENCES = _("Segments and lists")

LACKING = ("never", "unknown", "is_missing")  # operators that ask for those who lack the fact


class Condition:
    """One thing that can be asked of customers. Register it in a folder `segment_conditions`.

    `params` are always the cleaned data of `Form`; `at` is aware, in the shop's time zone, so `at.date()` is
    the shop's day. Values reach the statement as parameters only (`sql("... {}", value)`).
    """

    key: str
    label: "StrPromise"
    group: "StrPromise" = PERSON
    help: "StrPromise | str" = ""
    Form: type[ParamsForm]

    def test_sql(self, params: Params, at: datetime) -> Sql | None:
        """A test of the columns of the customer `c` and her roll-up row `s` (PEOPLE), if it asks about nothing else.
        Null counts as not true."""
        return None

    def set_sql(self, params: Params, at: datetime) -> Sql:
        """A SELECT of one column, the ids for whom it is true, each at most once."""
        raise NotImplementedError

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        """The same as a test of the rows `c` and `s`, never null: true or false by index look-ups.

        Of events, orders, their lines and favourites it reads only those of `c`. Within a day the time changes nothing
        but values that move with it."""
        raise NotImplementedError

    def probe_joins(self, params: Params) -> bool:
        """Whether the probe is an EXISTS or NOT EXISTS, or several with AND, whose rows the planner can estimate: it
        makes a join of it, from whichever side is smaller. Any other probe counts as a look-up per candidate."""
        return False

    def words(self, params: Params) -> str:
        """A clause for "customers for whom: ...", in the reader's language."""
        raise NotImplementedError

    # --- What is not known is not true ---

    fact: "StrPromise | str" = ""

    def needs(self, params: Params) -> "StrPromise | str":
        """The fact without which it is not true, as a noun ("birthday"); empty where nothing can be missing, or where
        that is what is asked for. `params` may be those of an unfinished condition."""
        return "" if params.get("operator") in LACKING else self.fact

    # --- For the question why somebody belongs or not ---

    seen: Sql | None = None
    personal = False  # what it looks at says who she is: not for readers who see no names

    def seen_sql(self, params: Params, at: datetime) -> Sql | None:
        """What it looks at, as one value of the rows `c` and `s`; null where the fact is missing. None: nothing
        that could be shown."""
        return self.seen

    def seen_words(self, value: Any, params: Params) -> str:
        """That value, which is not null, in the reader's language."""
        return phrases.value(value)


class ProfileCondition(Condition):
    """A condition on the customer's own row or her roll-up row: one test serves as set and as probe."""

    def test_sql(self, params: Params, at: datetime) -> Sql:
        raise NotImplementedError

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return people(self.test_sql(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("({}) IS TRUE", self.test_sql(params, at))


class Lent(NamedTuple):
    """A rule that others may use: what names it for good, what it is called, and the rule as JSON."""

    key: int
    name: str
    rule: Any


class LendingCondition(Condition):
    """Stands for another rule, which is read in its place; it is never asked itself."""

    def lends(self, params: Params) -> Lent | None:
        """None when it has just been deleted."""
        raise NotImplementedError

    def page(self, params: Params) -> str:
        """The address of the page on which that rule is made."""
        raise NotImplementedError


def people(test: Sql) -> Sql:
    """The living customers whose rows `c` and `s` pass the test."""
    return sql("SELECT c.id FROM {} WHERE {} AND ({})", PEOPLE, LIVING, test)


conditions: Registry[Condition] = Registry("segment_conditions")

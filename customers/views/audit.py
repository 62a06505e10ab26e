"""The audit log: read only."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import formats, roles
from config.pages import paging
from config.pages.columns import MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from customers.audit_words import ACTIONS, DETAILS
from customers.models import AuditEntry, Shop, User

WORDS = 8  # that are looked for
NOTHING: tuple[Any, ...] = ("", None, [], {})


def words(entry: AuditEntry, currency: str) -> str:
    """The detail as "fields: name, city; roles added: Analysis", without what is empty. `currency`: of amounts that
    name none."""
    told = {key: value for key, value in entry.detail.items() if value not in NOTHING}
    return "; ".join(
        f"{DETAILS.get(key, key)}: {_value(entry, key, value, currency)}" for key, value in told.items()
    )


def _value(entry: AuditEntry, key: str, value: Any, currency: str) -> str:
    if isinstance(value, list):
        return ", ".join(_value(entry, key, one, currency) for one in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if key == "amount":
        return formats.money(value, entry.detail.get("currency") or currency)
    if key.startswith("roles"):
        return roles.label(value)
    return field(entry.subject_type, value) if key == "fields" else str(value)


def field(subject_type: str, name: str) -> str:
    """As its page calls it; a form may have fields that its model has not."""
    try:
        return str(apps.get_model(subject_type)._meta.get_field(name).verbose_name)
    except (LookupError, ValueError, FieldDoesNotExist, AttributeError):
        return name


def subject(entry: AuditEntry) -> str:
    """What kind of thing and its number, such as "store 7"."""
    return f"{kind(entry.subject_type)} {entry.subject_id}".strip()


def kind(subject_type: str) -> str:
    """A model that is gone keeps its old name."""
    try:
        return str(apps.get_model(subject_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return subject_type


def matching(word: str) -> Q:
    """Entries in which it is in somebody's name or address, in what was done or to what kind of thing, or is the number
    of one. Asked by keys that are few, each of which begins an index."""
    done, kinds = paging.distinct(AuditEntry, "action"), paging.distinct(AuditEntry, "subject_type")
    named = [Q(**{f"{field}__icontains": word}) for field in ("email", "first_name", "last_name")]
    return (
        Q(user__in=list(User.objects.filter(reduce(or_, named)).values_list("pk", flat=True)))
        | Q(action__in=[key for key in done if word in f"{key} {ACTIONS.get(key, '')}".lower()])
        | Q(subject_type__in=[each for each in kinds if word in kind(each).lower()])
        | Q(subject_type__in=kinds, subject_id=word)
    )


class AuditTable(ListTable):
    at = MomentColumn(verbose_name=_("When"), order_by=("at", "pk"))
    user_label = tables.Column(_("Who"), orderable=False)
    action = tables.Column(_("What"), orderable=False)
    subject = tables.Column(_("To what"), accessor="subject_type", orderable=False, empty_values=())
    detail = tables.Column(_("Detail"), orderable=False)

    class Meta:
        order_by = "-at"

    @cached_property
    def currency(self) -> str:
        return Shop.current().currency or "EUR"

    def render_action(self, value: str) -> str:
        return str(ACTIONS.get(value, value))

    def render_subject(self, record: AuditEntry) -> str:
        return subject(record) or "–"

    def render_detail(self, record: AuditEntry) -> str:
        return words(record, self.currency) or "–"


def choices() -> list[tuple[str, str]]:
    """What may have been done, in the order of the reader's words."""
    return sorted(((key, str(said)) for key, said in ACTIONS.items()), key=lambda each: each[1].lower())


class AuditFilter(filters.FilterSet):  # type: ignore[misc]
    user = filters.ModelChoiceFilter(label=_("Who"), queryset=User.objects.all(), empty_label=_("anybody"))
    action = filters.ChoiceFilter(label=_("What"), choices=choices, empty_label=_("anything"))
    at = filters.DateFromToRangeFilter(label=_("When"))


class AuditList(ListPage):
    key = "audit"
    title = _("Audit log")
    permission = "customers.view_auditentry"
    table_class = AuditTable
    filter_class = AuditFilter
    search_help = _("Person, what was done, or to what, such as store 7")
    empty = Empty(
        _("Nothing has happened yet"),
        _(
            "Whoever changes the team, a store or a campaign, or takes a list out as a file, is written down here."
        ),
        "history",
    )

    def rows(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.all()

    def search(self, rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
        return rows.filter(*map(matching, text.lower().split()[:WORDS]))

"""The audit log: read only."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from config import roles
from config.pages import paging
from config.pages.columns import MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from customers.models import AuditEntry, User

WORDS = 8  # that are looked for
ACTIONS = {
    "team.invited": _("invited"),
    "team.changed": _("team member changed"),
    "team.deactivated": _("deactivated"),
    "team.activated": _("activated"),
    "team.link_made": _("link for a new password made"),
    "store.added": _("store added"),
    "store.changed": _("store changed"),
    "api_key.discarded": _("messages that could not be recorded discarded"),
    "list.exported": _("list exported"),
    "coupon.added": _("coupon made"),
    "coupon.changed": _("coupon changed"),
    "coupon.paused": _("coupon paused"),
    "coupon.resumed": _("coupon resumed"),
    "codes.ordered": _("coupon codes ordered"),
    "codes.handed_out": _("coupon codes handed out on paper"),
    "codes.printed": _("coupon code printed"),
    "codes.exported": _("coupon codes taken out as a file"),
    "code.voided": _("coupon code made void"),
    "budget.added": _("budget made"),
    "budget.changed": _("budget changed"),
    "api_key.added": _("API key made"),
    "api_key.replaced": _("API key replaced"),
    "api_key.revoked": _("API key revoked"),
    "hook.added": _("webhook made"),
    "hook.changed": _("webhook changed"),
    "hook.secret_replaced": _("webhook got a new secret"),
    "hook.paused": _("webhook paused"),
    "hook.resumed": _("webhook resumed"),
    "hook.deleted": _("webhook deleted"),
    "hook.sent_again": _("calls of a webhook sent again"),
    "hook.tested": _("webhook tested"),
    "topic.added": _("topic added"),
    "topic.changed": _("topic changed"),
    "sender.added": _("sender added"),
    "sender.changed": _("sender changed"),
    "account.added": _("provider account added"),
    "account.changed": _("provider account changed"),
    "account.paused": _("provider account paused"),
    "sending.allowed": _("sending allowed"),
    "sending.stopped": _("sending stopped"),
    "account.resumed": _("provider account resumed"),
    "account.tested": _("test mail sent"),
    "brand.changed": _("brand changed"),
    "push_words.changed": _("words of the push question changed"),
    "delivery_policy.changed": _("delivery policy changed"),
    "suppression.added": _("address suppressed"),
    "suppression.released": _("address taken off the suppression list"),
    "consent.proof_printed": _("proof of consent printed"),
    "customer.erased": _("customer erased"),
    "customer.handed_out": _("data handed out"),
    "suppression.uploaded": _("suppression list uploaded"),
    "consent.withdrawn": _("opt-out or objection written down"),
    "customer.merged": _("customers merged"),
    "note.deleted": _("note deleted"),
    "till.signed_up": _("signed up at the till"),
    "till.guessed": _("many unknown codes at the till"),
    "till.day_full": _("the key of a till has redeemed as often as it may in a day"),
    "points.given_at_till": _("points given by the key of a till"),
    "till_settings.changed": _("settings of the till changed"),
    "allowance_rule.added": _("allowance added"),
    "allowance_rule.changed": _("allowance changed"),
    "allowance_rule.deleted": _("allowance deleted"),
    "goodwill_reason.added": _("goodwill reason added"),
    "goodwill_reason.changed": _("goodwill reason changed"),
    "goodwill.asked": _("goodwill asked for"),
    "goodwill.given": _("goodwill given"),
    "goodwill.confirmed": _("goodwill confirmed"),
    "goodwill.refused": _("goodwill refused"),
    "goodwill.withdrawn": _("goodwill withdrawn"),
    "goodwill.undone": _("goodwill undone"),
    "coupon.undone": _("redemption undone"),
    "campaign.settled": _("unknown deliveries settled"),
}


KEYS = {
    "roles": _("roles"),
    "roles_added": _("roles added"),
    "roles_removed": _("roles removed"),
    "fields": _("fields"),
    "list": _("list"),
    "filters": _("narrowed by"),
    "merged": _("number of the other one"),
    "author": _("written by"),
    "written_at": _("written at"),
    "kinds": _("facts"),
}


def words(detail: dict[str, Any]) -> str:
    """The detail as "fields: name, city; roles added: Analysis", without what is empty."""
    return "; ".join(f"{KEYS.get(key, key)}: {_value(key, value)}" for key, value in detail.items() if value)


def _value(key: str, value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return ", ".join(roles.label(one) if key.startswith("roles") else str(one) for one in value)


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

    def render_action(self, value: str) -> str:
        return str(ACTIONS.get(value, value))

    def render_subject(self, record: AuditEntry) -> str:
        return subject(record) or "–"

    def render_detail(self, value: dict[str, Any]) -> str:
        return words(value) or "–"


class AuditFilter(filters.FilterSet):  # type: ignore[misc]
    user = filters.ModelChoiceFilter(label=_("Who"), queryset=User.objects.all(), empty_label=_("anybody"))
    action = filters.ChoiceFilter(label=_("What"), choices=list(ACTIONS.items()), empty_label=_("anything"))
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

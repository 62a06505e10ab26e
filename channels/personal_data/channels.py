"""Consent, wishes, messages and what was done with them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from channels import addresses, consent, suppression, traces
from channels.models import (
    Channel,
    Consent,
    DataRequest,
    Delivery,
    DeliveryEvent,
    Habit,
    InboxMessage,
    OptIn,
    Preference,
    PreferenceChange,
    ProviderReport,
    Reach,
    Reply,
    SandboxMail,
    ServiceCall,
    Suppression,
)
from customers.models import Customer
from customers.privacy import PersonalData, Rule, Table, personal_data, tables, together


@personal_data.register
class OfChannels(PersonalData):
    key = "channels"
    order = 20
    rules = (
        Rule("reports", lambda before: ProviderReport.objects.filter(received_at__lt=before)),
        Rule("data_requests", lambda before: DataRequest.objects.filter(asked_at__lt=before)),
        Rule("opt_ins", lambda before: OptIn.objects.filter(confirmed_at__lt=before)),
        Rule("inbox", lambda before: InboxMessage.objects.filter(_shown_long_ago(before))),
        Rule("sandbox_mails", lambda before: SandboxMail.objects.filter(at__lt=before)),
        Rule("replies", lambda before: _written_back(before), {"sender": "", "text": ""}),
        Rule("service_calls", lambda before: _answered(before), {"data": {}}),
        Rule("proof", lambda before: _ended(before), {"evidence": {}}),
        Rule(
            "erased",
            lambda before: _settled_late(before),
            dict.fromkeys(["detail", "provider_id", "address_key"], ""),
        ),
    )

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        return together(*_said(customer_ids), *_sent(customer_ids), *_learnt(customer_ids))

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """The ledgers of consent and delivery stay with their times and states, without what describes her.
        Suppressions are hashes, and stay."""
        ids = list(customer_ids)
        known = traces.of(ids)
        consent.hold(ids)
        counts = Counter(
            {
                "consents": Consent.objects.filter(customer__in=ids).exclude(evidence={}).update(evidence={}),
                "wishes": _empty_wishes(ids),
                "reach": Reach.objects.filter(customer__in=ids).update(
                    address="", address_key="", preferred=False
                ),
                "planned": _execute(STOP, {"ids": ids, "at": at}),
                "deliveries": _execute(EMPTY, {"ids": ids}),
                "reports": traces.clear_reports(known),
                "replies": _replies(ids, known).update(sender="", text=""),
                "service_calls": ServiceCall.objects.filter(customer__in=ids).update(data={}),
            }
        )
        for name, rows in _rows(ids, known).items():
            counts[name] = rows.delete()[0]
        DeliveryEvent.objects.filter(delivery__customer__in=ids).exclude(detail={}).update(detail={})
        return counts


def _said(ids: Sequence[int]) -> list[dict[int, Table]]:
    return [
        tables(
            "consents",
            _("Consents"),
            Consent.objects.filter(customer__in=ids).order_by("stated_at", "pk"),
            {"channel": None, "topic__key": _("topic")}
            | dict.fromkeys(["purpose", "state", "basis", "evidence", "stated_at"]),
        ),
        tables(
            "preferences",
            _("Wishes"),
            Preference.objects.filter(customer__in=ids),
            dict.fromkeys(["frequency", "paused_until", "interests_confirmed_at"]),
        ),
        tables(
            "preferred_channel",
            _("Preferred channel"),
            Reach.objects.filter(customer__in=ids, preferred=True),
            {"channel": _("channel")},
        ),
        tables(
            "preference_changes",
            _("Changes of wishes"),
            PreferenceChange.objects.filter(customer__in=ids).order_by("at", "pk"),
            dict.fromkeys(["what", "before", "after", "evidence", "at"]),
        ),
        tables(
            "opt_ins",
            _("Sign-ups"),
            OptIn.objects.filter(customer__in=ids).order_by("asked_at", "pk"),
            {
                "topic__key": _("topic"),
                "asked_at": _("asked at"),
                "confirmed_at": _("confirmed at"),
                "evidence": _("evidence"),
            },
        ),
    ]


def _sent(ids: Sequence[int]) -> list[dict[int, Table]]:
    return [
        tables(
            "deliveries",
            _("Messages"),
            Delivery.objects.filter(customer__in=ids).order_by("planned_at", "pk"),
            {
                "planned_at": _("planned at"),
                "channel": _("channel"),
                "message__topic__key": _("topic"),
                "state": _("state"),
                "reason": _("reason"),
                "called_at": _("sent at"),
            },
        ),
        tables(
            "inbox",
            _("Messages in the shop"),
            InboxMessage.objects.filter(customer__in=ids).order_by("created_at", "pk"),
            {"created_at": None, "title": None, "text": None, "seen_at": None, "read_at": None}
            | {"clicked_at": None, "dismissed_at": None, "removed_at": None},
        ),
        tables(
            "replies",
            _("What was written back"),
            Reply.objects.filter(customer__in=ids).order_by("at", "pk"),
            dict.fromkeys(["at", "channel", "kind", "text"]),
        ),
        tables(
            "service_calls",
            _("Messages that a shop asked for"),
            ServiceCall.objects.filter(customer__in=ids).order_by("at", "pk"),
            {"at": None, "service__name": _("message"), "reference": None, "data": _("data")},
        ),
        tables(
            "delivery_events",
            _("What became of messages"),
            DeliveryEvent.objects.filter(delivery__customer__in=ids).order_by("at", "pk"),
            {"at": _("at"), "kind": _("kind"), "link__url": _("link"), "human": _("by a person")},
            "delivery__customer_id",
        ),
    ]


def _learnt(ids: Sequence[int]) -> list[dict[int, Table]]:
    return [
        tables(
            "habits",
            _("What was learnt from answers"),
            Habit.objects.filter(customer__in=ids),
            {
                "unanswered": _("messages since the last answer"),
                "answered_at": _("last answer"),
                "stretch": _("limits for so many times as long"),
                "hour": _("best hour"),
                "channel": _("channel answered to most"),
            },
        ),
        _suppressed(ids),
    ]


def _suppressed(ids: Sequence[int]) -> dict[int, Table]:
    """What stands on the suppression list of each one's addresses, which the list knows by their hashes only."""
    owners = defaultdict[str, list[int]](list)
    for person in Customer.objects.filter(pk__in=ids):
        for key in suppression.keys_of(addresses.own(person)).values():
            owners[key].append(person.pk)
    elsewhere = (
        Reach.objects.filter(customer__in=ids).exclude(channel__in=addresses.OWN).exclude(address_key="")
    )
    for customer_id, key in elsewhere.values_list("customer_id", "address_key"):
        owners[key].append(customer_id)
    found = defaultdict[int, list[dict[str, Any]]](list)
    for row in Suppression.objects.filter(channel__in=Channel.values, address_key__in=owners).order_by(
        "at", "pk"
    ):
        for customer_id in owners[row.address_key]:
            found[customer_id].append({"channel": row.channel, "reason": row.reason, "at": row.at})
    columns = {"channel": _("channel"), "reason": _("reason"), "at": _("since")}
    return {pk: Table("suppressions", _("Blocked addresses"), columns, rows) for pk, rows in found.items()}


def _shown_long_ago(before: datetime) -> Q:
    """Those that nobody is shown any more, and of who was erased while they were on their way."""
    return Q(expires_at__lt=before) | Q(customer__erased_at__lt=before)


def _written_back(before: datetime) -> QuerySet[Reply]:
    return Reply.objects.filter(at__lt=before, done_at__isnull=False).exclude(sender="", text="")


def _answered(before: datetime) -> QuerySet[ServiceCall]:
    return ServiceCall.objects.filter(at__lt=before).exclude(data={})


def _ended(before: datetime) -> QuerySet[Consent]:
    """What was said about something that was withdrawn so long ago that nobody can claim anything any more."""
    ending = Consent.objects.filter(
        Q(topic=None) | Q(topic=OuterRef("topic")),
        customer=OuterRef("customer"),
        channel=OuterRef("channel"),
        purpose=OuterRef("purpose"),
        state=Consent.State.WITHDRAWN,
        stated_at__gte=OuterRef("stated_at"),
        stated_at__lt=before,
    )
    return Consent.objects.filter(Exists(ending)).exclude(evidence={})


def _settled_late(before: datetime) -> QuerySet[Delivery]:
    """What a provider answered about people who were erased while they were being written to."""
    named = ~Q(detail="") | ~Q(provider_id="") | ~Q(address_key="")
    gone = Customer.objects.filter(erased_at__lt=before, erased_at__gt=before - timedelta(days=30))
    return Delivery.objects.filter(named, customer__in=gone)


DONE = (DeliveryEvent.Kind.CLICKED, DeliveryEvent.Kind.OPENED, DeliveryEvent.Kind.DISMISSED)


def _rows(ids: list[int], known: traces.Known) -> dict[str, Any]:
    return {
        "preferences": Preference.objects.filter(customer__in=ids),
        "habits": Habit.objects.filter(customer__in=ids),
        "clicks": DeliveryEvent.objects.filter(delivery__customer__in=ids, kind__in=DONE),
        "inbox": InboxMessage.objects.filter(customer__in=ids),
        "opt_ins": OptIn.objects.filter(Q(customer__in=ids) | Q(address_key__in=known.keys)),
        "sandbox_mails": SandboxMail.objects.alias(address=Lower("recipient")).filter(
            Q(delivery__customer__in=ids) | Q(address__in=known.addresses)
        ),
        "data_requests": DataRequest.objects.filter(customer__in=ids),
    }


def _empty_wishes(ids: list[int]) -> int:
    said = PreferenceChange.objects.filter(customer__in=ids).exclude(before=[], after=[], evidence={})
    return said.update(before=[], after=[], evidence={})


# What is being called at this moment settles by itself.
STOP = """
    UPDATE channels_delivery SET state = 'withheld', reason = 'erased', ended_at = %(at)s
    WHERE id IN (SELECT id FROM channels_delivery
                 WHERE customer_id = ANY(%(ids)s) AND state = 'planned' ORDER BY id FOR NO KEY UPDATE)
"""
EMPTY = """
    UPDATE channels_delivery SET context = '{}', detail = '', provider_id = '', address_key = ''
    WHERE customer_id = ANY(%(ids)s) AND state NOT IN ('planned', 'calling')
      AND (context, detail, provider_id, address_key) <> ('{}'::jsonb, '', '', '')
"""


def _execute(statement: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def _replies(ids: list[int], known: traces.Known) -> QuerySet[Reply]:
    """Also what came from her number before anybody knew whose it was. Whose it is by now it stays."""
    return Reply.objects.filter(Q(customer__in=ids) | Q(customer=None, address_key__in=known.written_to))

"""From checked messages to facts: people, profiles, orders, events, browsers. A call is one transaction of one key;
what messages end in is the same in whatever order, and in whatever batches, they come."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from customers import events, identity
from customers.event_merge import LOCK_SOURCE
from customers.models import ApiKey, Customer, EventKey, Origin, Shop, Store
from customers.signals import people_identified
from customers.tracking import facts, profiles, selling, traits
from customers.tracking.fields import plain_text
from customers.tracking.heard import Context, Heard, content, digest, storable
from customers.tracking.messages import Message

FUTURE = timedelta(minutes=5)
Counts = Counter[tuple[str, str]]


@transaction.atomic
def apply(key: ApiKey, messages: Sequence[Message], at: datetime) -> Counts:
    """Record what these messages say; how many met which fate, as (what, fate). docs/tracking.md lists the fates."""
    context = _context(key, at)
    counts: Counts = Counter()
    heard = [_hear(message, context, counts) for message in messages]
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SOURCE, {"source": key.source})
    heard = _sort_out(heard, context, counts)
    context = replace(context, currency=selling.currency(heard, context))
    parties = _people(heard, context, counts)
    selling.record(heard, parties, context, counts)
    context = replace(
        context, currency=Shop.current().counts_in
    )  # which the orders may have settled just now
    told, claims = facts.read(heard, context, counts)
    terms = events.Terms(
        key.source,
        context.currency,
        None,
        context.language,
        not context.browser,
        context.browser,
    )
    for start in range(0, len(told), events.MOST_FACTS):
        part = told[start : start + events.MOST_FACTS]
        _count(counts, "event", events.record(part, terms, at, Origin.LIVE))
    _identify(heard, parties, context, counts)
    selling.claim(claims, context)
    return +counts


def _context(key: ApiKey, at: datetime) -> Context:
    shop = Shop.current()
    return Context(
        key,
        at,
        key.kind == ApiKey.Kind.BROWSER,
        shop.counts_in,
        shop.languages[0] if shop.languages else "en",
        shop.country,
        frozenset(Store.objects.values_list("number", flat=True)),
        key.store.number if key.store else "",
    )


def faults(key: ApiKey, messages: Sequence[Message], at: datetime) -> dict[int, str]:
    """Which of these orders, by place, cannot be recorded as they are told, and why."""
    context = _context(key, at)
    heard = [_hear(message, context, Counter()) for message in messages]
    context = replace(context, currency=selling.currency(heard, context))
    return {place: fault for place, one in enumerate(heard) if (fault := selling.fault(one, context))}


def _hear(message: Message, context: Context, counts: Counts) -> Heard:
    try:
        at = datetime.fromisoformat(message.timestamp).astimezone(UTC)
    except (ValueError, OverflowError):
        counts[message.type, "bad_timestamp"] += 1
        at = context.at
    if at > context.at + FUTURE:
        counts[message.type, "future"] += 1
        at = context.at
    # Whose number a browser names is proven by the shop's token alone; without it only the browser itself is known.
    proven = not context.browser or message.context.get("verified") is True
    user = plain_text(message.user_id) if proven else ""
    visitor = plain_text(message.anonymous_id)
    for name, text in (("user_id", user), ("anonymous_id", visitor)):
        counts[message.type, f"bad_{name}"] += len(text) > 120
    said = content(message)
    return Heard(
        storable(message, said),
        at,
        digest(said),
        user if len(user) <= 120 else "",
        visitor if len(visitor) <= 120 else "",
    )


def _sort_out(heard: list[Heard], context: Context, counts: Counts) -> list[Heard]:
    """Leave out what was heard before. Those that become events count themselves; whatever else they do must not be
    done again under another content, so these are looked for here."""
    first: dict[str, int] = {}
    fresh = []
    for one in heard:
        if first.setdefault(one.message.message_id, one.digest) == one.digest:
            fresh.append(one)
        else:
            counts[one.message.type, "mismatch"] += 1
    keys = {
        one.message.message_id: events.key_of(context.key.source, one.message.message_id, context.browser)
        for one in fresh
        if one.changes_more_than_events(context)
    }
    known = _known(fresh, keys, context)
    mended = _mended([one for one in fresh if one.is_sale(context)], keys, known, context)
    kept, made = [], {}
    for one in fresh:
        key = keys.get(one.message.message_id)
        there = known.get(key) if key else None
        if there is not None and there != one.digest and one.message.message_id in mended:
            kept.append(one)
        elif there is not None and there != one.digest:
            counts[one.message.type, "mismatch"] += 1
        elif one.is_event:
            kept.append(one)
        elif there is not None or one.message.message_id in made:
            counts[one.message.type, "repeated"] += 1
        elif key:
            made[one.message.message_id] = EventKey(key=key, hash=one.digest, at=one.at)
            kept.append(one)
        else:
            counts[one.message.type, "ignored"] += 1
    EventKey.objects.bulk_create(made.values(), ignore_conflicts=True)
    return kept


def _known(heard: list[Heard], keys: dict[str, UUID], context: Context) -> dict[UUID, int]:
    """What was said under these keys; by a browser, also before its ids were apart from those of the shop's server."""
    if not keys:
        return {}
    digests = {one.message.message_id: one.digest for one in heard}
    shared = {
        message_id: events.key_of(context.key.source, message_id) for message_id in keys if context.browser
    }
    wanted = {*keys.values(), *shared.values()}
    known = dict(EventKey.objects.filter(key__in=wanted).values_list("key", "hash"))
    return known | {
        keys[message_id]: digests[message_id]
        for message_id, key in shared.items()
        if known.get(key) == digests[message_id]
    }


def _mended(sales: list[Heard], keys: dict[str, UUID], known: dict[UUID, int], context: Context) -> set[str]:
    """Sales of lists that were told otherwise before, and could not be recorded: what is told now counts, by message
    id. Whether another id told of an order that is there, nobody knows, so it tells of no second one."""
    others = {
        one.message.message_id: one
        for one in sales
        if known.get(keys[one.message.message_id], one.digest) != one.digest
    }
    mended = selling.missing(list(others.values()), context) if others else set()
    EventKey.objects.bulk_update(
        [EventKey(key=keys[message_id], hash=others[message_id].digest) for message_id in mended], ["hash"]
    )
    return mended


def _people(heard: list[Heard], context: Context, counts: Counts) -> dict[str, profiles.Party]:
    """Everybody with a number, her further numbers, and what is said of her."""
    source, at = context.key.source, context.at
    aliases = [
        profiles.Alias(previous, one.user)
        for one in sorted(heard, key=lambda one: (one.at, one.digest))
        if one.message.type == "alias"
        and one.user
        and (previous := plain_text(one.message.previous_id)[:120])
    ]
    counts["alias", "incomplete"] += sum(one.message.type == "alias" for one in heard) - len(aliases)
    users = {one.user for one in heard if one.user}
    parties = profiles.known(users | {alias.previous for alias in aliases}, source)
    open_targets = {alias.number for alias in aliases} - set(parties)
    profiles.meet(users - open_targets, parties, source, at, Origin.LIVE)
    browsers, fates = profiles.join(aliases, parties, source)
    profiles.meet(users, parties, source, at, Origin.LIVE)
    _count(counts, "alias", fates)
    owned = [(alias.previous, parties[alias.number]) for alias in browsers]
    counts["alias", "erased"] += sum(owner.erased for _browser, owner in owned)
    pairs = [(browser, owner.customer_id) for browser, owner in owned if not owner.erased]
    _count(counts, "alias", identity.identify(pairs, at))
    _state(heard, parties, context, counts)
    return parties


def _state(heard: list[Heard], parties: dict[str, profiles.Party], context: Context, counts: Counts) -> None:
    rules = traits.Rules(context.region, context.stores, context.at, context.browser)
    statements = []
    for one in heard:
        if one.message.type != "identify":
            continue
        if not one.user:
            counts["identify", "no_user"] += 1
        elif parties[one.user].erased:
            counts["identify", "erased"] += 1
        else:
            faults: Counter[str] = Counter()
            stated = traits.read(one.message.traits, rules, faults)
            _count(counts, "identify", faults + Counter(recorded=1))
            mark = profiles.stamp(one.at, one.digest, context.browser)
            statements.append(profiles.Statement(one.user, mark, stated))
    if statements:
        profiles.state(statements, parties, context.key.source, context.at, context.browser)


def _identify(
    heard: list[Heard], parties: dict[str, profiles.Party], context: Context, counts: Counts
) -> None:
    """Who says her number with her browser is its owner, from the first message on that does."""
    proven = [
        (one, parties[one.user].customer_id)
        for one in sorted(heard, key=lambda one: (one.at, one.digest))
        if one.message.type == "identify" and one.user and not parties[one.user].erased
    ]
    pairs = [(one.visitor, customer) for one, customer in proven if one.visitor]
    _count(counts, "visitor", identity.identify(pairs, context.at))
    if proven:
        said = [(customer, one.message.context) for one, customer in proven]
        people_identified.send(
            Customer, ids=[pk for pk, _ in said], at=context.at, origin=Origin.LIVE, said=said
        )


def _count(counts: Counts, what: str, fates: Counter[str]) -> None:
    for fate, count in fates.items():
        counts[what, fate] += count

"""A slow and obvious reading of segment rules: one customer at a time, in plain Python, on rows read once.

It shares no code with the compiler. What it says is what a rule means.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from channels import suppression
from channels.models import Consent, Delivery, Suppression
from customers.models import (
    Cart,
    CartLine,
    Category,
    Customer,
    CustomerStats,
    Event,
    Favourite,
    FixedListMember,
    Interest,
    Order,
    OrderLine,
    Product,
    Segment,
)
from loyalty.models import Account as LoyaltyAccount
from loyalty.models import CouponCode, Entry, Redemption, Tier, TierPeriod
from tests.channels import segment_messages, segment_silence
from tests.customers.segment_world import LAST
from tests.loyalty import segment_points, segment_referrals

ZONE = ZoneInfo("Europe/Berlin")
Params = dict[str, Any]


@dataclass
class Person:
    row: Customer
    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    messages: list[Delivery] = field(default_factory=list)
    suppressed: bool = False
    events: list[Event] = field(default_factory=list)
    carts: list[Cart] = field(default_factory=list)
    wishes: list[Product] = field(default_factory=list)
    lists: set[int] = field(default_factory=set)
    forecasts: CustomerStats | None = None
    tier: TierPeriod | None = None
    has_account: bool = False
    points: list[Entry] = field(default_factory=list)
    held: segment_points.Held | None = None
    codes: list[CouponCode] = field(default_factory=list)
    redemptions: list[Redemption] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    came: str = ""
    interests: list[Interest] = field(default_factory=list)
    confirmed: list[datetime] = field(default_factory=list)


def _tiers(people: dict[int, Person]) -> None:
    for account in LoyaltyAccount.objects.filter(closed_at=None, program__key="points"):
        people[account.customer_id].has_account = True
    counted = Entry.objects.filter(counts_for_tier=True, program__key="points")
    for entry in counted.select_related("account__customer"):
        owner = entry.account.customer
        people[owner.merged_into_id or owner.pk].points.append(entry)
    for period in TierPeriod.objects.filter(current=True).select_related("account", "tier"):
        people[period.account.customer_id].tier = period


def everybody() -> list[Person]:
    people = {row.pk: Person(row) for row in Customer.objects.all()}
    for order in Order.objects.exclude(customer=None):
        people[order.customer_id].orders.append(order)
    for line in OrderLine.objects.exclude(order__customer=None).select_related(
        "order", "product__category__parent__parent"
    ):
        people[line.order.customer_id].lines.append(line)
    for statement in Consent.objects.select_related("topic"):
        people[statement.customer_id].consents.append(statement)
    for event in Event.objects.exclude(customer_id=None):
        people[event.customer_id].events.append(event)
    for cart in Cart.objects.exclude(customer=None):
        people[cart.customer_id].carts.append(cart)
    for wish in Favourite.objects.filter(removed_at=None).select_related("product"):
        people[wish.customer_id].wishes.append(wish.product)
    for listed in FixedListMember.objects.all():
        people[listed.customer_id].lists.add(listed.fixed_list_id)
    for kept in CustomerStats.objects.all():
        people[kept.pk].forecasts = kept
    _tiers(people)
    _coupons(people)
    _join_points(people)
    segment_referrals.join(people)
    segment_messages.join(people)
    segment_silence.join(people)
    keys = set(Suppression.objects.values_list("address_key", flat=True))
    for person in people.values():
        person.suppressed = suppression.address_key("email", person.row.email) in keys
    return list(people.values())


def _coupons(people: dict[int, Person]) -> None:
    for code in CouponCode.objects.exclude(customer=None).select_related("coupon"):
        people[code.customer_id].codes.append(code)
    for redemption in Redemption.objects.exclude(customer=None):
        people[redemption.customer_id].redemptions.append(redemption)


def _join_points(people: dict[int, Person]) -> None:
    for number, held in segment_points.accounts().items():
        people[number].held = held


def members(rule: Any, people: list[Person], at: datetime) -> set[int]:
    local = at.astimezone(ZONE)
    living = [p for p in people if p.row.merged_into_id is None and p.row.erased_at is None]
    return {person.row.pk for person in living if belongs(rule, person, local)}


def belongs(rule: Any, person: Person, at: datetime) -> bool:
    if "condition" in rule:
        return bool(TESTS[rule["condition"]](rule["params"], person, at))
    kind, nodes = next(iter(rule.items()))
    answers = [belongs(node, person, at) for node in nodes]
    return {"all": all(answers), "any": any(answers), "none": not any(answers)}[kind]


# --- What conditions share ---


def ago(at: datetime, days: int) -> datetime:
    return datetime.combine(at.date() - timedelta(days=days), at.time(), ZONE)


def compare(value: Any, params: Params, to: Callable[[Any], Any] = int) -> bool:
    number, operator = to(params["number"]), params["operator"]
    if operator == "between":
        return bool(number <= value <= to(params["upper"]))
    return bool(
        {"at_least": value >= number, "at_most": value <= number, "exactly": value == number}[operator]
    )


def cents(amount: Any) -> int:
    return int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def in_window(moment: datetime, params: Params, at: datetime) -> bool:
    if params["window"] == "days":
        return moment.timestamp() >= ago(at, params["days"]).timestamp()
    if params["window"] == "dates":
        return params["since"] <= moment.astimezone(ZONE).date().isoformat() <= params["until"]
    return True


def moment_fits(moment: datetime | None, params: Params, at: datetime) -> bool:
    operator = params["operator"]
    if moment is None:
        return bool(operator == "never")
    day = moment.astimezone(ZONE).date().isoformat()
    if operator in ("within", "longer_ago"):
        recent = moment.timestamp() >= ago(at, params["days"]).timestamp()
        return recent == (operator == "within")
    if operator == "between":
        return bool(params["date"] <= day <= params["until"])
    return bool({"since": operator == "since" and day >= params["date"]}.get(operator, False)) or (
        operator == "before" and day < params["date"]
    )


def times_bought(lines: list[OrderLine], params: Params, at: datetime) -> bool:
    orders = {line.order_id for line in lines if in_window(line.order.placed_at, params, at)}
    return len(orders) >= params["times"]


def bought_lines(person: Person) -> list[OrderLine]:
    return [line for line in person.lines if line.order.kind == "order"]


# --- The conditions ---


def birthday(params: Params, person: Person, at: datetime) -> bool:
    born = person.row.birthday
    if born is None:
        return False
    for distance in range(params["days"] + 1):
        day = at.date() + timedelta(days=distance)
        if (day.month, day.day) == (born.month, born.day):
            return True
        tomorrow = day + timedelta(days=1)
        if (born.month, born.day) == (2, 29) and day.month == 2 and day.day == 28 and tomorrow.month == 3:
            return True
    return False


def age(params: Params, person: Person, at: datetime) -> bool:
    born = person.row.birthday
    if born is None:
        return False
    had_it = (at.month, at.day) >= (born.month, born.day)
    return compare(at.year - born.year - (not had_it), params)


def attribute(params: Params, person: Person, at: datetime) -> bool:
    value, operator = person.row.attributes.get(params["key"]), params["operator"]
    if operator in ("is_set", "is_missing"):
        return (value is not None and value != "") == (operator == "is_set")
    if operator == "is":
        return any(_same(item, params["value"]) for item in (value if isinstance(value, list) else [value]))
    if operator == "contains":
        return isinstance(value, str) and params["value"].lower() in value.lower()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return compare(Decimal(str(value)), params, lambda number: Decimal(str(number)))


def _same(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == str(value).lower()
    if isinstance(value, int | float):
        try:
            return Decimal(wanted) == Decimal(str(value))
        except ArithmeticError:
            return False
    return bool(value == wanted)


def orders_count(params: Params, person: Person, at: datetime) -> bool:
    placed = [o for o in person.orders if o.kind == "order" and in_window(o.placed_at, params, at)]
    return compare(len(placed), params)


def revenue(params: Params, person: Person, at: datetime) -> bool:
    return compare(
        sum(o.base_total for o in person.orders if in_window(o.placed_at, params, at)), params, cents
    )


def average_order(params: Params, person: Person, at: datetime) -> bool:
    totals = [o.base_total for o in person.orders if o.kind == "order" and in_window(o.placed_at, params, at)]
    if not totals:
        return False
    average = (Decimal(sum(totals)) / len(totals)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return compare(average, params, cents)


def first_order(params: Params, person: Person, at: datetime) -> bool:
    return moment_fits(
        min((o.placed_at for o in person.orders if o.kind == "order"), default=None), params, at
    )


def last_order(params: Params, person: Person, at: datetime) -> bool:
    return moment_fits(
        max((o.placed_at for o in person.orders if o.kind == "order"), default=None), params, at
    )


def rfm_class(params: Params, person: Person, at: datetime) -> bool:
    return person.forecasts is not None and person.forecasts.rfm_class in params["classes"]


def next_order(params: Params, person: Person, at: datetime) -> bool:
    due = person.forecasts and person.forecasts.next_order_on
    if due is None or params["operator"] == "unknown":
        return due is None and params["operator"] == "unknown"
    ahead = (due - at.date()).days
    return ahead <= -params["days"] if params["operator"] == "overdue" else 0 <= ahead <= params["days"]


def lapse_risk(params: Params, person: Person, at: datetime) -> bool:
    risk = person.forecasts and person.forecasts.lapse_risk
    return risk is not None and compare(risk * 100, params)


def lifetime_value(params: Params, person: Person, at: datetime) -> bool:
    value = person.forecasts and person.forecasts.lifetime_value
    return value is not None and compare(value, params, cents)


def bought_product(params: Params, person: Person, at: datetime) -> bool:
    lines = [line for line in bought_lines(person) if line.product_id in params["products"]]
    return times_bought(lines, params, at)


def bought_category(params: Params, person: Person, at: datetime) -> bool:
    lines = [line for line in bought_lines(person) if _is_below(line.product.category, params["categories"])]
    return times_bought(lines, params, at)


def bought_brand(params: Params, person: Person, at: datetime) -> bool:
    wanted = {brand.casefold() for brand in params["brands"]}
    lines = [line for line in bought_lines(person) if line.product.brand.casefold() in wanted]
    return times_bought(lines, params, at)


def _is_below(category: Category | None, wanted: list[int]) -> bool:
    return category is not None and (category.pk in wanted or _is_below(category.parent, wanted))


def bought_at_store(params: Params, person: Person, at: datetime) -> bool:
    orders = [o for o in person.orders if o.kind == "order" and o.store_id in params["stores"]]
    return sum(1 for o in orders if in_window(o.placed_at, params, at)) >= params["times"]


def consent(params: Params, person: Person, at: datetime) -> bool:
    topic = params["topic"] or None
    heard = [
        statement
        for statement in person.consents
        if statement.purpose == params["purpose"]
        and statement.channel == params["channel"]
        and (statement.topic is None or statement.topic.key == topic)
    ]
    latest = max((statement.stated_at for statement in heard), default=None)
    last_words = {statement.state for statement in heard if statement.stated_at == latest}
    granted = last_words == {"granted"}
    return {"has": granted, "has_not": not granted, "withdrew": "withdrawn" in last_words}[params["state"]]


def email_address(params: Params, person: Person, at: datetime) -> bool:
    known = person.row.email != ""
    return {
        "reachable": known and not person.suppressed,
        "suppressed": known and person.suppressed,
        "missing": not known,
    }[params["state"]]


def tier(params: Params, person: Person, at: datetime) -> bool:
    has = person.tier.tier_id if person.tier and person.tier.tier_id else 0
    return has in params["tiers"]


def _a_year_before(moment: datetime) -> datetime:
    local = moment.astimezone(ZONE)
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return local.replace(year=local.year - 1, day=day)


def near_next_tier(params: Params, person: Person, at: datetime) -> bool:
    if not person.has_account:
        return False
    since = _a_year_before(at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0))
    points = sum(entry.points for entry in person.points if entry.at >= since)
    has = person.tier.tier.threshold if person.tier and person.tier.tier else 0
    higher = [each.threshold for each in Tier.objects.all() if each.threshold > has]
    return bool(higher) and 0 < min(higher) - points <= params["points"]


def tier_falls(params: Params, person: Person, at: datetime) -> bool:
    period = person.tier
    if period is None or period.tier is None or period.holds_until is None:
        return False
    if not at < period.holds_until <= at + timedelta(days=params["days"]):
        return False
    since = _a_year_before(period.holds_until)
    points = sum(entry.points for entry in person.points if since <= entry.at < period.holds_until)
    return points < period.tier.threshold


def meant(product_id: int | None, params: Params) -> bool:
    if params["subject"] == "any":
        return True
    if product_id is None:
        return False
    if params["subject"] == "products":
        return product_id in params["products"]
    product = Product.objects.select_related("category__parent__parent").get(pk=product_id)
    return _is_below(product.category, params["categories"])


def behaviour(params: Params, person: Person, at: datetime) -> bool:
    found = [
        event
        for event in person.events
        if event.kind == params["kind"]
        and event.name == params.get("name", event.name)
        and in_window(event.at, params, at)
        and meant(event.product_id, params)
    ]
    if params["bought"] == "not_since":
        found = [event for event in found if not _bought_since(event, person)]
    return compare(len(found), params)


def _bought_since(event: Event, person: Person) -> bool:
    return any(
        line.product_id == event.product_id and line.order.placed_at >= event.at
        for line in bought_lines(person)
    )


def last_behaviour(params: Params, person: Person, at: datetime) -> bool:
    kinds = LAST[params["what"]]
    times = [event.at for event in person.events if kinds is None or event.kind in kinds]
    return moment_fits(max(times, default=None), params, at)


def cart(params: Params, person: Person, at: datetime) -> bool:
    return any(
        each.state == params["state"]
        and each.items > 0
        and cents(params["worth"]) <= each.value <= cents(params.get("worth_to", 10**9))
        and each.items >= params.get("items", 1)
        and params["from_hours"] <= (at - each.last_activity_at).total_seconds() / 3600 <= params["to_hours"]
        and (
            params["subject"] == "any"
            or any(meant(line.product_id, params) for line in CartLine.objects.filter(cart=each))
        )
        for each in person.carts
    )


def favourite(params: Params, person: Person, at: datetime) -> bool:
    return any(meant(product.pk, params) for product in person.wishes)


def random_share(params: Params, person: Person, at: datetime) -> bool:
    mark = hashlib.md5(f"{params['draw']}:{person.row.key}".encode()).hexdigest()
    return int(mark[:8], 16) % 10_000 < params["percent"] * 100


def interest(params: Params, person: Person, at: datetime) -> bool:
    worth = {"view": 1, "favourite": 3, "cart_add": 3}
    points = sum(
        worth.get(event.kind, 0)
        for event in person.events
        if event.product_id and in_window(event.at, params, at) and meant(event.product_id, params)
    )
    for line in bought_lines(person):
        if in_window(line.order.placed_at, params, at) and meant(line.product_id, params):
            points += 5
    return bool(points >= params["points"])


STATES = {
    "DE-HH": ["20095", "20457"],
    "DE-SN": ["01067"],
    "AT-9": ["1010"],
    "AT-3": ["2000"],
    "CH-ZH": [],
}  # of the world


def region(params: Params, person: Person, at: datetime) -> bool:
    country, code = person.row.country, person.row.postal_code
    if params["by"] == "states":
        return any(state[:2] == country and code in STATES[state] for state in params["states"])
    spans = [(part.split("-")[0], part.split("-")[-1]) for part in params["ranges"].split(", ")]
    return country == params["country"] and any(
        len(low) == len(code) and low <= code <= high for low, high in spans
    )


def in_segment(params: Params, person: Person, at: datetime) -> bool:
    return belongs(Segment.objects.get(pk=params["segment"]).rule, person, at)


def holds_coupon(params: Params, person: Person, at: datetime) -> bool:
    return any(
        code.coupon.active
        and all(
            (start is None or start <= at) and (end is None or at < end)
            for start, end in (
                (code.valid_from, code.valid_until),
                (code.coupon.valid_from, code.coupon.valid_until),
            )
        )
        for code in unused_codes(params, person)
    )


def unused_codes(params: Params, person: Person) -> list[CouponCode]:
    used = {each.code_id for each in person.redemptions if each.state in ("reserved", "redeemed")}
    issued = [code for code in person.codes if code.state == "issued" and code.pk not in used]
    return [code for code in issued if not params["coupons"] or code.coupon_id in params["coupons"]]


def redeemed_coupon(params: Params, person: Person, at: datetime) -> bool:
    return any(
        each.state == "redeemed"
        and (not params["coupons"] or each.coupon_id in params["coupons"])
        and in_window(each.at, params, at)
        for each in person.redemptions
    )


def coupon_unused(params: Params, person: Person, at: datetime) -> bool:
    return any(code.issued_at <= ago(at, params["days"]) for code in unused_codes(params, person))


TESTS: dict[str, Callable[[Params, Person, datetime], bool]] = {
    "language": lambda params, person, at: person.row.language in params["languages"],
    "country": lambda params, person, at: person.row.country in params["countries"],
    "city": lambda params, person, at: person.row.city.lower() in [city.lower() for city in params["cities"]],
    "salutation": lambda params, person, at: person.row.salutation in params["salutations"],
    "postal_code": lambda params, person, at: any(
        person.row.postal_code.startswith(prefix.strip()) for prefix in params["prefixes"].split(",")
    ),
    "home_store": lambda params, person, at: person.row.home_store_id in params["stores"],
    "acquisition_source": lambda params, person, at: (
        person.row.acquisition_source.lower() in [source.lower() for source in params["sources"]]
    ),
    "acquired_at": lambda params, person, at: moment_fits(person.row.acquired_at, params, at),
    "birthday": birthday,
    "age": age,
    "attribute": attribute,
    "orders_count": orders_count,
    "revenue": revenue,
    "average_order": average_order,
    "first_order": first_order,
    "last_order": last_order,
    "rfm_class": rfm_class,
    "next_order": next_order,
    "lapse_risk": lapse_risk,
    "lifetime_value": lifetime_value,
    "bought_product": bought_product,
    "bought_category": bought_category,
    "bought_brand": bought_brand,
    "bought_at_store": bought_at_store,
    "consent": consent,
    "email_address": email_address,
    "engagement": segment_messages.engagement,
    "consent_idle": segment_silence.consent_idle,
    "interests_unconfirmed": segment_silence.interests_unconfirmed,
    "tier": tier,
    "near_next_tier": near_next_tier,
    "tier_falls": tier_falls,
    "behaviour": behaviour,
    "last_behaviour": last_behaviour,
    "cart": cart,
    "favourite": favourite,
    "random_share": random_share,
    "in_segment": in_segment,
    "holds_coupon": holds_coupon,
    "redeemed_coupon": redeemed_coupon,
    "coupon_unused": coupon_unused,
    "interest": interest,
    "region": region,
    "points": segment_points.points,
    "near_next_reward": segment_points.near_next_reward,
    "points_ending": segment_points.points_ending,
    "points_last_earned": segment_points.points_last_earned,
    "has_recommended": segment_referrals.has_recommended,
    "was_recommended": segment_referrals.was_recommended,
    "on_list": lambda params, person, at: any(number in person.lists for number in params["lists"]),
}

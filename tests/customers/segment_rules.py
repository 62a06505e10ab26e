"""Random rules over all conditions, for Hypothesis. Values lie near those of `segment_world`."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from channels.segment_conditions.engagement import FACTS
from customers.models import Category, Event, FixedList, Product, Segment, Store
from customers.segment_conditions.behaviour import NAMED
from loyalty.models import Coupon, Tier
from tests.customers.segment_world import AGES_AGO, AT, LAST

Rules = st.SearchStrategy[dict[str, Any]]
DAYS = st.sampled_from([day for day in AGES_AGO if day])
DATES = st.sampled_from(AGES_AGO).map(lambda days: (AT.date() - timedelta(days=days)).isoformat())
NOW = st.fixed_dictionaries({})


def some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def span(low: str, high: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(values, values).map(lambda pair: {low: min(pair), high: max(pair)})


def merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


def operator(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(names).map(lambda name: {"operator": name})


def amounts(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    one = merged(operator("at_least", "at_most", "exactly"), values.map(lambda value: {"number": value}))
    return one | merged(operator("between"), span("number", "upper", values))


WINDOW = st.one_of(
    st.just({"window": "all"}),
    DAYS.map(lambda days: {"window": "days", "days": days}),
    merged(st.just({"window": "dates"}), span("since", "until", DATES)),
)
MOMENT = st.one_of(
    merged(operator("within", "longer_ago"), DAYS.map(lambda days: {"days": days})),
    merged(operator("since", "before"), DATES.map(lambda date: {"date": date})),
    merged(operator("between"), span("date", "until", DATES)),
)
COUNTS = st.integers(0, 4) | st.sampled_from([10, 11, 12])
MONEY = st.sampled_from(["-10", "0", "4.99", "5", "10.00", "25.01", "99.99", "100", "200.5"]).map(
    float
) | st.integers(0, 200)
ATTRIBUTE = st.one_of(
    merged(
        operator("is", "contains"),
        st.sampled_from(["Gold", "gold", "ld", "5", "5.0", "-2.5", "true", "x%s", "Silver"]).map(
            lambda value: {"value": value}
        ),
    ),
    amounts(st.sampled_from([-3, 0, 5, 5.5, 100])).filter(lambda params: params["operator"] != "exactly"),
    operator("is_set", "is_missing"),
)


MONTHS = st.sampled_from([1, 2, 3, 12]).map(lambda months: {"months": months})
COUNTED = st.sampled_from(["any", "rewarded"]).map(lambda counted: {"counted": counted})


def params() -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    """A strategy of parameters per condition, over the rows that are in the database."""
    stores = list(Store.objects.order_by("pk").values_list("pk", flat=True))
    products = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    categories = list(Category.objects.order_by("pk").values_list("pk", flat=True))
    segments = list(Segment.objects.order_by("pk").values_list("pk", flat=True)) or [0]
    times = st.integers(1, 3).map(lambda number: {"times": number})

    def listed(name: str, values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return some(values).map(lambda chosen: {name: chosen})

    subject = st.one_of(
        st.just({"subject": "any"}),
        merged(st.just({"subject": "products"}), listed("products", products)),
        merged(st.just({"subject": "categories"}), listed("categories", categories)),
    )
    kind = st.one_of(
        st.sampled_from(["view", "view", *sorted({*Event.Kind.values} - NAMED)]).map(lambda k: {"kind": k}),
        st.tuples(st.sampled_from(sorted(map(str, NAMED))), st.sampled_from(["Home", "Quiz", "%s"])).map(
            lambda pair: {"kind": pair[0], "name": pair[1]}
        ),
    )
    hours = st.sampled_from([0, 1, 2, 4, 48, 200, 600])
    coupons = list(Coupon.objects.order_by("pk").values_list("pk", flat=True)) or [0]
    any_coupon = st.just({"coupons": []}) | listed("coupons", coupons)
    return {
        "holds_coupon": any_coupon,
        "redeemed_coupon": merged(any_coupon, WINDOW),
        "coupon_unused": merged(any_coupon, DAYS.map(lambda days: {"days": days})),
        "behaviour": merged(
            kind,
            subject,
            amounts(COUNTS),
            WINDOW,
            st.sampled_from(["any", "not_since"]).map(lambda bought: {"bought": bought}),
        ),
        "last_behaviour": merged(
            st.sampled_from(list(LAST)).map(lambda what: {"what": what}), MOMENT | operator("never")
        ),
        "cart": merged(
            st.sampled_from(["open", "abandoned", "bought"]).map(lambda state: {"state": state}),
            st.sampled_from([0, 10, 15]).map(lambda worth: {"worth": worth}),
            st.sampled_from([{}, {"worth_to": 15}, {"worth_to": 20}, {"worth_to": "19.99"}]),
            st.sampled_from([{}, {}, {"items": 1}, {"items": 2}]),
            span("from_hours", "to_hours", hours),
            subject,
        ),
        "favourite": subject,
        "interest": merged(
            subject, st.sampled_from([1, 2, 3, 5, 6, 15, 40]).map(lambda points: {"points": points}), WINDOW
        ),
        "in_segment": st.sampled_from(segments).map(lambda pk: {"segment": pk}),
        "random_share": st.tuples(st.sampled_from([1, 10, 50, 99]), st.sampled_from(["A", "B", "%s"])).map(
            lambda pair: {"percent": pair[0], "draw": pair[1]}
        ),
        "on_list": listed(
            "lists", list(FixedList.objects.order_by("pk").values_list("pk", flat=True)) or [0]
        ),
        "language": listed("languages", ["de", "en", "fr", "nl"]),
        "country": listed("countries", ["DE", "AT", "CH"]),
        "city": listed("cities", ["HAMBURG", "köln", "Wien", "Bonn"]),
        "salutation": listed("salutations", ["ms", "mr", "neutral"]),
        "postal_code": st.sampled_from(["2", "20, 1", "20095", "SW,0"]).map(lambda text: {"prefixes": text}),
        "region": st.one_of(
            listed("states", ["DE-HH", "DE-SN", "AT-9", "AT-3", "CH-ZH"]).map(
                lambda of: of | {"by": "states"}
            ),
            st.tuples(
                st.sampled_from(["DE", "AT"]),
                st.sampled_from(["20000-20100", "1010, 2000", "0-9, 00000-99999"]),
            ).map(lambda pair: {"by": "ranges", "country": pair[0], "ranges": pair[1]}),
        ),
        "home_store": listed("stores", stores),
        "acquisition_source": listed("sources", ["FAIR", "web", "radio"]),
        "acquired_at": MOMENT,
        "birthday": st.sampled_from([0, 1, 2, 7, 45, 100, 364, 365]).map(lambda days: {"days": days}),
        "age": amounts(st.sampled_from([17, 18, 25, 26, 30, 36, 41, 60, 76])),
        "attribute": merged(
            st.sampled_from(["club", "visits", "vip", "a'b\"", "none"]).map(lambda key: {"key": key}),
            ATTRIBUTE,
        ),
        "orders_count": merged(amounts(COUNTS), WINDOW),
        "revenue": merged(amounts(MONEY), WINDOW),
        "average_order": merged(amounts(MONEY), WINDOW),
        "first_order": MOMENT | operator("never"),
        "last_order": MOMENT | operator("never"),
        "rfm_class": listed("classes", ["champions", "new", "at_risk", "lost", "loyal"]),
        "next_order": merged(
            operator("overdue", "within"),
            st.sampled_from([1, 7, 29, 30, 90]).map(lambda days: {"days": days}),
        )
        | operator("unknown"),
        "lapse_risk": amounts(st.sampled_from([0, 1, 49, 50, 51, 70, 99, 100])).filter(
            lambda params: params["operator"] != "exactly"
        ),
        "lifetime_value": merged(amounts(MONEY)),
        "bought_product": merged(listed("products", products), times, WINDOW),
        "bought_category": merged(listed("categories", categories), times, WINDOW),
        "bought_brand": merged(listed("brands", ["linden", "Köln & co", "Hafen"]), times, WINDOW),
        "bought_at_store": merged(listed("stores", stores), times, WINDOW),
        "has_recommended": merged(amounts(st.sampled_from([1, 2, 3])), COUNTED),
        "was_recommended": COUNTED,
        "points": amounts(st.sampled_from([0, 10, 30, 31, 60, 100, 130])),
        "points_ending": st.tuples(st.sampled_from([1, 30, 31, 100]), st.sampled_from([1, 5, 30, 31])).map(
            lambda pair: {"number": pair[0], "days": pair[1]}
        ),
        "points_last_earned": merged(operator("within", "longer_ago"), DAYS.map(lambda days: {"days": days})),
        "consent": st.fixed_dictionaries(
            {
                "state": st.sampled_from(["has", "has_not", "withdrew"]),
                "purpose": st.sampled_from(["sending", "sending", "tracking"]),
                "channel": st.sampled_from(["email", "email", "sms", "push", "whatsapp"]),
                "topic": st.sampled_from(["", "newsletter", "sales"]),
            }
        ),
        "engagement": merged(
            st.fixed_dictionaries(
                {
                    "did": st.sampled_from([did for did, _label in FACTS]),
                    "times": st.sampled_from([1, 1, 2, 3]),
                    "channel": st.sampled_from(["", "", "email", "sms", "push"]),
                }
            ),
            WINDOW,
        ),
        "consent_idle": MONTHS,
        "interests_unconfirmed": MONTHS,
        "tier": listed("tiers", [0, *Tier.objects.order_by("pk").values_list("pk", flat=True)]),
        "near_next_tier": st.sampled_from([1, 50, 51, 100, 300]).map(lambda points: {"points": points}),
        "near_next_reward": st.sampled_from([1, 29, 30, 59, 60, 100]).map(lambda points: {"points": points}),
        "tier_falls": st.sampled_from([1, 29, 30, 31, 366]).map(lambda days: {"days": days}),
        "email_address": st.sampled_from(["reachable", "suppressed", "missing"]).map(
            lambda state: {"state": state}
        ),
    }


def leaves(*, lending: bool = True) -> Rules:
    """`lending`: also the condition in whose place another rule stands."""

    def leaf(key: str, of: st.SearchStrategy[dict[str, Any]]) -> Rules:
        return of.map(lambda chosen: {"condition": key, "params": chosen})

    chosen = {key: of for key, of in params().items() if lending or key != "in_segment"}
    return st.one_of(*(leaf(key, strategy) for key, strategy in chosen.items()))


def trees() -> Rules:
    """Trees up to the greatest depth that is allowed, mostly small."""

    def group(nodes: Rules, widest: int) -> Rules:
        members = st.lists(nodes, min_size=1, max_size=widest)
        return st.tuples(st.sampled_from(["all", "any", "none"]), members).map(
            lambda pair: {pair[0]: pair[1]}
        )

    level = leaves(lending=False)  # a lent rule goes two levels deeper than where it stands
    for widest, lending in ((3, False), (3, True), (2, True), (2, True)):
        level = leaves(lending=lending) | group(level, widest)
    return group(level, 4)

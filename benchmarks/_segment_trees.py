"""Rules as trees, in short: what the rules that are measured are made of, and a hundred of one shop."""

from typing import Any


def leaf(condition: str, **params: Any) -> dict[str, Any]:
    return {"condition": condition, "params": params}


def did(kind: str, days: int, number: int = 1, categories: Any = None, bought: str = "any") -> dict[str, Any]:
    subject = {"subject": "categories", "categories": categories} if categories else {"subject": "any"}
    return leaf(
        condition="behaviour",
        kind=kind,
        operator="at_least",
        number=number,
        window="days",
        days=days,
        bought=bought,
        **subject,
    )


def ordered(number: int, days: int) -> dict[str, Any]:
    return leaf("orders_count", operator="at_least", number=number, window="days", days=days)


def earned(**params: Any) -> dict[str, Any]:
    return leaf("revenue", window="all", **params)


def last_order(operator: str, **params: Any) -> dict[str, Any]:
    return leaf("last_order", operator=operator, **params)


def last_time(what: str, operator: str, **params: Any) -> dict[str, Any]:
    return leaf("last_behaviour", what=what, operator=operator, **params)


def cart(state: str, from_hours: int, to_hours: int) -> dict[str, Any]:
    return leaf("cart", state=state, worth=0, from_hours=from_hours, to_hours=to_hours, subject="any")


def consent(state: str, purpose: str = "sending", topic: str = "") -> dict[str, Any]:
    return leaf("consent", state=state, purpose=purpose, channel="email", topic=topic)


def bought(categories: list[int], days: int | None = None) -> dict[str, Any]:
    window = {"window": "days", "days": days} if days else {"window": "all"}
    return leaf("bought_category", categories=categories, times=1, **window)


def liked(categories: list[int]) -> dict[str, Any]:
    return leaf("favourite", subject="categories", categories=categories)


ADDRESS = leaf("email_address", state="reachable")
GERMAN = leaf("language", languages=["de"])
GOLD = leaf("attribute", key="club", operator="is", value="Gold")


def hundred() -> list[Any]:
    """A hundred rules as one shop may have them: ten shapes, each with ten choices of categories, days and places."""
    return [shape for number in range(10) for shape in _ten(number)]


def _ten(number: int) -> list[Any]:
    category, days = [21 + 7 * number], 5 * (number + 1)
    language = leaf("language", languages=[("de", "en", "fr", "it", "nl")[number % 5]])
    city = leaf("city", cities=[("Graz", "Bonn", "Ulm", "Kiel", "Jena")[number % 5]])
    return [
        {"all": [language, consent("has"), did("view", days, 1, category, "not_since")]},
        {
            "all": [
                last_order("longer_ago", days=60 + days),
                earned(operator="at_least", number=200 + 10 * days),
            ]
        },
        {"all": [cart("abandoned", 1, 4 * days), {"none": [last_order("within", days=days)]}]},
        {"all": [leaf("birthday", days=number), {"any": [GOLD, earned(operator="at_least", number=300)]}]},
        {"all": [city, ordered(2, 30 + days), {"none": [consent("withdrew"), bought(category, days)]}]},
        {"any": [{"all": [bought(category, days), language]}, {"all": [liked(category), city]}]},
        {"all": [last_time("view", "within", days=days), last_order("never"), consent("has", "tracking")]},
        {"all": [{"any": [did("view", days, 3, category), did("cart_add", days, 1, category)]}, ADDRESS]},
        {"all": [leaf("home_store", stores=[number + 1]), ordered(1, days), {"none": [GOLD, language]}]},
        {
            "all": [
                leaf("age", operator="between", number=20 + number, upper=25 + number),
                did("search", days, 2),
                city,
            ]
        },
    ]

"""The calls of loyalty with what their document describes, about things that are there: each answers as documented.

Without a key for repeated calls and without known customers, codes and numbers nearly all of them end at the door.
`API_EXAMPLES=1000 ./stammkunde test tests/loyalty/test_api_fuzz.py` is the long form.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import people
from customers.models import Customer, Origin, Shop
from customers.tracking import keys
from loyalty import books
from loyalty.coupons import batches
from loyalty.models import TillLookup
from tests.customers import door
from tests.factories import UserFactory
from tests.loyalty import gift_cards, points, tills
from tests.loyalty.coupons import code, coupon
from tests.loyalty.rewards import reward

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("API_EXAMPLES", "15"))
OURS = ("coupons/", "gift-cards/", "points", "rewards", "till/")
numbers = count(1)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client: what a request leaves open is the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def world() -> tuple[list[str], dict[str, list[Any]]]:
    """The secrets of a server and a till, and what the fields of calls may name."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    at, (store, mara) = timezone.now(), tills.somewhere()
    secrets = [
        door.made(UserFactory(), kind, store=place, source="shop", scopes=list(keys.SCOPES))[1]
        for kind, place in (("server", None), ("till", store))
    ]
    program = points.program()
    anna = people.record([people.Person("K1")], at, Origin.LIVE, "shop")["K1"].customer_id
    Customer.objects.filter(pk=anna).update(home_store=store)
    points.give(program, anna, 100_000, at=at, ready=at)
    rewards = [reward(program), reward(program, "money")]
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, 50, at).pk, at)
    single = gift_cards.issued(10_000_000)[1]
    known = {
        "customer": ["K1", str(Customer.objects.get(pk=anna).key)],
        "code": [code(coupon()).text, single],
        "card": [single],
        "query": ["K1", code(coupon()).text],
        "store": ["", store.number],
        "staff": [mara.email],
        "reason": [tills.reason().name],
        "program": ["", program.key],
        "reward": [rewards[1].pk],
        "points": [1, 100],
        "amount": ["1.00", 1, 100],
        "total": [100, 200],
        "currency": ["EUR"],
        "order": ["10001", "10002"],
        "reward_id": [each.pk for each in rewards],
        "coupon_id": [pool.pk],
        "sku": ["mug"],
        "quantity": [1],
        "category": ["", "Home"],
        "channel": ["", "web"],
        "visitor": ["", "v1"],
        "till": ["T1"],
        "most": ["5.00"],
        "sequence": [1, 2, 3],
        "at": [at.isoformat()],
        "minutes": [30],
        "limit": [50],
        "language": ["de"],
        "note": [""],
        "kind": ["goodwill"],
        "hold_id": [],
        "claim_id": [],
        "request_id": [],
        "reference": [],
        "charge": [],
    }
    return secrets, known


def with_known(value: Any, known: dict[str, list[Any]], draw: random.Random) -> Any:
    """The same, in which most of the fields that can name something do."""
    if isinstance(value, list):
        return [with_known(each, known, draw) for each in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, each in value.items():
        choices = known.get(name) or []
        take = choices and draw.random() < 0.9
        made[name] = draw.choice(choices) if take else with_known(each, known, draw)
    return made


def learn(answer: Any, known: dict[str, list[Any]]) -> None:
    """What an answer names can be named by the next call."""
    if answer.status_code not in (200, 201, 202):
        return
    said = answer.json()
    for name, value in said.items() if isinstance(said, dict) else ():
        if isinstance(value, str | int):
            known.setdefault(name, []).append(value)
    for name, path in (("hold", "hold_id"), ("claim", "claim_id"), ("request", "request_id")):
        if name in said:
            known[path].append(said[name])


@pytest.mark.usefixtures("one_connection")
def test_each_call_of_loyalty_answers_as_its_document_says() -> None:
    secrets, known = world()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    found = [each.ok() for each in schema.get_all_operations()]
    ours = [each for each in found if each.full_path.removeprefix("/api/v1/").startswith(OURS)]
    assert len(ours) >= 28
    done: dict[str, Counter[int]] = defaultdict(Counter)
    for operation in ours * 2:  # what the first round has made is there for the second
        done[operation.full_path] += fuzz(operation, secrets, known)
    surprising = {
        each.full_path: statuses
        for each in ours
        if (
            statuses := set(done[each.full_path])
            - {int(status) for status in each.definition.raw["responses"]}
        )
    }
    assert surprising == {}
    # The rules of a thing refuse some calls whatever is sent; most have to get through, or only the door was tried.
    never = sorted(path for path, statuses in done.items() if not {200, 201, 202} & statuses.keys())
    assert len(never) <= len(ours) // 3, {path: done[path] for path in never}
    assert [verdict.invariant.key for verdict in books.check(timezone.now()) if not verdict.green] == []


def fuzz(operation: Any, secrets: list[str], known: dict[str, list[Any]]) -> Counter[int]:
    statuses = Counter[int]()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), seed=st.integers(0, 2**32))
    def hold(case: Any, seed: int) -> None:
        draw = random.Random(seed)
        for part in ("body", "query", "path_parameters"):
            if isinstance(given_by := getattr(case, part), dict):
                setattr(case, part, with_known(given_by, known, draw))
        headers = {
            "Authorization": f"Bearer {draw.choice(secrets)}",
            "Idempotency-Key": str(next(numbers)),
        }
        answer = case.call(headers=headers)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (operation.full_path, answer.text)
        learn(answer, known)
        if answer.status_code == 200 and "Idempotency-Key" in headers:
            name = "charge" if operation.full_path.endswith("/charge") else "reference"
            known[name].append(headers["Idempotency-Key"])

    caches["limits"].clear()  # wrong codes of the call before
    TillLookup.objects.all().delete()  # and people whom nobody knows
    hold()
    return statuses

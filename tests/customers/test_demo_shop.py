"""The demo shop: believable, the same from the same seed, and safe to run again."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Count, F, Q, Sum

from campaigns import checks
from campaigns.models import Campaign
from channels.models import Consent, Delivery, Permission, SandboxMail
from customers import demo_shop
from customers.models import (
    Cart,
    Customer,
    CustomerStats,
    Event,
    Order,
    OrderLine,
    Origin,
    Product,
    ProductChange,
    Store,
    Visitor,
)
from tests.factories import CustomerFactory

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def kaufhaus_linden(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> object:
    """The demo shop once for this file, taken away again after it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        demo_shop.build(AT, seed=1)
        with connection.cursor() as cursor:  # else the planner believes that the tables are empty
            cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)


def test_it_is_a_department_store_with_an_online_shop(kaufhaus_linden: object) -> None:
    assert Customer.objects.count() == 5000
    assert Store.objects.filter(kind=Store.Kind.PHYSICAL).count() == 3
    assert Store.objects.filter(kind=Store.Kind.ONLINE).count() == 1
    assert Product.objects.filter(kind=Product.Kind.MERCHANDISE).count() == 300
    assert set(Customer.objects.values_list("country", flat=True)) == {"DE", "AT", "CH", "NL", "FR", "GB"}


def test_a_draft_reminds_of_the_cart_and_of_what_is_back(kaufhaus_linden: object) -> None:
    campaign = Campaign.objects.get(name="Erinnerung an den Warenkorb")
    for content in campaign.message.contents.all():
        kinds = [block["kind"] for block in content.blocks]
        assert kinds == ["heading", "text", "cart", "back_in_stock", "footer"]
    assert not checks.faults(campaign, AT)


def test_nobody_in_it_can_be_reached_by_accident(kaufhaus_linden: object) -> None:
    assert not Customer.objects.exclude(email="").exclude(email__endswith=".example").exists()


def test_orders_cover_two_years_with_a_christmas_peak(kaufhaus_linden: object) -> None:
    orders = Order.objects.filter(kind=Order.Kind.ORDER)
    assert (AT - orders.earliest("placed_at").placed_at).days > 680
    december = orders.filter(placed_at__year=2025, placed_at__month=12).count()
    july = orders.filter(placed_at__year=2025, placed_at__month=7).count()
    assert december > 2 * july
    assert not orders.filter(placed_at__gte=AT).exists()


def test_there_are_regulars_one_time_buyers_and_people_who_stayed_away(kaufhaus_linden: object) -> None:
    assert CustomerStats.objects.filter(orders__gte=6).count() > 500
    assert CustomerStats.objects.filter(orders=1).count() > 1000
    assert CustomerStats.objects.filter(orders__gte=3, last_order_at__year=2025).count() > 100


def test_refunds_name_their_order_and_never_exceed_it(kaufhaus_linden: object) -> None:
    refunds = Order.objects.filter(kind=Order.Kind.REFUND)
    assert refunds.count() > 500
    assert not refunds.filter(Q(refund_of=None) | Q(total__gte=0)).exists()
    assert not refunds.filter(refund_of__total__lt=-F("total")).exists()


def test_totals_are_the_sums_of_their_lines(kaufhaus_linden: object) -> None:
    wrong = Order.objects.annotate(lines_sum=Sum("lines__amount")).exclude(total=F("lines_sum"))
    assert not wrong.exists()
    assert OrderLine.objects.count() > 30_000


def test_the_roll_up_is_right(kaufhaus_linden: object) -> None:
    call_command("check_stats")


def test_some_people_agreed_some_did_not_and_some_took_it_back(kaufhaus_linden: object) -> None:
    asked = Consent.objects.values("customer").distinct().count()
    withdrawn = Permission.objects.filter(topic=None, purpose="sending", granted=False).count()
    assert 2500 < asked < 4000
    assert 200 < withdrawn < 1000
    tracked = Permission.objects.filter(purpose="tracking", granted=True).aggregate(
        n=Count("customer", distinct=True)
    )
    assert 1000 < tracked["n"] < asked


def test_running_it_again_changes_nothing(kaufhaus_linden: object) -> None:
    before = Order.objects.count(), Customer.objects.count(), Consent.objects.count()
    assert demo_shop.build(AT) is False
    assert (Order.objects.count(), Customer.objects.count(), Consent.objects.count()) == before


@pytest.mark.django_db
def test_the_same_seed_and_day_give_the_same_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    from customers.demo import history, people

    monkeypatch.setattr(people, "PEOPLE", 60)
    monkeypatch.setattr(history, "WALK_IN_ORDERS", 10)

    def shop(seed: int, at: datetime) -> tuple[list[object], list[object]]:
        from django.db import transaction

        with transaction.atomic():
            demo_shop.build(at, seed)
            people_rows = list(Customer.objects.order_by("pk").values_list("key", "last_name", "email"))
            orders = list(Order.objects.order_by("number").values_list("number", "placed_at", "total"))
            transaction.set_rollback(True)
        return people_rows, orders

    assert shop(1, AT) == shop(1, AT.replace(hour=17))
    assert shop(1, AT) != shop(2, AT)


@pytest.mark.django_db
def test_a_database_with_other_customers_is_left_alone() -> None:
    CustomerFactory()
    with pytest.raises(CommandError, match="customers already"):
        call_command("demo")
    assert not Product.objects.exists()


def test_people_looked_around_filled_carts_and_came_by(kaufhaus_linden: object) -> None:
    kinds = dict(Event.objects.values_list("kind").annotate(Count("id")))
    assert kinds["view"] > 5_000
    assert min(kinds[kind] for kind in ("search", "favourite", "cart_add", "checkout", "visit")) > 100
    assert not Event.objects.filter(at__gte=AT).exists()
    assert set(Event.objects.values_list("origin", flat=True)) == {Origin.DEMO}
    states = dict(Cart.objects.values_list("state").annotate(Count("id")))
    assert states["abandoned"] > 100
    assert Cart.objects.exclude(restore_url="").exists()
    assert Visitor.objects.filter(customer=None).count() > 100
    assert CustomerStats.objects.filter(last_view_at__isnull=False).count() > 1_000
    assert ProductChange.objects.count() == 30


def test_a_campaign_went_on_from_push_to_shop_to_sms_to_mail_where_it_stayed_unread(
    kaufhaus_linden: object,
) -> None:
    rows = Delivery.objects.filter(version__routes__0__0="push", state="accepted")
    ways = {each: rows.filter(channel=each, attempt__gt=0).count() for each in ("in_app", "sms", "email")}
    assert rows.filter(channel="push", attempt=0).count() > 3
    assert min(ways.values()) > 3
    kept = SandboxMail.objects.filter(delivery__in=rows)
    assert set(kept.values_list("channel", flat=True)) == {"push", "in_app", "sms", "email"}
    assert "packen wir Ihnen ein Geschenk ein" in kept.filter(channel="sms", delivery__language="de")[0].text
    assert not Delivery.objects.filter(state__in=["planned", "calling"]).exists()

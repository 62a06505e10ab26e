"""The real file: every line is accounted for, and the figures are those counted independently."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from customers import stats
from customers.models import Customer, CustomerStats, Order, OrderLine, Product, Shop
from tests.customers import importing

pytestmark = pytest.mark.django_db


def test_the_online_retail_set() -> None:
    path = importing.retail_file()
    job = importing.finish(importing.begin(path, source="uci"))

    assert job.lines == 541_909
    assert (job.imported, job.rejected, job.unchanged) == (539_431, 2_478, 0)
    assert job.counts["rejected"] == {"adjustment": 3, "stock_correction": 2_475}
    assert OrderLine.objects.count() == 539_431
    assert Customer.objects.count() == 4_372
    known = Order.objects.exclude(customer=None)
    assert known.filter(kind="order").count() == 18_536
    assert known.filter(kind="refund").count() == 3_654
    assert known.aggregate(net=Sum("base_total"))["net"] == 830_006_581
    assert known.filter(kind="order").aggregate(gross=Sum("base_total"))["gross"] == 891_140_790
    for orders, customers in ((0, 4_372), (1, 4_339), (2, 2_845), (5, 1_115)):
        assert CustomerStats.objects.filter(orders__gte=orders).count() == customers
    assert CustomerStats.objects.aggregate(net=Sum("revenue"))["net"] == 830_006_581
    assert Shop.current().currency == "GBP"
    assert not stats.differences()

    notices = importing.notices(job)
    assert notices | TRAPS == notices
    services = {sku.upper() for sku in Product.objects.filter(kind="service").values_list("sku", flat=True)}
    assert services == SERVICES
    assert OrderLine.objects.filter(unit_price=Decimal("0.001")).count() == 4

    before = (Order.objects.count(), OrderLine.objects.count(), Product.objects.count())
    again = importing.finish(importing.begin(path, source="uci"))
    assert (again.imported, again.unchanged, again.rejected) == (0, 539_431, 2_478)
    assert (Order.objects.count(), OrderLine.objects.count(), Product.objects.count()) == before


TRAPS = {
    "lines_customer": 406_829,
    "lines_anonymous": 132_602,
    "lines_refund": 9_288,
    "lines_free": 40,
    "lines_below_cent": 4,
    "lines_service": 2_932,
    "lines_repeated": 5_266,
    "lines_other_case": 2_189,
    "lines_other_name": 18_294,
    "lines_other_country": 181,
    "lines_country_none": 507,
    "lines_country_alias": 9_687,
    "lines_number_mended": 406_829,
    "orders_made": 18_536,
    "refunds_made": 3_654,
    "orders_anonymous": 1_427,
    "refunds_anonymous": 182,
    "refunds_without_original": 3_836,
    "orders_two_times": 43,
    "orders_scattered": 12,
    "orders_free": 4,
    "customers_refund_first": 178,
    "customers_refund_only": 33,
    "customers_made": 4_372,
    "products_made": 3_827,
}
SERVICES = {
    "POST",
    "DOT",
    "M",
    "D",
    "S",
    "C2",
    "BANK CHARGES",
    "AMAZONFEE",
    "CRUK",
    "GIFT_0001_10",
    "GIFT_0001_20",
    "GIFT_0001_30",
    "GIFT_0001_40",
    "GIFT_0001_50",
}

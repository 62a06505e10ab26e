"""What asks for a tier: coupons, messages, and what a person is handed out."""

from datetime import UTC, datetime

import pytest

from customers import privacy
from customers.personalisation import merge_fields
from loyalty.coupons import quotes, redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import Tier
from tests.loyalty import coupons, points
from tests.loyalty.ladders import MAY, NEW_YEAR_28, collect, ladder

pytestmark = pytest.mark.django_db


def for_tiers(*names: str) -> str:
    wanted = list(Tier.objects.filter(name__in=names).order_by("threshold").values_list("pk", flat=True))
    made = coupons.coupon({"key": "tiers", "params": {"tiers": wanted}})
    return coupons.code(made).text


def test_a_coupon_for_tiers_is_refused_to_others_with_the_reason():
    programme, gold, silver = ladder(), points.person(), points.person()
    collect(programme, gold, 500, "1", points.NOON)
    collect(programme, silver, 100, "2", points.NOON)
    text = for_tiers("Gold", "Platinum")
    for somebody in (silver, None):
        with pytest.raises(Refused) as refused:
            redemptions.redeem(coupons.wish(text, customer_id=somebody), points.NOON)
        assert refused.value.sentence == "This coupon is only for customers with the tier Gold or Platinum."
    assert quotes.quote(coupons.wish(text, customer_id=gold), points.NOON).amount > 0
    assert redemptions.redeem(coupons.wish(text, customer_id=gold), points.NOON).customer_id == gold


def test_messages_say_the_tier_its_end_and_what_is_missing():
    programme, gold, nobody = ladder(), points.person(), points.person()
    collect(programme, gold, 600, "1")
    said = merge_fields["tiers"].values([gold, nobody], "de", MAY)
    assert said[gold] == {
        "tier": "Gold",
        "tier_benefits": "Gold de",
        "tier_until": "31. Dezember 2027",
        "tier_missing_to_keep": "500",
        "next_tier": "Platinum",
        "points_to_next_tier": "400",
    }
    assert set(said[nobody].values()) == {""}
    collect(programme, gold, 450, "2", datetime(2027, 3, 1, tzinfo=UTC))
    later = merge_fields["tiers"].values([gold], "en", NEW_YEAR_28)
    assert (later[gold]["tier_missing_to_keep"], later[gold]["next_tier"]) == ("50", "Platinum")


def test_who_asks_for_her_data_gets_her_tiers():
    programme, anna = ladder(), points.person()
    collect(programme, anna, 100, "1")
    tables = {table.key: table for table in privacy.export([anna])[anna]}
    assert len(tables["tiers"].rows) == 1

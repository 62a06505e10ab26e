from importlib import import_module

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        from loyalty.coupon_rules.base import coupon_rules
        from loyalty.earning_rules.base import earning_rules
        from loyalty.till_facts.base import till_facts

        import_module("loyalty.receivers")
        coupon_rules.discover()
        earning_rules.discover()
        till_facts.discover()

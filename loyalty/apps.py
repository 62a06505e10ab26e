from importlib import import_module

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        from loyalty.coupon_rules.base import coupon_rules
        from loyalty.earning_rules.base import earning_rules

        import_module("loyalty.receivers")
        coupon_rules.discover()
        earning_rules.discover()

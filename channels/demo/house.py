"""The demo shop's topics, brand, sandbox account and sender."""

from datetime import datetime
from random import Random

from django.conf import settings

from channels.backends import sandbox
from channels.models import Account, Brand, Channel, DeliveryPolicy, Sender, Topic
from customers.demo_shop import Stage, stages

TOPICS = (
    ("newsletter", "Newsletter", "Newsletter", "Newsletter", "Nieuwsbrief"),
    ("offers", "Angebote", "Offers", "Offres", "Aanbiedingen"),
    (
        "events",
        "Veranstaltungen im Haus",
        "Events in store",
        "Événements en magasin",
        "Evenementen in de winkel",
    ),
)
IMPRINT = {
    "de": "Kaufhaus Linden GmbH\nLimmerstraße 12, 30451 Hannover\nGeschäftsführung: Wiebke Ahrens\n"
    "Amtsgericht Hannover, HRB 000000 · USt-IdNr. DE000000000\nhallo@kaufhaus-linden.example · 0511 000000",
    "en": "Kaufhaus Linden GmbH\nLimmerstraße 12, 30451 Hannover, Germany\nManaging director: Wiebke Ahrens\n"
    "Hannover local court, HRB 000000 · VAT ID DE000000000\nhallo@kaufhaus-linden.example · +49 511 000000",
}


@stages.register
class House(Stage):
    key = "house"
    order = 40

    def build(self, random: Random, at: datetime) -> None:
        Topic.objects.bulk_create(
            Topic(key=key, names={"de": de, "en": en, "fr": fr, "nl": nl}, position=n)
            for n, (key, de, en, fr, nl) in enumerate(TOPICS)
        )
        logo = f"{settings.PUBLIC_URL}{settings.STATIC_URL}img/linden.svg"
        Brand.objects.update_or_create(
            pk=1, defaults={"colour": "#0f5c55", "imprint": IMPRINT, "fallback_language": "en", "logo": logo}
        )
        # A demo is looked at day and night.
        DeliveryPolicy.objects.update_or_create(pk=1, defaults={"quiet_from": None, "quiet_until": None})
        account, _ = Account.objects.get_or_create(
            name=sandbox.NAME, defaults={"backend": sandbox.Sandbox.key, "channel": Channel.EMAIL}
        )
        Sender.objects.create(
            name="Kaufhaus Linden",
            email="hallo@kaufhaus-linden.example",
            reply_to="service@kaufhaus-linden.example",
            account=account,
        )

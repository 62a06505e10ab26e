"""Coupons in messages: a campaign of twelve days ago whose codes some have redeemed, and a draft for Advent for which
more people need a code than are free."""

from datetime import date, datetime, timedelta
from random import Random

from django.conf import settings
from django.urls import reverse

from campaigns.demo import campaigns
from campaigns.demo.channels import work
from campaigns.models import Campaign, Occurrence
from channels.delivery import outcomes
from channels.delivery.outcomes import Event, Happened
from channels.messages.blocks import blocks
from channels.models import Content, Delivery, Message
from config import clocks
from customers.demo_shop import Stage, stages
from customers.models import Origin, Segment
from loyalty.coupon_messages import life
from loyalty.coupons import redemptions, windows
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.codes import SYMBOLS, check_symbol
from loyalty.models import CodeBatch, Coupon, CouponCode, Offer

SENT_AGO = timedelta(days=12)
REDEEM = 0.23
WORDS = {
    "thanks": {
        "de": ("Ein Dank an Sie, {{ first_name }}", "{{ salutation }},\n\nweil Sie oft bei uns sind: **10 % auf alles**, "
               "was Ihnen gefällt. Zeigen Sie den Code an der Kasse, oder geben Sie ihn im Onlineshop ein."),
        "en": ("A thank-you, {{ first_name }}", "{{ salutation }},\n\nbecause you come by so often: **10 % off** whatever "
               "you like. Show the code at the till, or enter it in the online shop."),
    },
    "advent": {
        "de": ("Ihr Gutschein zum Advent", "{{ salutation }},\n\ndas Haus ist geschmückt. Kommen Sie vorbei: Ihr Gutschein "
               "gilt in allen Filialen und online."),
        "en": ("Your coupon for Advent", "{{ salutation }},\n\nthe house is decorated. Come by: your coupon is valid in "
               "all stores and online."),
    },
}  # fmt: skip


def pool(random: Random, name: str, codes: int, at: datetime, **fields: object) -> Coupon:
    """10 per cent from 30 euros on; codes drawn from `random`, so that the same seed gives the same shop."""
    rules = [{"key": "minimum_basket", "params": {"amount": 3000}}]
    offer = Offer.objects.create(name=name, percent=10, currency="EUR", most=2500, rules=rules)
    coupon = Coupon(offer=offer, name=name, kind=Coupon.Kind.POOL, single_use=True, **fields)
    windows.derive(coupon)
    coupon.save()
    batch = CodeBatch.objects.create(coupon=coupon, asked=codes, made=codes, finished_at=at)
    bodies = sorted({"".join(random.choices(SYMBOLS, k=10)) for _code in range(codes + 50)})[:codes]
    CouponCode.objects.bulk_create(
        CouponCode(text=body + check_symbol(body), coupon=coupon, batch=batch) for body in bodies
    )
    return coupon


def write(message: Message, what: str, coupon: Coupon, front: str) -> None:
    for language, (subject, text) in WORDS[what].items():
        label = "Zum Onlineshop" if language == "de" else "To the online shop"
        parts = [
            ("heading", {"text": subject}),
            ("text", {"text": text}),
            ("coupon", blocks["coupon"].new(language) | {"coupon": str(coupon.pk)}),
            ("points", blocks["points"].new(language)),
            ("button", {"label": label, "link": front}),
            ("footer", blocks["footer"].new(language)),
        ]
        Content.objects.create(
            message=message,
            language=language,
            subject=subject,
            preheader="10 % auf Ihren Einkauf" if language == "de" else "10 % off your purchase",
            blocks=[{"id": f"b{n}", "kind": kind, **fields} for n, (kind, fields) in enumerate(parts, 1)],
        )


def draft(name: str, segment: str, what: str, coupon: Coupon) -> Campaign:
    campaign = campaigns.blank(name, Segment.objects.get(name=segment))
    write(campaign.message, what, coupon, settings.PUBLIC_URL + reverse("demo_front"))
    return campaign


def carry(run: Occurrence, random: Random, at: datetime) -> None:
    """Sent through the sandbox, as workers would have done; it arrived, and some have redeemed their codes since."""
    work(at)
    went = Delivery.objects.filter(message=run.version.message_id, called_at__isnull=False)
    went.update(called_at=at, ended_at=at)
    reached = list(went.filter(state=Delivery.State.ACCEPTED).order_by("customer_id"))
    outcomes.record(
        [Event(Happened.DELIVERED, f"demo-coupon-{row.customer_id}", at, row.pk) for row in reached],
        at,
        Origin.DEMO,
    )
    life.sweep(at)
    texts = dict(CouponCode.objects.filter(delivery_code__run__occurrence=run.pk).values_list("pk", "text"))
    for row in reached:
        if random.random() < REDEEM:
            later = at + timedelta(hours=random.randrange(3, 250))
            _redeem(texts[row.context["code"]], row, random.randrange(3200, 24_000), later)


def _redeem(text: str, row: Delivery, cents: int, at: datetime) -> None:
    on: date = clocks.local_day(at, campaigns.ZONE)
    basket = Basket((BasketLine("demo", 1, cents),), "EUR", on, channel="till")
    key = f"demo-{row.message_id}-{row.customer_id}"
    redemptions.redeem(redemptions.Wish(text, basket, key, "demo", key, row.customer_id), at)


@stages.register
class CouponsInMessages(Stage):
    key = "coupons-in-messages"
    order = 76
    asks_much = True

    def build(self, random: Random, at: datetime) -> None:
        sent_at = at - SENT_AGO + timedelta(hours=10)
        thanks = pool(random, "Dank an Stammkunden", 1500, sent_at, days_from_issue=30)
        regulars = "Stammkunden in Deutschland, Österreich und der Schweiz"
        sent = draft("Gutschein für Stammkunden", regulars, "thanks", thanks)
        run = campaigns.begin(sent, sent_at)
        carry(run, random, sent_at)
        waiting = Delivery.objects.filter(message=sent.message, state=Delivery.State.PLANNED)
        waiting.update(state=Delivery.State.EXPIRED, reason="late", ended_at=sent_at)
        life.sweep(at)
        campaigns.finish(run, sent_at)
        advent = pool(random, "Advent", 500, at, ends_on=(at + timedelta(days=35)).date())
        draft("Adventsgutschein", "Newsletter-Empfänger", "advent", advent)

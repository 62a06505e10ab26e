"""The demo shop's rewards: a code, a mug from the store, money off; some were claimed, some wait in a store."""

from datetime import datetime, timedelta
from random import Random

from customers.demo_shop import Stage, stages
from customers.models import Shop, Store
from loyalty import ledger, programs
from loyalty.coupons import batches
from loyalty.models import Account, Coupon, Offer, Program, Reward, RewardClaim
from loyalty.rewards import claims
from loyalty.rewards.claims import Wish

SOURCE = "demo"
MOST_CLAIMS = 24
LOOKED_AT = 2_000


@stages.register
class Rewards(Stage):
    """Without a programme there is nothing to give rewards for."""

    key = "rewards"
    order = 79

    def build(self, random: Random, at: datetime) -> None:
        program = programs.active().first()
        if program is None:
            return
        voucher, mug = _voucher(program, at), _mug(program)
        _money(program)
        stores = list(Store.objects.order_by("pk")[:3])
        for place, (customer_id, _points) in enumerate(_rich(program, at)):
            of = mug if place % 3 else voucher
            moment = at - timedelta(days=random.randrange(1, 20), hours=random.randrange(1, 9))
            store = random.choice(stores) if stores and of is mug else None
            if ledger.standing(program, [customer_id], moment)[customer_id].free < of.points:
                continue
            made = claims.claim(Wish(of, customer_id, SOURCE, str(place), store), moment)
            _go_on(made, place, moment)


def _rich(program: Program, at: datetime) -> list[tuple[int, int]]:
    """Some who have enough for a reward."""
    ids = list(
        Account.objects.filter(program=program, closed_at=None, balance__gte=300)
        .order_by("pk")
        .values_list("customer_id", flat=True)[:LOOKED_AT]
    )
    free = {pk: now.free for pk, now in ledger.standing(program, ids, at).items() if now.free >= 300}
    return sorted(free.items())[:MOST_CLAIMS]


def _go_on(made: RewardClaim, place: int, at: datetime) -> None:
    """Of the mugs every second one is with its customer; one claim was cancelled."""
    if place == 7:
        claims.cancel(made.pk, at + timedelta(hours=1))
    elif made.reward.kind == Reward.Kind.GOODS and place % 2:
        RewardClaim.objects.filter(pk=made.pk).update(
            state=RewardClaim.State.DONE, given_at=at + timedelta(hours=2)
        )


def _texts(german: str, german_text: str, english: str, english_text: str) -> dict[str, dict[str, str]]:
    return {"de": {"name": german, "text": german_text}, "en": {"name": english, "text": english_text}}


def _voucher(program: Program, at: datetime) -> Reward:
    offer = Offer.objects.create(name="5 € für Punkte", amount=500, currency=_currency())
    coupon = Coupon.objects.create(
        offer=offer, name="Prämie 5 €", kind=Coupon.Kind.POOL, single_use=True, per_customer_limit=None
    )
    batches.make(batches.order(coupon, 200, at, prefix="PR").pk, at)
    texts = _texts(
        *("5-€-Gutschein", "Ein Code für den nächsten Einkauf."),
        *("5 € voucher", "A code for your next order."),
    )
    return Reward.objects.create(
        program=program, name="5-€-Gutschein", texts=texts, kind="coupon", points=250, coupon=coupon
    )


def _mug(program: Program) -> Reward:
    texts = _texts(
        *("Lindenbecher", "Zum Abholen in der Filiale."),
        *("Linden mug", "To be picked up in your store."),
    )
    return Reward.objects.create(
        program=program,
        name="Lindenbecher",
        texts=texts,
        kind="goods",
        points=300,
        stock=60,
        per_customer_limit=1,
    )


def _money(program: Program) -> Reward:
    texts = _texts(
        *("Mit Punkten bezahlen", "100 Punkte sind 1 €."),
        *("Pay with points", "100 points are 1 €."),
    )
    return Reward.objects.create(
        program=program,
        name="Mit Punkten bezahlen",
        texts=texts,
        kind="money",
        points=100,
        amount=100,
        currency=_currency(),
    )


def _currency() -> str:
    return Shop.current().currency or "EUR"

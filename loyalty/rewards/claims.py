"""Rewards are claimed, handed over and cancelled here.

The order of locks: the customer's account, the code, and last the reward's row, which all who want the same reward
wait for. Whoever holds the account decides alone about this customer, so her slots need no second look.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from config import clocks, formats
from customers import audit
from customers.models import Customer, Store, User
from loyalty import corrections, ledger
from loyalty.bookings import Booking
from loyalty.coupons import giving, issuing
from loyalty.models import CouponCode, Redemption, Reward, RewardClaim, RewardUse
from loyalty.rewards.refusals import OTHER_REQUEST, Refused

SOURCE = "reward"
State = RewardClaim.State


@dataclass(frozen=True)
class Wish:
    """Who wants what. `source` and `reference` are the caller's key: the same key claims once."""

    reward: Reward
    customer_id: int
    source: str
    reference: str
    store: Store | None = None
    actor: User | None = None


@transaction.atomic
def claim(wish: Wish, at: datetime) -> RewardClaim:
    """Take the points and give the reward, both or neither; a repeated call gets the first answer. Raises Refused."""
    reward = wish.reward
    ledger.hold_accounts(reward.program, {wish.customer_id})
    person = living(wish.customer_id)
    if known := _known(wish, person):
        return known
    reward.refresh_from_db()
    if reward.kind == Reward.Kind.MONEY:
        raise Refused("pays")
    check(reward, at)
    made = _write(wish, person, at)
    _take_slot(made)
    made.spend_id = _spend(made, at)
    if reward.kind == Reward.Kind.COUPON:
        made.code, made.state, made.given_at = _issue(made, at), State.DONE, at
    made.save(update_fields=["spend", "code", "state", "given_at"])
    _count(reward)
    return made


def living(customer_id: int) -> int:
    """Of a merged customer the one whom she was merged into."""
    merged = Customer.objects.values_list("merged_into_id", flat=True).get(pk=customer_id)
    return merged or customer_id


def _known(wish: Wish, person: int) -> RewardClaim | None:
    found = RewardClaim.objects.filter(source=wish.source, reference=wish.reference).first()
    if found and (found.reward_id != wish.reward.pk or found.customer_id != person):
        raise Refused(OTHER_REQUEST)
    return found


def check(reward: Reward, at: datetime) -> None:
    """Raises Refused unless it is given now."""
    today = clocks.local_day(at, reward.program.time_zone)
    if not reward.active:
        raise Refused("paused")
    if reward.coupon is not None and not giving.can_be_redeemed(reward.coupon, at):
        raise Refused("coupon")
    if reward.starts_on and today < reward.starts_on:
        raise Refused("not_yet", day=formats.day(reward.starts_on))
    if reward.ends_on and today > reward.ends_on:
        raise Refused("ended", day=formats.day(reward.ends_on))


def _write(wish: Wish, person: int, at: datetime) -> RewardClaim:
    """Somebody else's call with this key may come first at this moment: then it was used for another customer."""
    try:
        with transaction.atomic():
            return RewardClaim.objects.create(
                reward=wish.reward,
                customer_id=person,
                points=wish.reward.points,
                state=State.OPEN,
                store=wish.store,
                actor=wish.actor,
                source=wish.source,
                reference=wish.reference,
                at=at,
            )
    except IntegrityError as error:
        raise Refused(OTHER_REQUEST) from error


def _take_slot(made: RewardClaim) -> None:
    taken = set(
        RewardUse.objects.filter(reward=made.reward, customer=made.customer_id).values_list("slot", flat=True)
    )
    slot = next(n for n in range(1, len(taken) + 2) if n not in taken)
    limit = made.reward.per_customer_limit
    if limit is not None and len(taken) >= limit:
        raise Refused("limit")
    RewardUse.objects.create(reward=made.reward, customer_id=made.customer_id, slot=slot, claim=made)


def _spend(made: RewardClaim, at: datetime) -> int:
    store = made.store_id
    row = Booking(
        made.customer_id, made.points, SOURCE, str(made.pk), store_id=store, reason=made.reward.name
    )
    program = made.reward.program
    booked = ledger.spend(program, [row], at)[0]
    if booked.entry_id is None:
        raise Refused("points", missing=missing(made.reward, made.customer_id, made.points, at))
    return booked.entry_id


def missing(reward: Reward, customer_id: int, points: int, at: datetime) -> int:
    """How many points she would need besides those that she can spend now."""
    return max(0, points - ledger.standing(reward.program, [customer_id], at)[customer_id].free)


def _issue(made: RewardClaim, at: datetime) -> CouponCode:
    coupon = made.reward.coupon
    if coupon is None:
        raise Refused("pool")
    try:
        issued = issuing.issue(coupon, [made.customer_id], f"{SOURCE}-{made.pk}", at)
    except issuing.PoolEmpty as error:
        raise Refused("pool") from error
    if made.customer_id not in issued:
        raise Refused("coupon")
    return issued[made.customer_id]


def _count(reward: Reward) -> None:
    """The last one goes to whoever changes the row first."""
    left = Q(stock__isnull=True) | Q(used__lt=F("stock"))
    if not Reward.objects.filter(left, pk=reward.pk).update(used=F("used") + 1):
        raise Refused("stock")


# --- What becomes of a claim ---


@transaction.atomic
def hand_over(claim_id: int, by: User, store: Store | None, at: datetime) -> RewardClaim:
    """The goods are with the customer: who gave them, where and when. Raises Refused (no_goods, given, cancelled)."""
    found = _hold(claim_id)
    if found.reward.kind != Reward.Kind.GOODS:
        raise Refused("no_goods")
    if found.state != State.OPEN:
        raise Refused("given" if found.state == State.DONE else "cancelled")
    found.state, found.given_at, found.actor, found.store = State.DONE, at, by, store or found.store
    found.save(update_fields=["state", "given_at", "actor", "store"])
    audit.record(by, "reward.handed_over", found, at, store=found.store.number if found.store else "")
    return found


@transaction.atomic
def cancel(claim_id: int, at: datetime, by: User | None = None) -> RewardClaim:
    """Give the points back with their dates and make the code void, once; who asks again gets the same answer. Raises
    Refused("redeemed") where the code was used."""
    found = _hold(claim_id)
    if found.state == State.CANCELLED:
        return found
    if found.code_id:
        _void(found.code_id)
    if found.spend_id:
        corrections.reverse(found.reward.program, found.spend_id, at, by)
    RewardUse.objects.filter(claim=found).delete()
    found.state, found.cancelled_at, found.actor = State.CANCELLED, at, by or found.actor
    found.save(update_fields=["state", "cancelled_at", "actor"])
    Reward.objects.filter(pk=found.reward_id).update(used=F("used") - 1)
    audit.record(by, "reward.cancelled", found, at, points=found.points)
    return found


def _hold(claim_id: int) -> RewardClaim:
    """The claim as it stands while the customer's account is held."""
    claims = RewardClaim.objects.select_related("reward__program", "store")
    found = claims.get(pk=claim_id)
    ledger.hold_accounts(found.reward.program, {found.customer_id})
    return claims.select_for_update(of=["self"]).get(pk=claim_id)


def _void(code_id: int) -> None:
    """Keeps away who is redeeming it at this moment, or waits for her and then refuses."""
    code = CouponCode.objects.select_for_update().get(pk=code_id)
    live = [Redemption.State.RESERVED, Redemption.State.REDEEMED]
    if code.redemptions.filter(state__in=live).exists():
        raise Refused("redeemed")
    CouponCode.objects.filter(pk=code_id).update(state=CouponCode.State.VOID)

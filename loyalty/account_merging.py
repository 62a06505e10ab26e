"""Two customers who are one: the loser's points are passed on by entries, and her accounts are closed."""

from datetime import datetime

from django.db.models import F, Sum

from customers.models import Customer
from loyalty import corrections, ledger, tier_merging
from loyalty.bookings import Booking
from loyalty.ledger import Kind
from loyalty.models import Account, Hold

MERGE = "merge"


def merge(loser: Customer, winner: Customer, at: datetime) -> None:
    """Within the transaction of the merge, before the loser leads to the winner. Points keep their dates, debts stay
    debts, open holds are given up, the better tier stays, what she ever earned counts on. A fixed number of statements
    per programme."""
    for account in (
        Account.objects.filter(customer=loser, closed_at=None).select_related("program").order_by("pk")
    ):
        ledger.hold_accounts(account.program, {loser.pk, winner.pk})
        ledger.expire_accounts([account.pk], at)
        account.refresh_from_db()
        tier_merging.pass_on(account, Account.objects.get(program=account.program, customer=winner), at)
        key = (MERGE, str(account.pk))
        if account.balance:
            _pass_points_on(account, winner, key, at)
        if account.debt:
            _pass_debt_on(account, winner, key, at)
        Hold.objects.filter(account=account, fate=Hold.Fate.OPEN).update(fate=Hold.Fate.RELEASED, ended_at=at)
        _pass_lifetime_on(account, winner)
        Account.objects.filter(pk=account.pk).update(closed_at=at)


def _pass_points_on(account: Account, winner: Customer, key: tuple[str, str], at: datetime) -> None:
    out = Booking(account.customer_id, account.balance, *key, kind=Kind.TRANSFER_OUT, whole=True)
    booked = ledger.debit(account.program, [out], at)[0]
    if booked.entry_id is None:
        raise RuntimeError(f"account {account.pk} has less in its lots than its balance")
    ledger.grant(account.program, corrections.passed_on([booked.entry_id], winner.pk, key), at)


def _pass_debt_on(account: Account, winner: Customer, key: tuple[str, str], at: datetime) -> None:
    """She receives what pays her debt, and the winner owes as much."""
    paid = Booking(account.customer_id, account.debt, *key, kind=Kind.TRANSFER_IN, available_from=at)
    ledger.grant(account.program, [paid], at)
    owed = Booking(winner.pk, account.debt, *key, kind=Kind.ADJUST, reason=MERGE, whole=True)
    ledger.debit(account.program, [owed], at)


def _pass_lifetime_on(account: Account, winner: Customer) -> None:
    """What the loser has earned is the winner's, who is booked what is taken back of it."""
    hers = Account.objects.filter(program=account.program, customer=winner)
    hers.update(lifetime=F("lifetime") + account.lifetime)
    Account.objects.filter(pk=account.pk).update(lifetime=0)


def balance(customer_id: int) -> int:
    """The points that a merge would pass on."""
    accounts = Account.objects.filter(customer=customer_id, closed_at=None)
    return int(accounts.aggregate(points=Sum("balance"))["points"] or 0)

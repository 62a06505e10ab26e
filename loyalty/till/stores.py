"""In which stores somebody may stand at the till: her own, and all of them for who sees every store."""

from django.db.models import QuerySet

from customers.models import Shop, Store, User

EVERY_STORE = "customers.view_every_store"
USE = "loyalty.use_till"


def of(user: User) -> QuerySet[Store]:
    return Store.objects.all() if user.has_perm(EVERY_STORE) else user.stores.all()


def may_work_in(user: User, store: Store) -> bool:
    return user.is_active and user.has_perm(USE) and of(user).filter(pk=store.pk).exists()


def currency() -> str:
    """What tills count in: the shop's currency, euros until it has one."""
    return Shop.current().currency or "EUR"

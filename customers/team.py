"""Who signs in and with which roles. Every change is audited; an administrator always remains."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from config.roles import ADMINISTRATOR
from customers import audit
from customers.models import Store, User


class TeamError(Exception):
    """A change that must not be; its text is a sentence for the reader."""


def is_administrator(user: User) -> bool:
    return user.is_active and (user.is_superuser or user.groups.filter(name=ADMINISTRATOR).exists())


@transaction.atomic
def invite(
    by: User,
    email: str,
    first_name: str,
    last_name: str,
    roles: Iterable[str],
    stores: Iterable[Store],
    at: datetime,
) -> User:
    """A new account without a password; `password_link` lets its owner choose one."""
    user = User.objects.create_user(email, first_name=first_name, last_name=last_name)
    _give(user, roles, stores)
    audit.record(by, "team.invited", user, at, roles=sorted(roles))
    return user


@transaction.atomic
def change(by: User, user: User, roles: Iterable[str], stores: Iterable[Store], at: datetime) -> None:
    """Save the user's names and give her these roles and stores. Nobody changes her own roles."""
    before, wanted = role_names(user), set(roles)
    _lock_administrators()
    if by.pk == user.pk and wanted != before:
        raise TeamError(_("Your own roles stay as they are: another administrator has to change them."))
    if ADMINISTRATOR in before - wanted:
        _refuse_if_last(user)
    user.save()
    _give(user, wanted, stores)
    audit.record(
        by,
        "team.changed",
        user,
        at,
        roles_added=sorted(wanted - before),
        roles_removed=sorted(before - wanted),
    )


@transaction.atomic
def deactivate(by: User, user: User, at: datetime) -> None:
    """End the account's sessions at once and let nobody sign in with it; what it did stays in its name."""
    _lock_administrators()
    refusal = why_not_deactivate(by, user)
    if refusal:
        raise TeamError(refusal)
    if user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=False)
        audit.record(by, "team.deactivated", user, at)


@transaction.atomic
def activate(by: User, user: User, at: datetime) -> None:
    if not user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=True)
        audit.record(by, "team.activated", user, at)


def why_not_deactivate(by: User, user: User) -> str:
    """The reason against it as a sentence, or nothing."""
    if by.pk == user.pk:
        return _("This is your own account: another administrator has to deactivate it.")
    if is_administrator(user) and not _other_administrators(user).exists():
        return _last_sentence()
    return ""


@transaction.atomic
def password_link(by: User, user: User, at: datetime) -> str:
    """The path of a page where the user chooses a password: works once, for three days."""
    audit.record(by, "team.link_made", user, at)
    number = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("set_password", args=[number, default_token_generator.make_token(user)])


def role_names(user: User) -> set[str]:
    """The keys of the user's roles; a superuser is an administrator by another name."""
    names = {group.name for group in user.groups.all()}
    return names | {ADMINISTRATOR} if user.is_superuser else names


def _give(user: User, roles: Iterable[str], stores: Iterable[Store]) -> None:
    wanted = set(roles)
    user.groups.set(Group.objects.filter(name__in=wanted))
    user.stores.set(stores)
    stays = ADMINISTRATOR in wanted
    User.objects.filter(pk=user.pk).update(is_staff=stays, is_superuser=stays and user.is_superuser)


def _lock_administrators() -> None:
    """Two administrators who demote each other in the same second must not both succeed."""
    list(_administrators().select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def _administrators() -> QuerySet[User]:
    administrator = Q(is_superuser=True) | Q(
        pk__in=User.objects.filter(groups__name=ADMINISTRATOR).values("pk")
    )
    return User.objects.filter(administrator, is_active=True)


def _other_administrators(user: User) -> QuerySet[User]:
    return _administrators().exclude(pk=user.pk)


def _refuse_if_last(user: User) -> None:
    if user.is_active and not _other_administrators(user).exists():
        raise TeamError(_last_sentence())


def _last_sentence() -> str:
    return _("This is the last administrator. Make somebody else an administrator first.")

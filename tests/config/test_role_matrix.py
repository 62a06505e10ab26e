"""Each page is open to the roles that `role_matrix` names, and to nobody else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config import roles
from customers.models import User
from tests.config.role_matrix import ANSWERS, KWARGS, MATRIX, PUBLIC

pytestmark = pytest.mark.django_db

NOT_OURS = {"admin"}  # namespaces tested as a whole
ROLES = sorted(role.key for role in roles.ROLES)


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address with the prefix of its names, such as `api:`."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield space, entry
        elif entry.namespace not in NOT_OURS:
            yield from patterns(entry, f"{space}{entry.namespace}:" if entry.namespace else space)


def names() -> set[str]:
    return {f"{space}{pattern.name}" for space, pattern in patterns(get_resolver()) if pattern.name}


def nameless() -> list[str]:
    """Addresses without a name; those below /admin/ only lead away from it."""
    found = [str(pattern.pattern) for _space, pattern in patterns(get_resolver()) if not pattern.name]
    return [address for address in found if not address.startswith("admin/")]


def address(name: str, user: User | None = None) -> str:
    return reverse(name, kwargs=KWARGS[name](user) if name in KWARGS else None)


def test_every_page_stands_in_the_matrix() -> None:
    missing = sorted(names() - MATRIX.keys())
    assert not missing, (
        f"Who may open {', '.join(missing)}? Write each into its part of tests/config/role_matrix/, "
        "with the roles that may open it, or PUBLIC."
    )
    assert not nameless(), f"Give these addresses a name, so that the matrix can hold them: {nameless()}"


def test_the_matrix_names_no_page_that_is_gone() -> None:
    gone = sorted(MATRIX.keys() - names())
    assert not gone, f"Take these out of tests/config/role_matrix/: {', '.join(gone)}"


def ask(name: str, client: Client, user: User | None = None) -> Any:
    """GET, or POST where that is all there is: it must be refused just as well."""
    url = address(name, user)
    return client.post(url) if ANSWERS.get(name) == 405 else client.get(url)


@pytest.fixture(autouse=True)
def nobody_has_guessed() -> None:
    """The same wrong codes are tried for each role, sooner than a guesser may."""
    caches["limits"].clear()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_others(role: str, sign_in: Callable[..., Client]) -> None:
    client = sign_in(role)
    user: User = client.user  # type: ignore[attr-defined]
    wrong = {}
    for name, allowed in MATRIX.items():
        if allowed == PUBLIC or role in allowed:
            status, expected = client.get(address(name, user)).status_code, ANSWERS.get(name, 200)
        else:
            status, expected = ask(name, client, user).status_code, 403
        if status != expected:
            wrong[name] = f"{status}, expected {expected}"
    assert not wrong


def test_nobody_gets_in_without_signing_in() -> None:
    wrong = {}
    for name, allowed in MATRIX.items():
        response = ask(name, Client())
        to_sign_in = response.status_code == 302 and response["Location"].startswith(reverse("sign_in"))
        if to_sign_in == (allowed == PUBLIC) and name != "sign_out":
            wrong[name] = response.status_code
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_the_model_admin_is_for_administrators(role: str, sign_in: Callable[..., Client]) -> None:
    response = sign_in(role).get(reverse("admin:index"), follow=True)
    assert response.status_code == (200 if role == roles.ADMINISTRATOR else 403)


def test_the_model_admin_asks_to_sign_in_on_our_page() -> None:
    response = Client().get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("sign_in"))

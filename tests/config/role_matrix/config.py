"""Pages of `config`."""

from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from customers.models import User
from tests.config.role_matrix.groups import PUBLIC, SIGNED_IN, Allowed
from tests.config.role_matrix.makers import Maker
from tests.factories import UserFactory

MATRIX: dict[str, Allowed] = {
    "today": SIGNED_IN,
    "search": SIGNED_IN,
    "settings": SIGNED_IN,
    "profile": SIGNED_IN,
    "password_change": SIGNED_IN,
    "saved_view_save": SIGNED_IN,
    "saved_view_delete": SIGNED_IN,
    "sign_in": PUBLIC,
    "sign_out": PUBLIC,
    "set_password": PUBLIC,
    "language": PUBLIC,
    "display": PUBLIC,
}

ANSWERS: dict[str, int] = {
    "saved_view_save": 405,
    "saved_view_delete": 405,
    "sign_in": 302,
    "sign_out": 405,
    "set_password": 302,
    "language": 405,
    "display": 405,
}


def _welcome(user: User | None) -> dict[str, Any]:
    invited = UserFactory()
    number = urlsafe_base64_encode(force_bytes(invited.pk))
    return {"uidb64": number, "token": default_token_generator.make_token(invited)}


KWARGS: dict[str, Maker] = {
    "saved_view_delete": lambda user: {"view_id": 1},
    "set_password": _welcome,
}

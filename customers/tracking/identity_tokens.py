"""Who a browser says that it belongs to counts only with a token that the shop's own server has signed: a JSON Web
Token (HS256) with `sub`, her number, and `exp`."""

from datetime import datetime

import jwt

from customers.models import ApiKey
from customers.tracking.keys import identity_secret


def holds(key: ApiKey, token: object, user_id: str, at: datetime) -> bool:
    """Whether this token says that the bearer is this customer."""
    return bool(user_id) and number(key, token, at) == user_id


def number(key: ApiKey, token: object, at: datetime) -> str:
    """The customer's number that this token proves; "" for anything else."""
    if not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= 2000:
        return ""
    try:
        said = jwt.decode(
            token,
            identity_secret(key),
            algorithms=["HS256"],
            options={
                "require": ["sub", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
    except jwt.PyJWTError:
        return ""
    expires, owner = said["exp"], said["sub"]
    proven = (
        isinstance(expires, int | float)
        and expires > at.timestamp()
        and isinstance(owner, str)
        and "\0" not in owner
    )
    return owner if proven else ""

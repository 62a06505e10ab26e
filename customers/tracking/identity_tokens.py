"""Who a browser says that it belongs to counts only with a token that the shop's own server has signed: a JSON Web
Token (HS256) with `sub`, her number, and `exp`."""

from datetime import datetime

import jwt

from customers.models import ApiKey
from customers.tracking.keys import identity_secret


def holds(key: ApiKey, token: object, user_id: str, at: datetime) -> bool:
    """Whether this token says that the bearer is this customer."""
    if not isinstance(token, str) or not user_id or len(token) > 2000:
        return False
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
        return False
    expires = said["exp"]
    return isinstance(expires, int | float) and said["sub"] == user_id and expires > at.timestamp()

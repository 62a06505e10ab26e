"""Social posts, of `channels`."""

from typing import Any

from customers.models import User
from tests.channels import social
from tests.config.role_matrix.groups import ADMINISTRATOR, MARKETING, PUBLIC, READERS, READS_MAIL, Allowed
from tests.config.role_matrix.makers import Maker, unknown_token

MATRIX: dict[str, Allowed] = {
    "social_link": PUBLIC,
    "social_feed": READS_MAIL,
    "social_list": READERS,
    "social_calendar": READERS,
    "social_group": READERS,
    "social_create": MARKETING,
    "social_edit": MARKETING,
    "social_preview": MARKETING,
    "social_schedule": MARKETING,
    "social_duplicate": MARKETING,
    "social_delete": MARKETING,
    "social_post_now": MARKETING,
    "social_cancel": MARKETING,
    "social_settle": MARKETING,
    "social_account_list": MARKETING,
    "social_account_create": ADMINISTRATOR,
    "social_account_edit": ADMINISTRATOR,
    "social_account_pause": ADMINISTRATOR,
    "social_account_resume": ADMINISTRATOR,
    "social_account_test": ADMINISTRATOR,
}

ANSWERS: dict[str, int] = {
    "social_link": 404,
    "social_preview": 405,
    "social_schedule": 405,
    "social_duplicate": 405,
    "social_settle": 405,
    "social_account_resume": 405,
    "social_account_test": 405,
}


def _social_account(user: User | None) -> dict[str, Any]:
    return {"account_id": social.account().pk}


def _social_post(user: User | None) -> dict[str, Any]:
    return {"post_id": social.post(social.account()).pk}


def _social_group(user: User | None) -> dict[str, Any]:
    return {"group_id": social.post(social.account()).group_id}


KWARGS: dict[str, Maker] = {
    "social_link": unknown_token,
    "social_group": _social_group,
    "social_edit": _social_group,
    "social_preview": _social_group,
    "social_schedule": _social_group,
    "social_duplicate": _social_group,
    "social_delete": _social_group,
    "social_post_now": _social_post,
    "social_cancel": _social_post,
    "social_settle": _social_post,
    "social_account_edit": _social_account,
    "social_account_pause": _social_account,
    "social_account_resume": _social_account,
    "social_account_test": _social_account,
}

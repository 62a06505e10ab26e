"""Contests and private sales, of `loyalty`."""

from typing import Any

from customers.models import User
from loyalty.contests import draws, running
from tests.config.role_matrix.groups import MARKETING, PUBLIC, READERS, READS_MAIL, Allowed
from tests.config.role_matrix.makers import Maker, unknown_token
from tests.factories import NOON, CustomerFactory
from tests.loyalty import plays

MATRIX: dict[str, Allowed] = {
    "contest_list": READERS,
    "contest_create": MARKETING,
    "contest": READERS,
    "contest_edit": MARKETING,
    "contest_winners_export": READS_MAIL,
    "contest_start": MARKETING,
    "contest_delete": MARKETING,
    "contest_call_off": MARKETING,
    "contest_draw": MARKETING,
    "contest_verify": READERS,
    "winner_tell": MARKETING,
    "winner_claim": MARKETING,
    "winner_replace": MARKETING,
    "sale_list": READERS,
    "sale_create": MARKETING,
    "sale": READERS,
    "sale_edit": MARKETING,
    "sale_start": MARKETING,
    "sale_stop": MARKETING,
    "sale_delete": MARKETING,
    "contest_play": PUBLIC,
    "contest_entries": PUBLIC,
    "sale_enter": PUBLIC,
    "api:sale_access": PUBLIC,
}

ANSWERS: dict[str, int] = {
    "contest_verify": 405,
    "winner_tell": 405,
    "winner_claim": 405,
    "contest_play": 404,
    "contest_entries": 404,
    "sale_enter": 404,
    "api:sale_access": 405,
}


def _contest(user: User | None) -> dict[str, Any]:
    return {"contest_id": plays.draft().pk}


def _winner(user: User | None) -> dict[str, Any]:
    made = plays.contest(starts_on=NOON.date(), ends_on=NOON.date())
    plays.enter(made, CustomerFactory())
    running.close(plays.WHEN_OVER)
    return {"winner_id": draws.draw(made.pk, plays.staff(), plays.WHEN_OVER)[0].pk}


def _sale(user: User | None) -> dict[str, Any]:
    return {"sale_id": plays.sale(started=False).pk}


KWARGS: dict[str, Maker] = {
    "contest": _contest,
    "contest_edit": _contest,
    "contest_winners_export": _contest,
    "contest_start": _contest,
    "contest_delete": _contest,
    "contest_call_off": _contest,
    "contest_draw": _contest,
    "contest_verify": _contest,
    "winner_tell": _winner,
    "winner_claim": _winner,
    "winner_replace": _winner,
    "sale": _sale,
    "sale_edit": _sale,
    "sale_start": _sale,
    "sale_stop": _sale,
    "sale_delete": _sale,
    "contest_play": unknown_token,
    "contest_entries": unknown_token,
    "sale_enter": unknown_token,
    "api:sale_access": lambda user: {"key": "unknown"},
}

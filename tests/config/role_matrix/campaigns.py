"""Pages of `campaigns`."""

from typing import Any

from customers.models import User
from tests.campaigns import make
from tests.config.role_matrix.groups import APPROVERS, MARKETING, READERS, Allowed
from tests.config.role_matrix.makers import Maker, customer
from tests.factories import NOON

MATRIX: dict[str, Allowed] = {
    "campaign_list": READERS,
    "campaign": READERS,
    "campaign_create": MARKETING,
    "campaign_duplicate": MARKETING,
    "campaign_delete": MARKETING,
    "campaign_audience": MARKETING,
    "campaign_count": MARKETING,
    "campaign_content": MARKETING,
    "campaign_channels": MARKETING,
    "campaign_time": MARKETING,
    "campaign_editors": MARKETING,
    "campaign_review": READERS,
    "campaign_outcomes": READERS,
    "campaign_outcome_people": READERS,
    "campaign_launch": MARKETING,
    "campaign_launch_alone": MARKETING,
    "campaign_ask": MARKETING,
    "campaign_approve": APPROVERS,
    "campaign_refuse": APPROVERS,
    "campaign_running": READERS,
    "campaign_progress": READERS,
    "campaign_pause": MARKETING,
    "campaign_resume": MARKETING,
    "campaign_cancel": MARKETING,
    "campaign_take_back": MARKETING,
    "campaign_start_late": MARKETING,
    "campaign_report": READERS,
    "campaign_report_export": READERS,
    "campaign_people": READERS,
    "campaign_post_add": MARKETING,
    "campaign_orders": READERS,
    "customer_why": READERS,
}

ANSWERS: dict[str, int] = {
    "campaign": 302,
    "campaign_duplicate": 405,
    "campaign_channels": 405,
    "campaign_launch_alone": 405,
    "campaign_ask": 405,
    "campaign_refuse": 405,
    "campaign_pause": 405,
    "campaign_resume": 405,
    "campaign_start_late": 405,
    "campaign_post_add": 405,
}


def _draft(user: User | None) -> dict[str, Any]:
    return {"campaign_id": make.campaign(created_by=user).pk}


def _launched(user: User | None) -> dict[str, Any]:
    campaign = make.campaign(created_by=user, state="running")
    make.occurrence(campaign, started_at=NOON, state="sending")
    return {"campaign_id": campaign.pk}


KWARGS: dict[str, Maker] = {
    "campaign": _launched,
    "campaign_duplicate": _draft,
    "campaign_delete": _draft,
    "campaign_audience": _draft,
    "campaign_count": _draft,
    "campaign_content": _draft,
    "campaign_channels": _draft,
    "campaign_time": _draft,
    "campaign_editors": _draft,
    "campaign_review": _draft,
    "campaign_outcomes": _draft,
    "campaign_outcome_people": _draft,
    "campaign_launch": _draft,
    "campaign_launch_alone": _draft,
    "campaign_ask": _draft,
    "campaign_approve": _draft,
    "campaign_refuse": _draft,
    "campaign_running": _launched,
    "campaign_progress": _launched,
    "campaign_pause": _launched,
    "campaign_resume": _launched,
    "campaign_cancel": _launched,
    "campaign_take_back": _launched,
    "campaign_start_late": _launched,
    "campaign_report": _launched,
    "campaign_report_export": _launched,
    "campaign_people": _launched,
    "campaign_post_add": _draft,
    "campaign_orders": _launched,
    "customer_why": customer,
}

"""The tags and filters of campaigns' pages: `{% load campaigns %}`."""

from django import template
from django.utils.translation import gettext as _

from campaigns import words
from campaigns.models import Campaign
from config import formats
from customers.segments.counting import Count

register = template.Library()


@register.inclusion_tag("components/_badge.html")
def campaign_state(campaign: Campaign) -> dict[str, str]:
    return {"label": campaign.get_state_display(), "tone": words.CAMPAIGN_TONES[campaign.state]}


@register.simple_tag
def people_count(count: Count) -> str:
    """ "12.408", or "more than 10.000" where counting took too long."""
    if count.number is None:
        return _("very many")
    number = formats.number(count.number)
    return number if count.exact else _("more than %(number)s") % {"number": number}


@register.filter
def minus(value: int, other: int) -> int:
    return value - other


@register.filter
def outcome(state: str, reason: str = "") -> str:
    return words.outcome(state, reason)

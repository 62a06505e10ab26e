"""Who gets which channel, and why: lines for the dry run of a draft and for the report of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Occurrence
from campaigns.reports import figures
from channels.delivery.dry_runs import Chosen, DryRun
from channels.messages.formats import Format, formats
from channels.models import Delivery
from config.pages.parts import Text

WHY: dict[str, Text] = {
    "preferred": _("they prefer it"),
    "answered": _("they mostly answer to it"),
    "first": _("it is first in the order"),
    "next": _("they cannot be reached on the channels before it"),
}
ENDED: dict[str, Text] = {
    Delivery.State.BOUNCED: _("it bounced"),
    Delivery.State.REFUSED: _("it was refused"),
    Delivery.State.ACCEPTED: _("it stayed unread"),
    Delivery.State.DELIVERED: _("it stayed unread"),
}
# What the people pages are asked for by `passed`, and the states of an attempt that ended so.
PASSED: dict[str, tuple[str, ...]] = {
    "bounced": (Delivery.State.BOUNCED,),
    "refused": (Delivery.State.REFUSED,),
    "unread": (Delivery.State.ACCEPTED, Delivery.State.DELIVERED),
}
SHOWN = ("sent", "delivered", "clicked", "ordered", "opted_out", "withheld")


@dataclass(frozen=True)
class ChannelRow:
    """`whys`: what led so many people to this channel."""

    form: Format
    number: int
    share: float
    whys: list[tuple[Text, int]]
    url: str


def foreseen(campaign: Campaign, dry: DryRun) -> list[ChannelRow]:
    """In the message's order; empty where there is only one channel."""
    return [_foreseen(campaign, dry, each) for each in campaign.message.channels] if dry.channels else []


def _foreseen(campaign: Campaign, dry: DryRun, channel: str) -> ChannelRow:
    counted = [(text, dry.channels[Chosen(channel, why)]) for why, text in WHY.items()]
    number = sum(each for _text, each in counted)
    url = reverse("campaign_outcome_people", args=[campaign.pk]) + f"?{urlencode({'channel': channel})}"
    whys = [(text, each) for text, each in counted if each]
    return ChannelRow(formats[channel], number, 100 * number / max(1, dry.gets), whys, url)


def reported(campaign: Campaign, run: Occurrence, labels: Mapping[str, Text]) -> dict[str, Any]:
    """A row per channel with the figures of those who had it last, and who was passed on from which."""
    channels = [channel for channel, _account in run.version.routes]
    if len(channels) < 2:
        return {}
    counted = {figure: figures.by_channel(run, figure) for figure in SHOWN}
    # Some providers only take a message and never say what became of it.
    shown = [figure for figure in SHOWN if figure != "delivered" or any(counted[figure].values())]
    passed = figures.passed_on(run)
    return {
        "channels": [
            {
                "form": formats[channel],
                "cells": [
                    (labels[figure], counted[figure].get(channel, 0), _people(campaign, figure, channel))
                    for figure in shown
                ],
                "passed": _passed(campaign, channel, passed),
            }
            for channel in channels
        ]
    }


def passed_choices() -> list[tuple[str, str]]:
    return [
        (f"{each.key}.{how}", f"{each.label}: {ENDED[states[0]]}")
        for each in formats
        for how, states in PASSED.items()
    ]


def _passed(
    campaign: Campaign, channel: str, passed: Mapping[tuple[str, str], int]
) -> list[tuple[Text, int, str]]:
    """Why so many went on from there, and the address of their rows."""
    people = reverse("campaign_people", args=[campaign.pk])
    found = []
    for how, states in PASSED.items():
        number = sum(passed.get((channel, state), 0) for state in states)
        if number:
            found.append((ENDED[states[0]], number, f"{people}?{urlencode({'passed': f'{channel}.{how}'})}"))
    return found


def _people(campaign: Campaign, figure: str, channel: str) -> str:
    query = urlencode({"figure": figure, "channel": channel})
    return reverse("campaign_people", args=[campaign.pk]) + f"?{query}"

"""Who gets which variant, and what came of each: lines for the dry run of a draft and for the report of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from campaigns.models import Campaign, Occurrence
from campaigns.reports import figures
from campaigns.reports.figures import Money
from channels.delivery.dry_runs import DryRun
from channels.messages import variants
from config import formats
from config.pages.parts import Text

SHOWN = ("audience", "sent", "delivered", "clicked", "ordered", "opted_out")
# Groups are of one size only nearly, so these are told as a share of those sent as well.
SHARED = ("clicked", "ordered", "opted_out")


@dataclass(frozen=True)
class VariantRow:
    letter: str
    number: int
    share: float
    url: str


def foreseen(campaign: Campaign, dry: DryRun) -> list[VariantRow]:
    """Empty where there is only one."""
    if len(dry.variants) < 2:
        return []
    people = reverse("campaign_outcome_people", args=[campaign.pk])
    return [
        VariantRow(
            letter, number, 100 * number / max(1, dry.gets), f"{people}?{urlencode({'variant': letter})}"
        )
        for letter, number in sorted(dry.variants.items())
    ]


def reported(
    campaign: Campaign, run: Occurrence, labels: Mapping[str, Text], currency: str
) -> list[dict[str, Any]]:
    """A row per variant with the figures of those who were to get it, each with the address of its people."""
    letters = variants.of(run.version)
    if len(letters) < 2:
        return []
    counted = {figure: figures.by_variant(run, figure) for figure in SHOWN}
    # Some providers only take a message and never say what became of it.
    shown = [figure for figure in SHOWN if figure != "delivered" or any(counted[figure].values())]
    money = figures.money_by_variant(run)
    orders = reverse("campaign_orders", args=[campaign.pk])
    return [
        {
            "letter": letter,
            "cells": [
                (
                    labels[figure],
                    counted[figure].get(letter, 0),
                    _share(counted, figure, letter),
                    _people(campaign, figure, letter),
                )
                for figure in shown
            ],
            "net": formats.money(money.get(letter, Money()).net, currency),
            "orders_url": f"{orders}?{urlencode({'variant': letter})}",
        }
        for letter in letters
    ]


def _share(counted: Mapping[str, Mapping[str, int]], figure: str, letter: str) -> str:
    sent = counted["sent"].get(letter, 0)
    return formats.percent(counted[figure].get(letter, 0) / sent) if sent and figure in SHARED else ""


def _people(campaign: Campaign, figure: str, letter: str) -> str:
    query = urlencode({"figure": figure, "variant": letter})
    return reverse("campaign_people", args=[campaign.pk]) + f"?{query}"

"""The report of a run as plain values: funnel, languages, money, and what it cannot tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.models import Campaign, Occurrence
from campaigns.reports import figures
from campaigns.reports.figures import Money

FUNNEL = ("audience", "sent", "delivered", "clicked", "ordered")
# "seen" and "dismissed" are what pages of the shop tell.
BESIDE = ("seen", "dismissed", "opted_out", "complained", "failed", "withheld", "unknown")


@dataclass(frozen=True)
class Summary:
    """`people[figure][language]` counts people. `open_until`: orders count at least until then."""

    people: dict[str, dict[str, int]]
    money: dict[str, Money]
    anonymous_clicks: int
    open_until: datetime | None

    def total(self, figure: str) -> int:
        return sum(self.people[figure].values())

    def share(self, figure: str, of: str = "sent") -> float:
        whole = self.total(of)
        return self.total(figure) / whole if whole else 0.0

    @property
    def languages(self) -> list[str]:
        """Those of the audience, the largest first."""
        counted = self.people["audience"]
        return sorted(counted, key=lambda language: (-counted[language], language))

    @property
    def whole(self) -> Money:
        parts = self.money.values()
        return Money(
            sum(part.orders for part in parts),
            sum(part.ordered for part in parts),
            sum(part.refunded for part in parts),
        )

    @property
    def delivery_is_reported(self) -> bool:
        """Some providers only take a mail and never say what became of it."""
        return self.total("delivered") > 0 or self.total("sent") == 0


def of(campaign: Campaign, run: Occurrence, at: datetime) -> Summary:
    people = {figure: figures.by_language(run, figure) for figure in (*FUNNEL, *BESIDE, "untracked")}
    ends = run.started_at and run.started_at + timedelta(days=campaign.attribution_days)
    return Summary(
        people,
        figures.money_by_language(run),
        figures.anonymous_clicks(run),
        ends if ends and ends > at else None,
    )

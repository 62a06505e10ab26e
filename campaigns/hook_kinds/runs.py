from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns.models import Occurrence
from campaigns.signals import runs_finished
from customers.hooks.kinds import AT, Fact, HookKind, hook_kinds, instant

PEOPLE = """
    SELECT run.id, d.state, count(*)
    FROM campaigns_occurrence run
    JOIN channels_messageversion version ON version.id = run.version_id
    JOIN channels_delivery d ON d.message_id = version.message_id AND d.occurrence = run.id
    WHERE run.id = ANY(%s) AND NOT EXISTS (
        SELECT FROM channels_delivery later
        WHERE later.message_id = d.message_id AND later.occurrence = d.occurrence AND later.attempt > 0
          AND later.customer_id = d.customer_id AND later.attempt > d.attempt)
    GROUP BY run.id, d.state ORDER BY run.id, d.state
"""


@hook_kinds.register
class CampaignFinished(HookKind):
    key, position, signal = "campaign.finished", 90, runs_finished
    label = _("Campaign finished")
    help = _(
        "Nobody waits for a run of a campaign any more; told once, with the number of people by what became of them."
    )
    sample = {
        "customer": None,
        "campaign": {"id": 12, "name": "Easter"},
        "run": 34,
        "started_at": AT,
        "finished_at": AT,
        "audience": 1200,
        "people": {"delivered": 1100, "bounced": 4, "withheld": 96},
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        runs = Occurrence.objects.filter(pk__in=ids).select_related("campaign").order_by("pk")
        people = _people(ids)
        return {
            run.pk: Fact(
                None,
                {
                    "campaign": {"id": run.campaign_id, "name": run.campaign.name},
                    "run": run.pk,
                    "started_at": instant(run.started_at),
                    "finished_at": instant(run.finished_at),
                    "audience": run.audience,
                    "people": people.get(run.pk, {}),
                },
                run.due_at,
            )
            for run in runs
        }


def _people(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{run: {state: people}}, by the last attempt. One query."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [list(ids)])
        found: dict[int, dict[str, int]] = {}
        for run, state, number in cursor.fetchall():
            found.setdefault(run, {})[state] = number
    return found

"""When and how often people are written to, whatever is launched: the rule of the whole shop."""

import re
from datetime import time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

QUIET_FROM, QUIET_UNTIL = time(21, 0), time(8, 0)
EXPIRES_AFTER = timedelta(days=3)
ASK_GRACE = 60
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class CapClass(models.TextChoices):
    """What messages are counted together, beside the count of all of them."""

    CAMPAIGN = "campaign", _("Campaigns")
    AUTOMATIC = "automatic", _("Automatic messages")


def every_day() -> list[int]:
    return list(range(7))


def usual_caps() -> list[dict[str, object]]:
    return [{"cap_class": "", "days": 1, "most": 2}, {"cap_class": "", "days": 7, "most": 5}]


def validate_caps(value: object) -> None:
    """A list of `{"cap_class", "days", "most"}`: a class or "" for all marketing, 1 to 366 days, 1 to 99 messages."""
    if not isinstance(value, list) or not all(map(_is_cap, value)):
        raise ValidationError(
            _("A limit needs a kind of message, a number of days and a number of messages.")
        )


def _is_cap(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {"cap_class", "days", "most"}:
        return False
    days, most = value["days"], value["most"]
    numbers = type(days) is int and type(most) is int and 1 <= days <= 366 and 1 <= most <= 99
    return numbers and value["cap_class"] in ("", *CapClass.values)


def validate_countries(value: object) -> None:
    """A list of `{"country", "quiet_from", "quiet_until", "days"}`: a code of two letters, both times as "21:00" or
    both "", and the days on which messages go out there."""
    if not isinstance(value, list) or not all(map(_is_country, value)):
        raise ValidationError(_("A country needs its code, two times or none, and at least one day."))


def _is_country(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {"country", "quiet_from", "quiet_until", "days"}:
        return False
    code, days, times = value["country"], value["days"], (value["quiet_from"], value["quiet_until"])
    is_code = isinstance(code, str) and len(code) == 2 and code.isascii() and code.isupper()
    is_days = isinstance(days, list) and bool(days) and all(day in every_day() for day in days)
    return is_code and is_days and (times == ("", "") or (times[0] != times[1] and all(map(_is_time, times))))


def _is_time(value: object) -> bool:
    return isinstance(value, str) and CLOCK.fullmatch(value) is not None


class DeliveryPolicy(models.Model):
    """One row (`channels.arbiter.policy.load` reads it for many people at once).

    `quiet_from` to `quiet_until` are by the recipient's clock and may span midnight; both empty: no quiet hours.
    `allowed_days` counts from Monday, 0. `caps`: how many marketing messages within so many of her days, today
    among them. `countries`: quiet hours and days of the shop's own for people there, on all channels.
    `ask_consent_after`: months without a sign of life after which a yes is asked for again, None: never; after
    `ask_consent_grace` more days nothing is sent but what asks. `ask_consent_since`: when that rule was made so.
    `ask_interests_after`: months after which her own page asks for her interests again, None: never.
    """

    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, default=QUIET_FROM)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True, default=QUIET_UNTIL)
    allowed_days = ArrayField(models.SmallIntegerField(), verbose_name=_("days"), default=every_day)
    skip_holidays = models.BooleanField(_("nothing on public holidays"), default=False)
    caps = models.JSONField(_("limits"), default=usual_caps, blank=True, validators=[validate_caps])
    countries = models.JSONField(
        _("countries"), default=list, db_default=[], blank=True, validators=[validate_countries]
    )
    expires_after = models.DurationField(_("marketing expires after"), default=EXPIRES_AFTER)
    best_hour = models.SmallIntegerField(null=True, editable=False, help_text="in which most people answer")
    slow_down = models.BooleanField(_("write less often to who does not answer"), default=True)
    ask_consent_after = models.PositiveSmallIntegerField(
        _("months until consent is asked for again"), null=True, blank=True
    )
    ask_consent_grace = models.PositiveSmallIntegerField(
        _("days to answer"), default=ASK_GRACE, db_default=ASK_GRACE
    )
    ask_consent_since = models.DateTimeField(null=True, editable=False)
    ask_interests_after = models.PositiveSmallIntegerField(
        _("months until interests are asked for again"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("delivery policy")
        verbose_name_plural = _("delivery policy")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="policy_is_one_row"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
                name="policy_quiet_hours",
            ),
            models.CheckConstraint(
                condition=Q(allowed_days__len__gt=0) & Q(allowed_days__contained_by=every_day()),
                name="policy_some_day",
            ),
            models.CheckConstraint(condition=Q(expires_after__gt=timedelta(0)), name="policy_expires_later"),
            models.CheckConstraint(
                condition=Q(ask_consent_after__isnull=True) | Q(ask_consent_since__isnull=False),
                name="policy_asks_since",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Delivery policy"))

    @classmethod
    def current(cls) -> "DeliveryPolicy":
        return cls.objects.get_or_create(pk=1)[0]

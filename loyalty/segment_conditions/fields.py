"""Tiers to choose from, in rules of segments."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.segments.fields import ListField, Option
from loyalty.models import Tier

NO_TIER = 0


class TierField(ListField):
    """Ids of tiers; NO_TIER stands for none."""

    def checked(self, values: list[str]) -> list[int]:
        known = {str(pk) for pk in Tier.objects.filter(active=True).values_list("pk", flat=True)}
        for value in values:
            if value not in known and value != str(NO_TIER):
                raise ValidationError(self.error_messages["unknown"], params={"value": value})
        return [int(value) for value in values]

    def labels(self, values: Iterable[Any]) -> list[str]:
        wanted = [str(value) for value in values]
        ids = [value for value in wanted if value.isascii() and value.isdigit() and len(value) < 18]
        names = {str(pk): name for pk, name in Tier.objects.filter(pk__in=ids).values_list("pk", "name")}
        return [({str(NO_TIER): str(_("no tier"))} | names).get(value, value) for value in wanted]

    def options(self) -> list[Option]:
        tiers = Tier.objects.filter(active=True).order_by("program", "threshold")
        return [*((str(tier.pk), tier.name) for tier in tiers), (str(NO_TIER), str(_("no tier")))]

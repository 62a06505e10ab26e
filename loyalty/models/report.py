"""Figures that take too long to be counted for each reader."""

from django.db import models

from loyalty.models.points import Program


class PointsReport(models.Model):
    """The figures of open points, as they were at `counted_at` (None: never yet), which took so many `seconds`.
    `asked_at`: since when newer ones are waited for."""

    program = models.OneToOneField(Program, on_delete=models.CASCADE, related_name="report")
    counted_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    figures = models.JSONField(default=dict)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.program} {self.counted_at}"

"""What is learnt from answers: how often, when and where somebody likes to hear from us."""

from django.db import models

from customers.models import Customer


class Habit(models.Model):
    """One row per customer whose clicks we may know, learnt anew each night (`channels/habits.py`): a recount of it
    is the proof of it.

    `stretch`: the windows of the limits are so many times as long for her. `hour`: the best one by her clock.
    `channel`: the one that she answers to most, or "".
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="habit"
    )
    unanswered = models.IntegerField(default=0, help_text="marketing messages since her last answer")
    answered_at = models.DateTimeField(null=True)
    stretch = models.SmallIntegerField(default=1)
    hour = models.SmallIntegerField(null=True)
    channel = models.CharField(max_length=12, blank=True, default="")

    def __str__(self) -> str:
        return f"habit of {self.customer_id}"

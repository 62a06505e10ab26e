"""A time of day, as browsers ask for it."""

from django import forms


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")

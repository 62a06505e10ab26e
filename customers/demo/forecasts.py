from datetime import datetime
from random import Random

from customers.demo_shop import Stage, stages
from customers.forecasts import running


@stages.register
class Forecasts(Stage):
    """After the orders, before the segments that ask for them."""

    key = "forecasts"
    order = 38

    def build(self, random: Random, at: datetime) -> None:
        running.run(at)

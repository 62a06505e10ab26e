from datetime import datetime
from random import Random

from customers.demo_shop import Stage, stages
from customers.recommendations import running


@stages.register
class Recommendations(Stage):
    """After the orders and what people looked at."""

    key = "recommendations"
    order = 39
    asks_much = True

    def build(self, random: Random, at: datetime) -> None:
        running.run(at)

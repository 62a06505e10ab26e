"""The base of conditions on forecasts, which stand in the roll-up row `s` and are null where there is none."""

from datetime import datetime

from customers.segments.conditions import FORECASTS, Condition, Params
from customers.segments.sql import Sql, sql

ROWS = Sql("FROM customers_customerstats s WHERE")


class Predicted(Condition):
    group = FORECASTS

    def test(self, params: Params, at: datetime) -> Sql:
        """A test of `s`; null counts as not true."""
        raise NotImplementedError

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql("SELECT s.customer_id {} {}", ROWS, self.test(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("EXISTS (SELECT 1 {} s.customer_id = c.id AND {})", ROWS, self.test(params, at))

    def probe_joins(self, params: Params) -> bool:
        return True

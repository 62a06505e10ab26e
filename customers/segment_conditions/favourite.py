from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import subjects
from customers.segments.conditions import BEHAVIOUR, Condition, Params, conditions
from customers.segments.sql import Sql, sql
from customers.segments.subjects import SubjectForm


@conditions.register
class HasFavourite(Condition):
    key = "favourite"
    label = gettext_lazy("Has favourites")
    group = BEHAVIOUR
    help = gettext_lazy(
        "Somebody who has such a product on her list now. What she took off again does not count."
    )
    Form = SubjectForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        test = subjects.test(Sql("f.product_id"), params)
        return sql(
            "SELECT DISTINCT f.customer_id FROM customers_favourite f"
            " WHERE f.customer_id IS NOT NULL AND f.removed_at IS NULL AND {}",
            test,
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        test = subjects.test(Sql("f.product_id"), params)
        return sql(
            "EXISTS (SELECT 1 FROM customers_favourite f"
            " WHERE f.customer_id = c.id AND f.removed_at IS NULL AND {})",
            test,
        )

    def probe_joins(self, params: Params) -> bool:
        return bool(params["subject"] != "categories")

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "(SELECT count(*) FROM customers_favourite f"
            " WHERE f.customer_id = c.id AND f.removed_at IS NULL AND {})",
            subjects.test(Sql("f.product_id"), params),
        )

    def words(self, params: Params) -> str:
        return _("has %s among the favourites") % (subjects.words(params) or _("something"))

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import LanguageField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class LanguageForm(ParamsForm):
    languages = LanguageField(label=gettext_lazy("language"))


@conditions.register
class Language(ProfileCondition):
    key = "language"
    label = gettext_lazy("Language")
    help = gettext_lazy("The language in which somebody wants to be written to.")
    Form = LanguageForm
    fact = gettext_lazy("language")
    seen = Sql("nullif(c.language, '')")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("c.language = ANY ({})", params["languages"])

    def words(self, params: Params) -> str:
        return _("the language is %s") % phrases.either(LanguageField().labels(params["languages"]))

    def seen_words(self, value: Any, params: Params) -> str:
        return LanguageField().labels([value])[0]

from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules
from loyalty.earning_rules.fields import Words, factor, listed, times


class ArticleForm(ParamsForm):
    articles = Words(label=_("article numbers"), names="product")
    times = factor()


@earning_rules.register
class ArticleFactor(EarningRule):
    key = "article_factor"
    label = _("More points on articles")
    help = _("Double points on what should find friends, by its article number.")
    icon = "package"
    Form = ArticleForm

    def words(self, params: Params) -> str:
        about = {"times": times(params["times"]), "articles": listed(params["articles"])}
        return gettext("%(times)s on the articles %(articles)s") % about

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        wanted = {number.upper() for number in params["articles"]}
        return Fraction(params["times"]) if line.sku.upper() in wanted else Fraction(1)

from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules
from loyalty.earning_rules.fields import Words, factor, listed, times


class StoreForm(ParamsForm):
    stores = Words(label=_("numbers of the stores"), names="store")
    times = factor()


@earning_rules.register
class StoreFactor(EarningRule):
    key = "store_factor"
    label = _("More points in stores")
    help = _("Double points where you open, or move, or online.")
    icon = "building-store"
    Form = StoreForm

    def words(self, params: Params) -> str:
        about = {"times": times(params["times"]), "stores": listed(params["stores"])}
        return gettext("%(times)s in store %(stores)s") % about

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        return Fraction(params["times"]) if purchase.store in params["stores"] else Fraction(1)

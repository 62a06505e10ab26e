from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Segment
from customers.segments.conditions import AUDIENCES, LendingCondition, Lent, Params, conditions
from customers.segments.fields import SegmentField
from customers.segments.params import ParamsForm


class InSegmentForm(ParamsForm):
    segment = SegmentField(label=gettext_lazy("segment"))


@conditions.register
class InSegment(LendingCondition):
    key = "in_segment"
    label = gettext_lazy("Belongs to a segment")
    group = AUDIENCES
    help = gettext_lazy("Somebody for whom the rule of that segment is true, as it stands at that moment.")
    Form = InSegmentForm

    def lends(self, params: Params) -> Lent | None:
        segment = Segment.objects.filter(pk=params["segment"]).first()
        return None if segment is None else Lent(segment.pk, segment.name, segment.rule)

    def page(self, params: Params) -> str:
        return SegmentField().link(params["segment"])

    def words(self, params: Params) -> str:
        return _("belongs to the segment “%s”") % SegmentField().labels([params["segment"]])[0]

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.personalisation import MergeField, MergeFields, Values, merge_fields
from loyalty.referrals import codes, rules


@merge_fields.register
class Referral(MergeFields):
    """Her own code and link to recommend us by, drawn when first needed; "" while nobody can be recommended."""

    key, label, position = "referral", _("Referrals"), 63
    fields = (
        MergeField("referral_code", _("Referral: her own code"), {"en": "K7QM-2XPD"}),
        MergeField(
            "referral_link", _("Referral: her own link"), {"en": "https://crm.example/invite/K7QM2XPD/"}
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        found = codes.of(customer_ids, at) if rules.running(at) else {}
        return {
            each: {
                "referral_code": found[each].label if each in found else "",
                "referral_link": codes.link(found[each]) if each in found else "",
            }
            for each in customer_ids
        }

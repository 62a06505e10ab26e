"""The page behind a member's referral link: what a new customer gets, and on into the shop with the code.

Nothing is looked up, so it is the same for every code; only the shop's or the till's statement says more.
"""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from channels import speech
from channels.doors import page, public
from config import client
from loyalty.coupons import codes as symbols
from loyalty.coupons import guessing
from loyalty.coupons.guessing import Caller
from loyalty.models import ReferralCode
from loyalty.referrals import codes, rules


@public
@require_safe
def referral_door(request: HttpRequest, text: str) -> HttpResponse:
    at = timezone.now()
    try:
        guessing.spend(Caller("links", None, client.address(request)), at)
    except guessing.TooMany:
        return HttpResponse(status=429, headers={"Retry-After": str(guessing.MINUTE)})
    if not symbols.normalise(text):
        raise Http404
    language = speech.for_page(request)
    terms = rules.running(at)
    context = {"terms": terms, "code": ReferralCode(text=symbols.normalise(text)).label}
    if terms:
        with translation.override(language):
            context |= {
                "welcome": rules.present(terms.welcome_points, terms.welcome_coupon),
                "least": rules.least(terms),
            }
        context["shop"] = codes.into_the_shop(text, timedelta(days=terms.claim_days), at)
    return page(request, "loyalty/referral_door.html", language, context)

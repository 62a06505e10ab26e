"""Where Twilio reports what became of a message and hands over what people write back. Its signature opens the door."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels import forgeries, inbound, webhooks
from channels.backends.base import secret
from channels.models import Account
from channels.twilio import reports, signature

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def twilio_status(request: HttpRequest, account_id: int) -> HttpResponse:
    """As `provider_report`: 200 when the report is kept and heard, 403 for a forged one, 400 for what nobody can
    read."""
    _signed(request, account_id)
    if not signature.is_form(request):
        return HttpResponse(status=400)
    heard = webhooks.hear(webhooks.keep("twilio", request, request.GET.get("delivery", "")), timezone.now())
    return HttpResponse(status=200 if heard else 400)


@csrf_exempt
@require_POST
def twilio_inbound(request: HttpRequest, account_id: int) -> HttpResponse:
    """A message from a person. The answer is Twilio's markup, with a text to her or without one."""
    account = _signed(request, account_id)
    received = reports.received(account, request.POST)
    if received is None:
        return HttpResponse(status=400)
    answer = inbound.hear(received, timezone.now())
    said = f"<Message>{escape(answer)}</Message>" if answer else ""
    return HttpResponse(f"<?xml version='1.0' encoding='UTF-8'?><Response>{said}</Response>", "text/xml")


def _signed(request: HttpRequest, account_id: int) -> Account:
    """The account whose token signed this. Without a token nothing can be signed, so there is no door."""
    account = Account.objects.filter(pk=account_id, backend="twilio").first()
    token = secret(account) if account else ""
    if account is None or not token:
        raise Http404
    if not signature.is_right(request, token):
        log.warning("A report for account %s came without the right signature", account_id)
        forgeries.count(account.backend, timezone.now(), account.pk)
        raise signature.Forged
    return account

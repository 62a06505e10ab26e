"""Where mail providers report what became of a mail: django-anymail checks who it is, `channels.webhooks` hears."""

import logging

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from channels import amazon_sns, forgeries, webhooks

log = logging.getLogger(__name__)


@csrf_exempt
def provider_report(request: HttpRequest, provider: str) -> HttpResponse:
    """200 when the report is kept and its facts are written, or there were none of ours; 401 for a wrong secret, one of
    long ago or a wrong signature, which is counted; 400 for what nobody can read. Without a secret in the settings
    there is no such page. An absent database answers 500, a certificate that cannot be had 503: come again."""
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    if request.method != "POST":
        # Some providers look whether somebody is there.
        return HttpResponse(status=200 if request.method == "HEAD" else 405, headers={"Allow": "POST, HEAD"})
    try:
        view = webhooks.reader(provider)
        view.setup(request)
        view.run_validators(request)
        if webhooks.is_old(provider, request, timezone.now()):
            return _forged(provider)
    except Resolver404 as error:
        raise Http404 from error
    except AnymailWebhookValidationFailure:
        if provider == amazon_sns.PROVIDER and "Authorization" not in request.headers:
            # Amazon SNS shows the secret only when it is asked.
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="reports"'})
        return _forged(provider)
    except Exception as error:  # whatever a stranger may send
        log.warning("A report by %s cannot be read: %s", provider, type(error).__name__)
        return HttpResponse(status=400)
    if provider == amazon_sns.PROVIDER and (answer := _answer_to_sns(request)):
        return answer
    heard = webhooks.hear(webhooks.keep(provider, request), timezone.now())
    return HttpResponse(status=200 if heard else 400)


def _answer_to_sns(request: HttpRequest) -> HttpResponse | None:
    """None for a report that is Amazon's."""
    try:
        confirmed = amazon_sns.confirm(amazon_sns.read(request))
    except amazon_sns.ForgedError as error:
        return _forged(amazon_sns.PROVIDER, str(error))
    except amazon_sns.AwayError as error:
        log.warning("Amazon SNS cannot be asked: %s", error)
        return HttpResponse(status=503)
    return HttpResponse(status=200) if confirmed else None


def _forged(provider: str, why: str = "It came without the right secret.") -> HttpResponse:
    log.warning("A report by %s is turned away. %s", provider, why)
    forgeries.count(provider, timezone.now())
    return HttpResponse(status=401)

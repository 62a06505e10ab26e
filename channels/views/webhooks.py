"""Where mail providers report what became of a mail: django-anymail checks and reads, `outcomes` writes."""

import logging

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from channels import reports
from channels.delivery import outcomes

log = logging.getLogger(__name__)


@csrf_exempt
def provider_report(request: HttpRequest, provider: str) -> HttpResponse:
    """200 when the facts are written, or there were none of ours; 401 for a wrong secret; 400 for what nobody can
    read. Without a secret in the settings there is no such page. An absent database answers 500: come again."""
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    if request.method != "POST":
        # Some providers look whether somebody is there.
        return HttpResponse(status=200 if request.method == "HEAD" else 405, headers={"Allow": "POST, HEAD"})
    try:
        facts = _read(request, provider)
    except Resolver404 as error:
        raise Http404 from error
    except AnymailWebhookValidationFailure:
        log.warning("A report by %s came without the right secret", provider)
        return HttpResponse(status=401)
    except DatabaseError:
        raise
    except Exception as error:  # whatever a stranger may send
        log.warning("A report by %s cannot be read: %s", provider, type(error).__name__)
        return HttpResponse(status=400)
    outcomes.record(facts, timezone.now())
    return HttpResponse()


def _read(request: HttpRequest, provider: str) -> list[outcomes.Event]:
    """Only tracking: mails that come in are not read here."""
    door = resolve(f"/{provider}/tracking/", "anymail.urls").func
    view = door.view_class()  # type: ignore[attr-defined]
    view.setup(request)
    view.run_validators(request)
    return reports.events(view.parse_events(request), provider, timezone.now())

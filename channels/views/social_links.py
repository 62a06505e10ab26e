"""The link of a post on a social network: a redirect that is counted, and names nobody."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from channels import machines
from channels.doors import public
from channels.social import tracked


@public
@require_http_methods(["GET", "HEAD"])
def social_link(request: HttpRequest, token: str) -> HttpResponse:
    found = tracked.follow(token)
    if found is None:
        raise Http404
    post, url = found
    if request.method == "GET":
        tracked.count(post, timezone.now(), machines.is_machine(request.headers))
    return HttpResponseRedirect(url)

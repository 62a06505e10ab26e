"""The content security policy of our pages, and the looser one that the model admin's scripts need."""

from functools import cache

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """One policy for all pages; django-unfold (Alpine.js) evaluates expressions, so `/admin/` has its own, and the
    API's page is Swagger's, which styles its own elements."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(_address("admin:index")):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
                "style-src": [SELF, UNSAFE_INLINE],
            }
        elif request.path == _address("api:openapi-view"):
            response._csp_update = {  # type: ignore[attr-defined]
                "style-src": [SELF, UNSAFE_INLINE],
            }
        return super().process_response(request, response)


@cache
def _address(name: str) -> str:
    return reverse(name)

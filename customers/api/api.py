"""The API of this app and of those above it, with its OpenAPI document and a page to read it."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from customers.api import refusals, shop, tracking
from customers.api.auth import server_key
from customers.api.routers import api_routers

# What each call of shops and tills may answer besides what it says of itself.
REFUSALS = {
    400: "The header Idempotency-Key is missing or too long, or the body cannot be read.",
    401: refusals.NO_KEY,
    403: "The key's scopes or its store do not allow this.",
    404: "What the call names is not there.",
    409: "The Idempotency-Key was used for something else, or the state of things does not allow it.",
    422: "A field is wrong, or the rules of the thing refuse it; the answer says which and why.",
    429: "Too many calls in a minute.",
}


class Api(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The document, in which calls that name no refusals of their own have REFUSALS."""
        schema = super().get_openapi_schema(**kwargs)
        refusals.document(schema, REFUSALS)
        return schema


api = Api(
    title="Stammkunde",
    version="1",
    urls_namespace="api",
    description="Behaviour, products, orders and visits. docs/api.md tells how to begin.",
    docs_url="/docs",
)
refusals.take_over(api)
api.add_router("", tracking.router)
api.add_router("", shop.router, auth=server_key)

api_routers.discover()
for each in api_routers:
    api.add_router("", each.router, auth=None if each.public else server_key)

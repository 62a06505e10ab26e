"""The API of this app and of those above it, with its OpenAPI document and a page to read it."""

from ninja import NinjaAPI

from customers.api import shop, tracking
from customers.api.auth import server_key
from customers.api.routers import api_routers

api = NinjaAPI(
    title="Stammkunde",
    version="1",
    urls_namespace="api",
    description="Behaviour, products, orders and visits. docs/api.md tells how to begin.",
    docs_url="/docs",
)
api.add_router("", tracking.router)
api.add_router("", shop.router, auth=server_key)

api_routers.discover()
for each in api_routers:
    api.add_router("", each.router, auth=None if each.public else server_key)

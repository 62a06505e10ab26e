"""What other apps add to the API: each a file in an `api_routers/` folder."""

from ninja import Router

from config.registry import Registry


class ApiRouter:
    """Endpoints under /api/v1/, for server and till keys unless `public`: then each checks its caller itself."""

    key: str
    router: Router
    public = False


api_routers: Registry[ApiRouter] = Registry("api_routers")

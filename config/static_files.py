"""What browsers are told of the static files that other sites' pages load."""

from wsgiref.headers import Headers

SHOPS = "/sdk/"  # the folder of what stands in shops' pages, under addresses that never change
HOUR = 3600


def add_headers(headers: Headers, path: str, url: str) -> None:
    """For whitenoise. A shop's page has a new version within the hour, and a page that lets in only what consents to it
    (Cross-Origin-Embedder-Policy) may load the file too."""
    if SHOPS not in url:
        return
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if "immutable" not in (headers["Cache-Control"] or ""):
        headers["Cache-Control"] = f"max-age={HOUR}, public"

"""What somebody typed into a search box."""

from django.http import HttpRequest


def text(request: HttpRequest, name: str = "q", most: int = 200) -> str:
    """GET `name` as a query can take it: PostgreSQL knows no NUL, which comes with text that was copied or scanned."""
    return request.GET.get(name, "").replace("\0", "").strip()[:most]

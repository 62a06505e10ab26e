"""The headers of files that shops' pages load from us."""

from pathlib import Path

import pytest
from django.conf import settings
from whitenoise import WhiteNoise

JS = "console.log(1);"


def headers(root: Path, name: str) -> dict[str, str]:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(JS)
    server = WhiteNoise(
        lambda *_: [],
        root,
        "static/",
        add_headers_function=settings.WHITENOISE_ADD_HEADERS_FUNCTION,
        immutable_file_test=r"\.[0-9a-f]{12}\.",
    )
    told: dict[str, str] = {}
    environ = {"PATH_INFO": f"/static/{name}", "REQUEST_METHOD": "GET"}
    server(environ, lambda _status, given: told.update(given))
    return told


def test_the_script_for_shops_is_cached_for_an_hour_and_for_every_page(tmp_path: Path) -> None:
    told = headers(tmp_path, "sdk/stammkunde.js")
    assert told["Cache-Control"] == "max-age=3600, public"
    assert told["Access-Control-Allow-Origin"] == "*"
    assert told["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert told["Content-Type"].startswith("text/javascript")
    assert told["ETag"]


@pytest.mark.parametrize(
    ("name", "cache", "shared"),
    [
        ("js/app.js", "max-age=60, public", False),
        ("js/app.0123456789ab.js", f"max-age={WhiteNoise.FOREVER}, public, immutable", False),
        ("sdk/stammkunde.0123456789ab.js", f"max-age={WhiteNoise.FOREVER}, public, immutable", True),
    ],
)
def test_other_files_keep_their_headers(tmp_path: Path, name: str, cache: str, shared: bool) -> None:
    told = headers(tmp_path, name)
    assert told["Cache-Control"] == cache
    assert ("Cross-Origin-Resource-Policy" in told) is shared

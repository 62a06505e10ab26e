"""docs/webhooks.md: its examples tell our calls from others', and its table names every kind with its fields."""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from config.embedded.services import ROOT
from customers.hooks import kinds, signing

DOCS = (ROOT / "docs" / "webhooks.md").read_text()
SECRET, FORMER = signing.made(), signing.made()
BODY = '{"type":"order.recorded","data":{"number":"Ä-1"}}'


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.S)
    assert found is not None
    return found[1]


def in_python(source: str) -> Callable[..., bool]:
    names: dict[str, Any] = {}
    exec(source, names)

    def is_ours(headers: dict[str, str], body: str, secret: str) -> bool:
        answer: bool = names["is_ours"](headers, body.encode(), secret)
        return answer

    return is_ours


def in_javascript(source: str) -> Callable[..., bool]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("No Node found.")

    def is_ours(*given: object) -> bool:
        script = f"{source}\nconsole.log(isOurs(...{json.dumps(given)}))"
        run = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True, timeout=30)
        return json.loads(run.stdout) is True

    return is_ours


def page_example() -> str:
    page = (ROOT / "templates" / "customers" / "hooks" / "hook.html").read_text()
    found = re.search(r'<pre class="code">(.*?)</pre>', page, re.S)
    assert found is not None
    return found[1]


CHECKERS = {
    "python": lambda: in_python(block("python")),
    "javascript": lambda: in_javascript(block("javascript")),
    "page": lambda: in_python(page_example()),
}


@pytest.mark.parametrize("name", CHECKERS)
def test_the_examples_know_our_calls_and_no_others(name: str) -> None:
    is_ours = CHECKERS[name]()
    keys = [base64.b64decode(each.removeprefix("whsec_")) for each in (SECRET, FORMER)]
    headers = signing.headers(uuid4(), BODY.encode(), keys, timezone.now())
    assert is_ours(headers, BODY, SECRET)
    assert is_ours(headers, BODY, FORMER)
    assert not is_ours(headers, BODY, signing.made())
    assert not is_ours(headers, BODY + " ", SECRET)
    assert not is_ours(headers | {"webhook-id": str(uuid4())}, BODY, SECRET)
    old = signing.headers(uuid4(), BODY.encode(), keys, timezone.now() - timedelta(minutes=6))
    assert not is_ours(old, BODY, SECRET)


def test_every_kind_stands_in_the_table() -> None:
    rows = re.findall(r"^\| (`[a-z_.`, ]+`) \| (.*) \|$", DOCS, re.M)
    told = {key: row for keys, row in rows for key in re.findall(r"[a-z_.]+", keys)}
    assert told.keys() == {kind.key for kind in kinds.ordered()}
    for kind in kinds.ordered():
        if "the same" not in told[kind.key]:
            assert [
                name for name in kind.sample if name != "customer" and f"`{name}`" not in told[kind.key]
            ] == []

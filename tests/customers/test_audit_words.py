"""Whatever the code writes into the audit log is told in words there: each act and each of its details."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings

from channels.returned.reading import Kind
from config.roles import OUR_APPS
from customers.audit_words import ACTIONS, DETAILS

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# channels/views/set_up.py puts the name of its model before the act.
OF_MODELS = "f'{name}.{act}'"
SET_UP = {
    f"{model}.{act}"
    for model in ("topic", "sender", "account", "socialaccount")
    for act in ("added", "changed")
}


# Handed over as a dictionary: imports, held domains, read bounces, block lists.
OF_DICTIONARIES = {"proven", "complaints", "mails", "addresses", "new", "faulty", "reason", "because"} | set(
    Kind
)


def recordings() -> Iterator[tuple[Path, ast.Module, list[ast.Call]]]:
    """Each module that records, with its calls."""
    for app in ("config", *OUR_APPS):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            text = path.read_text()
            if "audit.record(" in text and "migrations" not in path.parts:
                module = ast.parse(text)
                calls = (node for node in ast.walk(module) if isinstance(node, ast.Call))
                yield (
                    path,
                    module,
                    [call for call in calls if ast.unparse(call.func) == "audit.record"],
                )


def is_action(text: object) -> bool:
    """Not a permission, nor the name of a model or of a file."""
    return (
        isinstance(text, str)
        and ACTION.fullmatch(text) is not None
        and text.partition(".")[0] not in apps.app_configs
        and not text.endswith((".csv", ".html", ".json", ".pdf", ".zip"))
    )


def test_every_action_that_is_recorded_has_its_words() -> None:
    found = set(SET_UP)
    for _path, module, _calls in recordings():
        texts = {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)}
        found |= {text for text in texts if is_action(text)}
    assert len(found) > 150
    assert found - set(ACTIONS) == set()
    assert set(ACTIONS) - found == set(), "words for what nobody records"


def test_no_action_is_put_together_where_the_test_above_cannot_read_it() -> None:
    """A name leads to a text in its module, which is read."""
    made_up = {
        ast.unparse(call.args[1])
        for _path, _module, calls in recordings()
        for call in calls
        if not isinstance(call.args[1], ast.Constant | ast.Name | ast.IfExp)
    }
    assert made_up == {OF_MODELS}


def test_every_detail_that_is_recorded_has_its_words() -> None:
    found = {
        keyword.arg
        for _path, _module, calls in recordings()
        for call in calls
        for keyword in call.keywords
        if keyword.arg
    }
    assert len(found) > 60
    assert (found | OF_DICTIONARIES) - set(DETAILS) == set()
    assert set(DETAILS) - found - OF_DICTIONARIES == set(), "words for what nobody records"

"""A proof is read by people: every fact of it has its name, and what only we write down is left out."""

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from channels import consent, evidence, links, opt_out
from channels.models import Consent
from tests.channels.people import customer, sent, topic, yes

NAMES = {"evidence", "proof", "STOP", "START"}


def built(tree: ast.Module) -> Iterator[ast.expr]:
    """All expressions that evidence is made of, by the names that it has everywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id in NAMES for each in targets):
                yield node.value
        elif isinstance(node, ast.keyword) and node.arg == "evidence":
            yield node.value
        elif isinstance(node, ast.FunctionDef) and node.name.strip("_") == "evidence":
            yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value)


def keys_in_use() -> set[str]:
    found = {key for keys in consent.PROOF.values() for key in keys} | {"merged_from", "subscription"}
    for app in ("channels", "customers", "loyalty"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            text = path.read_text()
            if "evidence" in text and "migrations" not in path.parts:
                found |= set(_keys(ast.parse(text)))
    return found


def _keys(tree: ast.Module) -> Iterator[str]:
    for value in built(tree):
        for each in ast.walk(value):
            if isinstance(each, ast.Dict):
                yield from (key.value for key in each.keys if isinstance(key, ast.Constant))


def test_every_key_of_evidence_has_a_label() -> None:
    used = keys_in_use()
    assert {"word", "given_at", "store", "api_key", "address_key"} <= used
    assert used - evidence.LABELS.keys() - evidence.OURS == set()


@pytest.mark.django_db
def test_an_opt_out_is_told_in_words_and_without_our_own_notes() -> None:
    anna, news = customer(), topic("news")
    consent.record([yes(anna), yes(anna, news)], timezone.now())
    topic("wine")
    token = links.opt_out_token(sent(anna, news).pk)
    Client().post(reverse("opt_out", args=[token]), {"List-Unsubscribe": "One-Click"})
    translation.activate("en")
    told = {str(label): str(value) for label, value in evidence.facts(Consent.objects.latest("pk"))}
    assert told["Form"] == "page behind the opt-out link"
    assert told["By"] == "one click in the mail program"
    assert told["Source"] == "link in a message"
    assert not told.keys() & {"before", "refused"}
    assert opt_out.WORDING in told.values()

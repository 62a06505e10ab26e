"""compose.yaml and the Dockerfile, as far as they can be held against the project without a container engine."""

import re
from pathlib import Path
from shlex import split

import pytest
import yaml
from django.core.management import get_commands

from config.embedded.services import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
SETTINGS = (ROOT / "config" / "settings.py").read_text()
VARIABLES = set(re.findall(r'env\.\w+\(\s*"(\w+)"', SETTINGS))
STARTED = re.search(r"^CMD (\[.*?\])$", (ROOT / "Dockerfile").read_text().replace("\\\n", ""), re.M | re.S)[1]


def command(name: str) -> list[str]:
    return SERVICES[name].get("command") or yaml.safe_load(STARTED)


def probe(name: str) -> list[str]:
    kind, *words = SERVICES[name]["healthcheck"]["test"]
    return split(words[0]) if kind == "CMD-SHELL" else words


def test_every_process_has_its_container_and_health_check():
    assert set(SERVICES) == {"postgres", "valkey", *OURS}
    assert [name for name in SERVICES if "healthcheck" not in SERVICES[name]] == ["migrate"]
    assert SERVICES["beat"]["scale"] == 1


@pytest.mark.parametrize("name", OURS)
def test_commands_and_probes_exist(name: str):
    asked = [command(name), *([probe(name)] if "healthcheck" in SERVICES[name] else [])]
    for words in asked:
        program, *arguments = words
        assert (Path(".venv/bin") / program).exists() or program == "python"
        if arguments[0] == "manage.py":
            assert arguments[1] in get_commands()
        if "granian" in arguments:
            assert arguments[-1] == "config.wsgi:application"


@pytest.mark.parametrize("name", OURS)
def test_variables_are_known_to_the_settings(name: str):
    given = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}
    assert given <= VARIABLES
    assert {"SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "PUBLIC_URL"} <= given


def test_everything_named_is_declared():
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        files = [str(value) for key, value in service.get("environment", {}).items() if key.endswith("_FILE")]
        assert {file.removeprefix("/run/secrets/") for file in files} <= set(service.get("secrets", []))


def test_the_image_gets_no_secrets_and_no_data():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"secrets", "var", ".git", ".venv"} <= set(ignored)


def test_the_operations_page_names_every_variable():
    page = (ROOT / "docs" / "operations.md").read_text()
    assert {name for name in VARIABLES if f"`{name}`" not in page} == set()

"""What `up` brings in order: tables, translations, static files, first content, first user."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connections

from config import translations

# Commands for a new installation; they belong to apps above this one.
DEMO = "demo"  # fills it
SANDBOX = "sandbox"  # lets it send, without a mail reaching anybody


@dataclass(frozen=True)
class Administrator:
    email: str
    password: str  # empty unless made just now; only its hash is stored


def bring_up_to_date() -> None:
    """Safe to repeat, and quick when nothing changed. Leaves no database connection open."""
    call_command("migrate", interactive=False, verbosity=0)
    translations.compile_catalogues()
    collect_static()
    connections.close_all()


def collect_static() -> None:
    """Hash and compress the static files, unless they are the same as last time."""
    stamp = settings.EMBEDDED.var / "static.stamp"
    now = _static_fingerprint()
    collected = (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()
    if collected and stamp.exists() and stamp.read_text() == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(now)


def _static_fingerprint() -> str:
    found = [file for finder in get_finders() for file in finder.list([])]
    files = sorted(Path(storage.path(name)) for name, storage in found)
    facts = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def is_new() -> bool:
    """Nobody can sign in yet. True until the first start has ended well, so that a killed one is repeated."""
    return not get_user_model()._default_manager.filter(is_superuser=True).exists()


def has_demo() -> bool:
    return DEMO in get_commands()


def fill_with_demo(progress: TextIO) -> None:
    call_command(DEMO, stdout=progress)
    connections.close_all()


def let_it_send() -> None:
    """So that a first message can be tried before there is an account with a provider."""
    if SANDBOX in get_commands():
        call_command(SANDBOX)
    connections.close_all()


def administrator() -> Administrator:
    """The first administrator, made here, with a password of her own, where there is none."""
    users = get_user_model()._default_manager
    found = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if found is not None:
        made = Administrator(found.get_username(), "")
    else:
        made = Administrator(settings.ADMIN_EMAIL, secrets.token_urlsafe(12))
        users.create_superuser(made.email, made.password)
    connections.close_all()
    return made

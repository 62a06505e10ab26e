"""Where the embedded services keep their files and sockets. Settings import it, so it needs no Django."""

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path
from typing import Any

from config.embedded.locks import Lock
from config.embedded.problem import Problem

SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path, less the closing NUL
LONGEST_SOCKET = "pg/.s.PGSQL.5432.lock"
# In a socket's path libpq splits at commas and a broker's URL would need quoting.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class Runtime:
    """The embedded services' files below `var`; nothing is created before it is needed.

    A throwaway runtime is for tests: its database does not wait for the disk and is made anew when broken.
    """

    def __init__(self, var: Path, *, throwaway: bool = False) -> None:
        self.var = var.absolute()
        self.throwaway = throwaway

    @property
    def sockets(self) -> Path:
        """The unix sockets' folder: below `var`, or a short private one where that path is long or strange.

        The short one is always in /tmp, since a terminal's TMPDIR may differ from another terminal's.
        """
        folder = self.var / "run"
        path = str(folder / LONGEST_SOCKET)
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and PLAIN_PATH.fullmatch(path):
            return folder
        mark = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path("/tmp") / f"stammkunde-{os.getuid()}-{mark}"  # noqa: S108 - ownership is checked in prepare

    @property
    def postgres_sockets(self) -> Path:
        return self.sockets / "pg"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def database(self) -> dict[str, Any]:
        """Django's DATABASES entry of the embedded server."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "stammkunde",
            "USER": "stammkunde",
            "HOST": str(self.postgres_sockets),
            "PORT": "5432",
        }

    def broker_url(self) -> str:
        return f"redis+socket://{self.broker_socket}"

    def lock(self, name: str) -> Lock:
        return Lock(self.var / "locks" / name)

    def log(self, name: str) -> Path:
        return self.var / "log" / f"{name}.log"

    def prepare(self) -> None:
        """Make the folders. As root others may pass through, to what belongs to PostgreSQL's own user."""
        passage = 0o711 if os.geteuid() == 0 else 0o700
        private = [self.var / name for name in ("locks", "log", "files")]
        for folder in (self.var, self.sockets, *private):
            mode = 0o700 if folder in private else passage
            folder.mkdir(mode=mode, parents=folder == self.var, exist_ok=True)
            _require_own(folder, may_be_link=folder.parent != Path("/tmp"))  # noqa: S108
            folder.chmod(mode)

    def secret_key(self) -> str:
        """The installation's own key, made on first use and readable by its owner only."""
        path = self.var / "secret_key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(50))
        return path.read_text()


def _require_own(folder: Path, *, may_be_link: bool) -> None:
    """Refuse a folder that somebody else put there first, as anybody can in /tmp."""
    found = folder.stat(follow_symlinks=may_be_link)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Problem(
            f"{folder} belongs to another user: run the command as that user,"
            " or remove the folder if it should not be there."
        )


def _write_once(path: Path, text: str) -> None:
    """Write a file that only its owner reads; of two writers at once the first wins, whole."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

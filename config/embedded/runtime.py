"""Where the embedded services keep their files and sockets. The settings import it, so it needs no Django."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path, less the closing NUL


class Runtime:
    """The embedded services' files below `var`; nothing is created before it is needed."""

    def __init__(self, var: Path) -> None:
        self.var = var.absolute()

    @property
    def sockets(self) -> Path:
        """The folder of the unix sockets: below `var`, or a short private one where that path is too long."""
        folder = self.var / "run"
        if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT:
            return folder
        mark = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"stammkunde-{os.getuid()}-{mark}"

    def database(self) -> dict[str, Any]:
        """Django's DATABASES entry of the embedded server."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "stammkunde",
            "USER": "stammkunde",
            "HOST": str(self.sockets),
            "PORT": "5432",
        }

    def broker_url(self) -> str:
        return f"redis+socket://{self.sockets / 'valkey.sock'}"

    def secret_key(self) -> str:
        """The installation's own key, made on first use and readable by its owner only."""
        path = self.var / "secret_key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
        return path.read_text()

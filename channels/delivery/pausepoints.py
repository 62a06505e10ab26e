"""Named places at which fault tests can hold a process. Nothing happens here unless the settings say so, and only
the settings of the fault tests do."""

import os
import time
from pathlib import Path

from django.conf import settings


def reach(name: str) -> None:
    folder: str | None = getattr(settings, "PAUSE_POINTS", None)
    if folder is not None:
        _wait(Path(folder), name)


def _wait(folder: Path, name: str) -> None:
    if (folder / f"{name}.hold").exists():
        mark = folder / f"{name}.{os.getpid()}"
        mark.touch()
        while (folder / f"{name}.hold").exists():
            time.sleep(0.01)
        mark.unlink(missing_ok=True)

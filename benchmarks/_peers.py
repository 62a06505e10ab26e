"""The virtual environment of what we are compared with."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python() -> Path:
    """The Python of the peers' own virtual environment, made on first use."""
    folder, wanted = ROOT / "var" / "bench-peers", ROOT / "benchmarks" / "requirements.txt"
    found, done = folder / "bin" / "python", folder / "installed.txt"
    if not done.exists() or done.read_text() != wanted.read_text():
        print("Installing what we are compared with into var/bench-peers.", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([found, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        done.write_text(wanted.read_text())
    return found

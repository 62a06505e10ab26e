"""A command with the embedded services running for its time.

`python -m config.embedded manage migrate` runs a Django command in this process, `... run PROGRAM` any other.
"""

import os
import signal
import subprocess
import sys

from config.embedded import postgres, problem, processes, services
from config.embedded.problem import Problem


def manage(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(["manage.py", *arguments])
    return 0


def run(command: list[str]) -> int:
    """Run a program and pass on what it is told to stop by; Ctrl-C reaches it from the terminal."""
    ending = processes.before_start(signal.SIGTERM)
    process = subprocess.Popen(command, preexec_fn=ending)  # noqa: S603 - what our caller asked for
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    return process.wait()


def _help_database_programs(database: dict[str, str]) -> None:
    """Let psql, pg_dump and pg_restore be found, and find the embedded server."""
    os.environ["PATH"] = os.pathsep.join([str(postgres.programs()), os.environ.get("PATH", os.defpath)])
    for variable, part in {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGDATABASE": "NAME",
    }.items():
        os.environ[variable] = database[part]


def main() -> int:
    kind, *arguments = sys.argv[1:]
    try:
        # The module itself: which settings a program takes, such as the tests, is its own affair.
        from config import settings

        if "postgres" in settings.EMBEDDED_SERVICES:
            _help_database_programs(settings.DATABASE)
        with services.running(settings.EMBEDDED, settings.EMBEDDED_SERVICES):
            return {"manage": manage, "run": run}[kind](arguments)
    except Problem as found:
        sys.stderr.write(f"{found}\n")
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(f"{problem.from_error(error, services.ROOT)}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

import json
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from http.client import HTTPConnection, HTTPException
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError

from config import health, installation
from config.embedded import problem, supervisor
from config.embedded.locks import Lock
from config.embedded.problem import Problem
from config.embedded.supervisor import Program, Service, Supervisor

HOST = "127.0.0.1"
LOOK_EVERY = 0.2  # seconds
NEEDED_SPACE = 300  # MB, for the first database and its log


class Stopped(BaseException):
    """Somebody asked us to stop."""


class Command(BaseCommand):
    help = "Run everything on this machine: database, broker, pages, worker and schedule."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--empty", action="store_true", help="without the demo shop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["port"] != settings.PORT:
            _again_with_port(options["port"])
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        try:
            self._run(options["port"], with_demo=not options["empty"])
        except Stopped:
            pass
        except Problem as found:
            self._give_up(found)
        except OSError as error:
            self._give_up(problem.from_error(error, settings.EMBEDDED.var))
        except OperationalError as error:
            self._give_up(_about_the_database(error))

    def _give_up(self, found: Problem) -> None:
        self.stderr.write(str(found))
        sys.exit(1)

    def _run(self, port: int, *, with_demo: bool) -> None:
        settings.EMBEDDED.prepare()
        with _only_one(port):
            problem.require_space(settings.EMBEDDED.var, NEEDED_SPACE)
            supervisor.clear_leftovers(settings.EMBEDDED)
            require_free(port)
            manager = Supervisor()
            try:
                self._start(manager, port, with_demo=with_demo)
                while True:
                    manager.tick()
                    time.sleep(LOOK_EVERY)
            finally:
                _hear_only_a_second_call()
                manager.stop()

    def _start(self, manager: Supervisor, port: int, *, with_demo: bool) -> None:
        for name in settings.EMBEDDED_SERVICES:
            manager.start(Service(settings.EMBEDDED, name))
        installation.bring_up_to_date()
        if installation.is_new():
            if with_demo and installation.has_demo():
                self.stderr.write("Making the demo shop ...")
                installation.fill_with_demo(sys.stderr)
            installation.let_it_send()
        web, *others = programs(port)
        manager.start(web)
        while not answers(port):
            manager.tick()
            time.sleep(LOOK_EVERY)
        # Only now, so that the pages need not share the processor while they load.
        for program in others:
            manager.start(program)
        user = installation.administrator()
        self.stdout.write("  ".join(filter(None, (settings.PUBLIC_URL + "/", user.email, user.password))))
        self.stdout.flush()


def programs(port: int) -> list[Program]:
    """Our own processes, in the order they start."""
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    web += ["--workers", str(settings.WEB_WORKERS), "--blocking-threads", "4", "--respawn-failed-workers"]
    # A web worker that is told to stop while it still loads does not hear it, and would be waited for without end.
    web += ["--workers-kill-timeout", "10"]
    work = [*celery, "worker", "--concurrency", str(settings.WORKER_PROCESSES), "--loglevel", "INFO"]
    work += ["--without-gossip", "--without-mingle", "--hostname", f"up-{port}@%h"]
    return [
        Program(settings.EMBEDDED, "web", [*web, "config.wsgi:application"]),
        Program(settings.EMBEDDED, "worker", work),
        Program(settings.EMBEDDED, "beat", [*celery, "beat", "--loglevel", "INFO"]),
    ]


def require_free(port: int) -> None:
    if not 0 < port < 65536:
        raise Problem(f"There is no port {port}; choose one from 1024 to 65535.")
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except PermissionError as error:
            raise Problem(f"Port {port} is for root only; choose one above 1023, such as 8000.") from error
        except OSError as error:
            raise Problem(
                f"Port {port} is taken by another program; choose another: ./stammkunde up --port {port + 1}"
            ) from error


def answers(port: int) -> bool:
    """Whether our pages, not somebody else's, are there."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", health.PATH)
        return connection.getresponse().read() == health.GOOD
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _only_one(port: int) -> Lock:
    lock = settings.EMBEDDED.lock("up")
    if not lock.take():
        where = json.loads(lock.read_note() or "{}")
        raise Problem(
            f"It runs already: {where.get('url', 'just starting')} (process {where.get('pid', '?')});"
            " use that one, or stop it first."
        )
    lock.note(json.dumps({"pid": os.getpid(), "url": settings.PUBLIC_URL, "port": port}))
    return lock


def _about_the_database(error: OperationalError) -> Problem:
    said = str(error).strip().splitlines()[0]
    full = problem.full_disk([said], settings.EMBEDDED.var)
    if full is not None:
        return full
    if "postgres" in settings.EMBEDDED_SERVICES:
        return Problem(f"The database stopped answering ({said}); see {settings.EMBEDDED.log('postgres')}.")
    return Problem(f"The server of DATABASE_URL does not answer ({said}); check the address and the server.")


def _again_with_port(port: int) -> None:
    """The settings made addresses from the port before they knew this one: start over with it."""
    os.environ["PORT"] = str(port)
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - ourselves


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _hear_only_a_second_call() -> None:
    """While stopping in order, Ctrl-C once more ends us at once, and by that everything."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

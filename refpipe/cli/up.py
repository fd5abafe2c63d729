"""The command that runs everything for daily work. Belongs here: what is started, and saying where it is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.settings import Settings
    from refpipe.wiring import Wiring

READY_TIMEOUT_S = 180.0
"""Dagster loads the code before its pages answer; a cold, slow disk takes its time."""
PREPARE_MODULE = "refpipe.defs.prepare_home"
DATABASE_LOOK_EVERY_S = 5.0


def up(_json: options.Json = False) -> None:
    """Run the stores and Dagster's pages and daemon until Ctrl-C."""
    from refpipe.backends.runs.home_lock import home_held

    with open_home() as wiring, home_held(wiring.settings.home) as notice:
        wiring.check_reference_images()
        output.note("starting the database")
        if wiring.seed_if_empty():
            output.note("the shot library was not seeded yet: done now")
        try:
            _run(wiring, notice)
        except KeyboardInterrupt:
            output.note("stopped")


def _run(wiring: Wiring, notice: Path) -> None:
    from refpipe.backends.runs.supervisor import Program, Supervisor, free_port

    settings = wiring.settings
    environment = wiring.child_environment()
    workspace = _prepare_dagster(environment)
    host, wanted = settings.web.host, settings.web.dagster_port
    port = free_port(host, wanted)
    if port != wanted:
        output.note(f"port {wanted} is taken; using {port}")
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    pages = _dagster(settings, "dagster_webserver", "-h", host, "-p", str(port), "-w", str(workspace))
    daemon = _dagster(settings, "dagster._daemon", "run", "-w", str(workspace))
    with Supervisor(logs=settings.logs_path, environment=environment) as supervisor:
        output.note("starting Dagster's pages and daemon")
        supervisor.start(Program("dagster-webserver", pages))
        supervisor.start(Program("dagster-daemon", daemon))
        try:
            supervisor.wait_until_answers(f"{url}/server_info", timeout_s=READY_TIMEOUT_S)
            notice.write_text(url, encoding="utf-8")
            output.document({"dagster": url, "home": str(settings.home), "logs": str(settings.logs_path)})
            output.say(f"Dagster's pages: {url}", f"home: {settings.home}   logs: {settings.logs_path}")
            output.say("Ctrl-C stops everything.")
            supervisor.watch(each_round=_database_watch(wiring))
        finally:
            output.note("stopping")


def _dagster(settings: Settings, module: str, *arguments: str) -> list[str]:
    """The command of one of Dagster's programs."""
    command = [sys.executable, "-m", module, *arguments]
    if settings.database_url is None:
        return command
    # the URL of another server may hold a password, which Dagster is told by its face alone
    return [sys.executable, "-m", PREPARE_MODULE, *command]


def _database_watch(wiring: Wiring) -> Callable[[], None]:
    """Looks in on the database now and then. Raises RetryableFailureError when it is gone."""
    next_look = time.monotonic() + DATABASE_LOOK_EVERY_S

    def look() -> None:
        nonlocal next_look
        if time.monotonic() < next_look:
            return
        with wiring.database.transaction(wiring.settings.owner):
            next_look = time.monotonic() + DATABASE_LOOK_EVERY_S

    return look


def _prepare_dagster(environment: Mapping[str, str]) -> Path:
    """Dagster's home made ready by its own face, in a process of its own; the path of its workspace file."""
    from refpipe.domain.errors import PermanentFailureError

    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", PREPARE_MODULE],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise PermanentFailureError(f"Dagster's home could not be made ready: {said[-1]}")
    return Path(json.loads(done.stdout)["workspace"])

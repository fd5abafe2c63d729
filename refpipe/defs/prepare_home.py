"""Makes Dagster's own home inside refpipe's: ``python -m refpipe.defs.prepare_home [COMMAND …]``.

Belongs here: what Dagster's instance is set to, and setting it up once. Does not: starting its processes.
Safe to run again and from several processes: whoever comes second finds the work done.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from refpipe.domain.errors import RefpipeError, RetryableFailureError
from refpipe.settings import Settings
from refpipe.wiring import Wiring

DAGSTER_URL_VARIABLE = "REFPIPE_DAGSTER_DATABASE_URL"
"""Dagster's pages show its configuration; a server's password stays out of it by way of the environment."""
POOL_LIMITS = {"gpu": 1}
WORKSPACE = {"load_from": [{"python_module": {"module_name": "refpipe.definitions", "location_name": "refpipe"}}]}


@dataclass(frozen=True, slots=True)
class PreparedHome:
    """Paths of a prepared home."""

    dagster_home: Path
    configuration: Path
    workspace: Path

    def as_document(self) -> dict[str, str]:
        return {name: str(path) for name, path in asdict(self).items()}


def prepare_home(settings: Settings, database_url: str) -> PreparedHome:
    """Write the configuration, set up storage and pools; this process's environment then names the home.

    ``database_url`` is a plain URL of a running server, as the rest of refpipe uses it. Raises
    NotSetUpError when it cannot be reached, RetryableFailureError when it is lost meanwhile, RefusedInputError for
    what is no such URL.
    """
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    prepared = PreparedHome(home, home / "dagster.yaml", home / "workspace.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    storage = _storage(settings, database_url)
    with _alone(home / ".prepare.lock"):
        _write_if_changed(prepared.workspace, _as_yaml(WORKSPACE))
        is_changed = _write_if_changed(prepared.configuration, _as_yaml(configuration_of(storage)))
        ready = home / ".ready"
        if is_changed or not ready.exists():
            # the mark goes first: a set-up that breaks off is done again
            ready.unlink(missing_ok=True)
            _set_up(home, database_url)
            ready.touch()
    return prepared


def _storage(settings: Settings, database_url: str) -> dict[str, Any]:
    from refpipe.backends.database.urls import dagster_url

    url = dagster_url(database_url)
    if settings.database_url is None:
        return {"postgres_url": url}
    os.environ[DAGSTER_URL_VARIABLE] = url
    return {"postgres_url": {"env": DAGSTER_URL_VARIABLE}}


def configuration_of(storage: Mapping[str, Any]) -> dict[str, Any]:
    """Dagster's instance configuration over a storage."""
    return {
        "storage": {"postgres": dict(storage)},
        "telemetry": {"enabled": False},
        "run_monitoring": {"enabled": True, "poll_interval_seconds": 30, "free_slots_after_run_end_seconds": 30},
        # a shot that failed fails again; only a process that died is worth another try
        "run_retries": {"enabled": True, "max_retries": 1, "retry_on_asset_or_op_failure": False},
        # limits are rows in the storage, never `default_limit`: changing that one breaks pooled runs on Postgres
        "concurrency": {"pools": {"granularity": "op"}},
        "sensors": {"use_threads": True, "num_workers": 2},
        "code_servers": {"local_startup_timeout": 180},
        "nux": {"enabled": False},
    }


def _set_up(home: Path, database_url: str) -> None:
    """Create Dagster's schema and tables, and the pools that are not there yet."""
    import psycopg
    from psycopg import sql

    from refpipe.backends.database.connecting import connect
    from refpipe.backends.database.urls import DAGSTER_SCHEMA
    from refpipe.defs.own_runs import open_instance
    from refpipe.defs.storage_errors import storage_errors_in_our_words

    try:
        with connect(database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(DAGSTER_SCHEMA)))
    except psycopg.OperationalError as error:
        raise RetryableFailureError(f"the database was lost while it was set up: {error}; run again") from error
    with storage_errors_in_our_words(), open_instance(home) as instance:
        known = instance.event_log_storage.get_concurrency_keys()
        for pool, limit in POOL_LIMITS.items():
            if pool not in known:  # somebody may have set another limit since
                instance.event_log_storage.set_concurrency_slots(pool, limit)


def _as_yaml(data: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(dict(data), sort_keys=False)


def _write_if_changed(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    written = path.with_suffix(".new")
    written.write_text(text, encoding="utf-8")
    written.replace(path)
    return True


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _end_abandoned_runs(prepared: PreparedHome) -> None:
    from refpipe.defs.own_runs import open_instance
    from refpipe.defs.run_claims import end_abandoned_runs
    from refpipe.defs.storage_errors import storage_errors_in_our_words

    with storage_errors_in_our_words(), open_instance(prepared.dagster_home) as instance:
        end_abandoned_runs(instance, prepared.dagster_home)


def main(command: Sequence[str]) -> int:
    """Prepare the home that the settings name, end the runs of dead processes, and print the home's paths as JSON.

    With a command, become that command instead, with an environment in which Dagster finds the home and, where
    the settings name a server, its address. Whoever starts it keeps an embedded server running meanwhile.
    """
    try:
        with Wiring() as wiring:
            prepared = prepare_home(wiring.settings, wiring.database_url)
            if not command:
                _end_abandoned_runs(prepared)
    except RefpipeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if command:
        os.execvp(command[0], list(command))  # noqa: S606 - the caller's own command, no shell
    sys.stdout.write(json.dumps(prepared.as_document()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

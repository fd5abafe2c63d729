"""Dagster's home: made once, whoever asks, and without a password in what the pages show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import yaml

from refpipe.defs.own_runs import open_instance
from refpipe.defs.prepare_home import DAGSTER_URL_VARIABLE, prepare_home
from refpipe.settings import Settings
from refpipe.wiring import Wiring


def prepare(home: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "refpipe.defs.prepare_home", *command],
        env={**os.environ, "REFPIPE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_several_processes_may_prepare_one_home_at_once(tmp_path: Path) -> None:
    children = [prepare(tmp_path) for _ in range(3)]
    said = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    (document,) = {line.strip() for line in said}
    assert json.loads(document) == {
        "dagster_home": str(tmp_path / "dagster"),
        "configuration": str(tmp_path / "dagster" / "dagster.yaml"),
        "workspace": str(tmp_path / "dagster" / "workspace.yaml"),
    }


def test_a_command_is_started_where_dagster_finds_the_home(home: Path, wiring: Wiring) -> None:
    child = prepare(home, sys.executable, "-c", "import os; print(os.environ['DAGSTER_HOME'])")
    assert child.communicate(timeout=60)[0].strip() == str(home / "dagster")


def test_preparing_again_changes_nothing_and_keeps_the_limit_somebody_set(
    wiring: Wiring, instance: dg.DagsterInstance
) -> None:
    prepared = prepare_home(wiring.settings, wiring.database_url)
    before = prepared.configuration.stat().st_mtime_ns
    instance.event_log_storage.set_concurrency_slots("gpu", 2)
    try:
        (prepared.dagster_home / ".ready").unlink()
        prepare_home(wiring.settings, wiring.database_url)
        assert instance.event_log_storage.get_concurrency_info("gpu").slot_count == 2
        assert prepared.configuration.stat().st_mtime_ns == before
    finally:
        instance.event_log_storage.set_concurrency_slots("gpu", 1)


def test_telemetry_is_off_and_crashed_runs_are_tried_again(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert instance.run_retries_enabled
    assert instance.run_monitoring_enabled
    assert not instance.run_retries_retry_on_asset_or_op_failure


def test_the_password_of_a_server_of_ones_own_stays_out_of_the_configuration(
    tmp_path: Path, wiring: Wiring, monkeypatch: object
) -> None:
    url = wiring.database_url.replace("postgres@", "postgres:hunter2@")
    settings = Settings(home=tmp_path, database_url=url)  # type: ignore[arg-type]
    try:
        prepared = prepare_home(settings, url)
        written = prepared.configuration.read_text()
        assert "hunter2" not in written
        assert yaml.safe_load(written)["storage"] == {"postgres": {"postgres_url": {"env": DAGSTER_URL_VARIABLE}}}
        with open_instance(prepared.dagster_home) as opened:
            assert opened.get_runs_count() >= 0
    finally:
        os.environ.pop(DAGSTER_URL_VARIABLE, None)
        os.environ["DAGSTER_HOME"] = str(wiring.settings.dagster_home)

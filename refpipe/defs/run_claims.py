"""Which process is doing a run, and the clean end of runs whose process is gone.

Belongs here: claims on runs that a process executes itself. Does not: runs that Dagster's own launcher
started, which it watches over. A killed process cannot say goodbye: its run would stay "started" for
ever and keep its slot in the pool, and whoever comes next would wait in vain.

A claim is a locked file beside Dagster's own; the system lets go of the lock when the process ends,
however it ends. So claims tell living from dead on the machine that holds the home.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import HIDDEN_TAG_PREFIX

CLAIM_TAG = f"{HIDDEN_TAG_PREFIX}refpipe_claim"
_UNFINISHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


@contextmanager
def claim(dagster_home: Path, name: str) -> Iterator[dict[str, str]]:
    """Hold a claim of that name while the block runs; yields the tags for runs under it. Names are never reused."""
    path = _claim_file(dagster_home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield {CLAIM_TAG: name}
        finally:
            path.unlink(missing_ok=True)


def end_abandoned_runs(instance: dg.DagsterInstance, dagster_home: Path) -> list[str]:
    """Mark runs as failed whose claim nobody holds any more and free their slots. The ids of those runs."""
    ended = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=_UNFINISHED)):
        name = run.tags.get(CLAIM_TAG)
        if name is None or _is_held(_claim_file(dagster_home, name)):
            continue
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:  # it ended in good order since it was listed
            continue
        instance.report_run_failed(run, "The process that did this run is gone.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        _claim_file(dagster_home, name).unlink(missing_ok=True)
        ended.append(run.run_id)
    return ended


def _claim_file(dagster_home: Path, name: str) -> Path:
    return dagster_home / "claims" / f"{name}.lock"


def _is_held(path: Path) -> bool:
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False

"""Which process is doing a run, and the clean end of runs whose process is gone.

Belongs here: claims on runs, and what is done about those that nobody holds any more. A killed process cannot say
goodbye: its run would stay "started" for ever and keep its slot in the pool, and whoever comes next would wait in
vain. Dagster's daemon sees to the runs that its launcher started, but only while it is there itself.

A claim is a locked file beside Dagster's own; the system lets go of the lock when the process ends,
however it ends. So claims tell living from dead on the machine that holds the home.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import HIDDEN_TAG_PREFIX

from refpipe.backends.runs.turns import is_held

CLAIM_TAG = f"{HIDDEN_TAG_PREFIX}refpipe_claim"
_GRACE_S = 2.0
"""A step in a process of its own ends a little before its run does."""
_FORGOTTEN_AFTER_S = 24 * 3600.0
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


def claim_for_life(dagster_home: Path, run_id: str) -> None:
    """Hold a run that Dagster's launcher started in this process until the process ends, however it ends."""
    path = _claim_file(dagster_home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    # never closed: the system does that
    fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), fcntl.LOCK_SH)


def end_abandoned_runs(instance: dg.DagsterInstance, dagster_home: Path) -> list[str]:
    """Mark runs as failed whose claim nobody holds any more and free their slots. The ids of those runs."""
    ended = []
    abandoned = [
        run
        for run in instance.get_runs(filters=dg.RunsFilter(statuses=_UNFINISHED))
        if _is_abandoned(run, dagster_home)
    ]
    if any(CLAIM_TAG not in run.tags for run in abandoned):
        time.sleep(_GRACE_S)
    for run in abandoned:
        if not _is_abandoned(run, dagster_home):
            continue
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:  # it ended in good order since it was listed
            continue
        instance.report_run_failed(run, "The process that did this run is gone.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        _claim_file(dagster_home, _claim_name(run)).unlink(missing_ok=True)
        ended.append(run.run_id)
    _forget_old_claims(dagster_home)
    return ended


def _claim_name(run: dg.DagsterRun) -> str:
    return run.tags.get(CLAIM_TAG, run.run_id)


def _is_abandoned(run: dg.DagsterRun, dagster_home: Path) -> bool:
    path = _claim_file(dagster_home, _claim_name(run))
    # a run of Dagster's launcher that nobody has claimed here may be only about to begin, or on another machine
    return not is_held(path, even_shared=True) and (CLAIM_TAG in run.tags or path.exists())


def _forget_old_claims(dagster_home: Path) -> None:
    for path in (dagster_home / "claims").glob("*.lock"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _FORGOTTEN_AFTER_S and not is_held(path, even_shared=True):
                path.unlink()


def _claim_file(dagster_home: Path, name: str) -> Path:
    return dagster_home / "claims" / f"{name}.lock"

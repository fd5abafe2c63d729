"""Dagster runs that this process executes itself, on the real instance, so that the pages show them.

Belongs here: creating such a run with the right plan and origin, and driving it to its end. Does not:
what the run makes.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.events import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventBatchMetadata,
    RunFailureReason,
)
from dagster._core.execution.api import execute_run_iterator
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.tags import EXTERNALLY_MANAGED_ASSETS_TAG, MAX_RETRIES_TAG
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from refpipe.defs.storage_errors import storage_errors_in_our_words
from refpipe.domain.errors import PermanentFailureError, RefpipeError, RetryableFailureError, StorageFullError

LOCATION_NAME = "refpipe"
DEFINITIONS_MODULE = "refpipe.definitions"
_NO_TIMEOUT = 0
_CONNECTION_RENEWED_S = 3600
_CONNECTIONS_MORE = 20


class RunInterruptedError(KeyboardInterrupt):
    """The process was asked to stop while a run was going on; the run is marked as canceled."""


def job_origin(job_name: str) -> RemoteJobOrigin:
    """Where Dagster's pages and daemon find the job of a run that was started here."""
    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        loadable_target_origin=LoadableTargetOrigin(executable_path=sys.executable, module_name=DEFINITIONS_MODULE),
        location_name=LOCATION_NAME,
    )
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job_name)


def create_run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    *,
    tags: Mapping[str, str],
    run_config: Mapping[str, object] | None = None,
    planned: tuple[dg.AssetKey, Sequence[str]] | None = None,
) -> dg.DagsterRun:
    """A new run of the job. Whoever waits for it runs it again, so Dagster's own retries are off.

    ``planned``: exactly the cells that this run will make. From range tags alone Dagster would plan
    every cell of the bounding box, and a failed run would turn the untouched ones red.
    """
    own_tags = {MAX_RETRIES_TAG: "0"}
    if planned:
        own_tags[EXTERNALLY_MANAGED_ASSETS_TAG] = "true"
    run = instance.create_run_for_job(
        job,
        run_config=run_config,
        tags={**tags, **own_tags},
        asset_selection=frozenset(job.asset_layer.selected_asset_keys),
        remote_job_origin=job_origin(job.name),
    )
    if planned:
        _plan_exactly(instance, run, *planned)
    return run


def _plan_exactly(instance: dg.DagsterInstance, run: dg.DagsterRun, asset: dg.AssetKey, cells: Sequence[str]) -> None:
    batch = uuid4().hex  # one write for all of them
    for number, cell in enumerate(cells, start=1):
        data = AssetMaterializationPlannedData(asset, partition=cell, partitions_subset=None)
        event = DagsterEvent.build_asset_materialization_planned_event(run.job_name, asset.to_python_identifier(), data)
        in_batch = DagsterEventBatchMetadata(batch, is_end=number == len(cells))
        instance.report_dagster_event(event, run.run_id, logging.DEBUG, batch_metadata=in_batch)


def execute(instance: dg.DagsterInstance, job: dg.JobDefinition, run: dg.DagsterRun) -> bool:
    """Drive the run to its end in this process; True when it succeeded.

    Raises RunInterruptedError, and RetryableFailureError or StorageFullError where Dagster's storage was lost; such a
    run is ended by the next one (run_claims).
    """
    failure: RunFailureReason | None = None
    with ExitStack() as ending:
        # an interrupted or failed step may leave its slot taken; the next run must not wait for it
        ending.callback(instance.event_log_storage.free_concurrency_slots_for_run, run.run_id)
        try:
            with storage_errors_in_our_words():
                for event in execute_run_iterator(InMemoryJob(job), run, instance):
                    if event.is_job_failure:
                        failure = event.job_failure_data.failure_reason
        except RefpipeError:
            ending.pop_all()  # the storage is gone, slots and all
            raise
    if failure is RunFailureReason.UNEXPECTED_TERMINATION:
        # "unexpected" to Dagster, but asked for: canceled cells are missing, not failed
        instance.report_run_canceled(run, "Stopped on request.")
        raise RunInterruptedError
    finished = instance.get_run_by_id(run.run_id)
    return finished is not None and finished.status is dg.DagsterRunStatus.SUCCESS


def why_failed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RefpipeError:
    """What ended a failed run's step, in its own words and of its own kind where it was an error of ours."""
    kinds = {kind.__name__: kind for kind in (StorageFullError, RetryableFailureError)}
    for record in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = record.dagster_event
        error = event.step_failure_data.error if event else None
        while error is not None and error.cause is not None and error.cls_name not in kinds:
            error = error.cause
        if error is not None:
            _, _, said = error.message.partition(": ")
            return kinds.get(error.cls_name or "", PermanentFailureError)(said.strip() or error.message.strip())
    return PermanentFailureError(f"run {run.run_id} failed; Dagster's pages show why")


def open_instance(dagster_home: Path) -> dg.DagsterInstance:
    """The instance of a prepared home. It keeps its connections: a set's events would open some five hundred."""
    instance = dg.DagsterInstance.from_config(str(dagster_home))
    # named after the server that Dagster uses it for; without it each statement connects anew
    instance.optimize_for_webserver(
        statement_timeout=_NO_TIMEOUT, pool_recycle=_CONNECTION_RENEWED_S, max_overflow=_CONNECTIONS_MORE
    )
    return instance

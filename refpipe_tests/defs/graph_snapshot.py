"""The asset graph as readable text. ``python -m refpipe_tests.defs.graph_snapshot`` renews the committed picture."""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph import AssetNode

from refpipe.definitions import defs

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def describe(definitions: dg.Definitions) -> str:
    """Every asset with its group, parents, partitions and policy; then jobs, sensors and schedules."""
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        parents = ", ".join(sorted(parent.to_user_string() for parent in node.parent_keys)) or "nothing"
        lines += [
            key.to_user_string(),
            f"  group       {node.group_name}",
            f"  made from   {parents}",
            f"  partitions  {_partitions(node.partitions_def)}",
            f"  backfill    {_backfill(node.backfill_policy)}",
            f"  pools       {', '.join(sorted(node.pools or ())) or 'none'}",
            f"  skippable   {'yes: only finished cells are recorded' if _is_skippable(node) else 'no'}",
        ]
    checks = sorted(check.to_user_string() for check in graph.asset_check_keys)
    jobs = sorted(job.name for job in repository.get_all_jobs() if not job.name.startswith("__"))
    lines += ["", f"checks     {', '.join(checks)}", f"jobs       {', '.join(jobs)}"]
    lines += [f"sensors    {', '.join(sorted(sensor.name for sensor in repository.sensor_defs))}"]
    lines += [
        f"schedule   {schedule.name}: {schedule.cron_schedule} {schedule.execution_timezone}"
        for schedule in repository.schedule_defs
    ]
    return "\n".join(lines) + "\n"


def _is_skippable(node: AssetNode) -> bool:
    return node.assets_def.get_asset_spec(node.key).skippable


def _partitions(definition: dg.PartitionsDefinition | None) -> str:
    if definition is None:
        return "none"
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return " x ".join(
            f"{dimension.name} ({_partitions(dimension.partitions_def)})" for dimension in definition.partitions_defs
        )
    if isinstance(definition, dg.DynamicPartitionsDefinition):
        return f"dynamic '{definition.name}'"
    keys = definition.get_partition_keys()
    return f"static {len(keys)}: {keys[0]} to {keys[-1]}"


def _backfill(policy: dg.BackfillPolicy | None) -> str:
    if policy is None:
        return "one run for each partition"
    return "one run for all" if policy.max_partitions_per_run is None else f"{policy.max_partitions_per_run} in a run"


if __name__ == "__main__":
    SNAPSHOT.write_text(describe(defs), encoding="utf-8")
    sys.stdout.write(f"{SNAPSHOT.name} renewed\n")

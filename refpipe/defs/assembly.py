"""Everything that Dagster sees, put together. Belongs here: the one list of it. Tests and deployments differ by
arguments, not by imports.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from refpipe.defs.assets import all_assets
from refpipe.defs.cell_records import SilentListener
from refpipe.defs.jobs import all_jobs
from refpipe.defs.resources import StudioResource
from refpipe.defs.schedules import all_schedules
from refpipe.defs.sensors import all_sensors


def build_definitions(
    *, resources: Mapping[str, Any] | None = None, executor: dg.ExecutorDefinition = dg.in_process_executor
) -> dg.Definitions:
    """The definitions; ``resources`` take the place of those of the same name (``studio``, ``shot_listener``).

    Steps run in the run's own process by default: starting another for each costs more than a small picture.
    """
    return dg.Definitions(
        assets=all_assets,
        jobs=all_jobs,
        sensors=all_sensors,
        schedules=all_schedules,
        resources={"studio": StudioResource(), "shot_listener": SilentListener(), **(resources or {})},
        executor=executor,
    )

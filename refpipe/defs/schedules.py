"""What the clock starts. Belongs here: times and run requests. Does not: the work."""

import dagster as dg

from refpipe.defs.jobs import renew_shot_library

nightly_shot_library = dg.ScheduleDefinition(
    name="nightly_shot_library",
    job=renew_shot_library,
    cron_schedule="17 3 * * *",
    execution_timezone="UTC",
    run_config={"ops": {"shot_library": {"config": {"clean": True}}}},
    description="Renews the shot library every night and retires what it no longer holds (R-SHOT-7).",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

all_schedules = [nightly_shot_library]

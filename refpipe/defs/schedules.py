"""What the clock starts. Belongs here: times and run requests. Does not: the work."""

from collections.abc import Iterator

import dagster as dg

from refpipe.defs.jobs import embedding, reference_set, renew_shot_library, review
from refpipe.defs.partitions import CHARACTERS_NAME, SHOT_SLUGS, narrowed_tags
from refpipe.defs.studio import Studio
from refpipe.domain.errors import NotSetUpError

nightly_shot_library = dg.ScheduleDefinition(
    name="nightly_shot_library",
    job=renew_shot_library,
    cron_schedule="17 3 * * *",
    execution_timezone="UTC",
    run_config={"ops": {"shot_library": {"config": {"clean": True}}}},
    description="Renews the shot library every night and retires what it no longer holds (R-SHOT-7).",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=reference_set,
    cron_schedule="37 3 * * *",
    execution_timezone="UTC",
    description=(
        "Makes what is missing, failed or out of date in every character's set: one run a character. "
        "Off until somebody turns it on, since generators may cost money."
    ),
)
def nightly_reference_sets(
    context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.RunRequest]:
    """One range request for each character that has something to make."""
    yield from _requests(context, "reference_shot", studio.shots_to_make())


@dg.schedule(
    job=review,
    cron_schedule="47 3 * * *",
    execution_timezone="UTC",
    description="Reviews again what an older scorer measured, and all that waits for the gate: one run a character.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_review(
    context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One range request for each character with pictures that wait."""
    try:
        studio.mark_reviews_due()
    except NotSetUpError as error:
        yield dg.SkipReason(f"nothing is reviewed: {error}")
        return
    waiting = {key: [shot for shot in SHOT_SLUGS if shot in due] for key, due in studio.waiting_for_review().items()}
    yield from _requests(context, "shot_review", waiting)


@dg.schedule(
    job=embedding,
    cron_schedule="57 3 * * *",
    execution_timezone="UTC",
    description="Embeds accepted pictures that have no vector of today's model: one run a character.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_embedding(
    context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One range request for each character with such pictures, whatever became of earlier runs."""
    try:
        waiting = studio.waiting_for_embedding()
    except NotSetUpError as error:
        yield dg.SkipReason(f"nothing is embedded: {error}")
        return
    wanted = {key: [shot for shot in SHOT_SLUGS if shot in due] for key, due in waiting.items()}
    yield from _requests(context, "shot_embedding", wanted)


def _requests(context: dg.ScheduleEvaluationContext, op: str, wanted: dict[str, list[str]]) -> Iterator[dg.RunRequest]:
    known = set(context.instance.get_dynamic_partitions(CHARACTERS_NAME))
    night = context.scheduled_execution_time.date().isoformat()
    for character, named in sorted(wanted.items()):
        shots = [shot for shot in named if shot in SHOT_SLUGS]
        if character in known and shots:
            yield dg.RunRequest(
                run_key=f"{character}/{night}",
                tags=narrowed_tags(character, shots),
                run_config={"ops": {op: {"config": {"shots": shots}}}},
            )


all_schedules = [nightly_shot_library, nightly_reference_sets, nightly_review, nightly_embedding]

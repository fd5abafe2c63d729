"""One reference set as one Dagster run in this process: ``python -m refpipe.defs.set_run --character KEY --shots a,b``.

Belongs here: the command and the order of its steps. Tells its caller what happens by lines of JSON on
stdout (``started``, ``shot``, ``finished``, ``error``), and ends with 0 when every shot is done, else 1.

A process of its own, so that the pages see an ordinary run and the caller can stop it by a signal; the
work happens in it, not in a further child, since a Dagster run's start costs more than a small picture.
"""

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

from refpipe.defs.event_lines import EventLines, keep_stdout
from refpipe.domain.errors import RefpipeError, RefusedInputError
from refpipe.domain.keys import CharacterKey
from refpipe.services.build_reference_set import ShotOutcome, ShotResult


class LineListener:
    """Passes every finished shot on as a line and counts."""

    def __init__(self, lines: EventLines) -> None:
        self._lines = lines
        self.counts: Counter[ShotResult] = Counter()
        self.error: RefpipeError | None = None

    def shot_done(self, outcome: ShotOutcome) -> None:
        self.counts[outcome.result] += 1
        self._lines.emit("shot", shot=outcome.shot, outcome=outcome.result.value, reason=outcome.reason)

    def broke_off(self, error: RefpipeError) -> None:
        self.error = error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    parsed = _parser().parse_args(arguments)
    lines = keep_stdout()
    _listen_to_signals()
    listener = LineListener(lines)
    try:
        is_done = make_set(
            CharacterKey.parse(parsed.character),
            [shot for shot in parsed.shots.split(",") if shot],
            seed=parsed.seed,
            size=parsed.size,
            listener=listener,
            lines=lines,
        )
    except KeyboardInterrupt:
        is_done = _report(lines, "canceled", "stopped on request")
    except RefpipeError as error:
        is_done = _report(lines, error.code, str(error))
    except Exception as error:  # noqa: BLE001 - the caller reads lines, not tracebacks; those go to stderr
        sys.excepthook(type(error), error, error.__traceback__)
        is_done = _report(lines, "unexpected", f"{type(error).__name__}: {error}")
    return 0 if is_done else 1


def make_set(
    key: CharacterKey,
    shots: Sequence[str],
    *,
    seed: int | None,
    size: str | None,
    listener: LineListener,
    lines: EventLines,
) -> bool:
    """Make the shots as one run and draw the contact sheet as a second; True when every shot is done.

    Raises RefusedInputError for shots there are none of, RefpipeError when the work cannot go on, and
    KeyboardInterrupt when it was asked to stop.
    """
    # imported late: wrong usage answers at once, and signals are listened to from the first moment
    from refpipe.defs import own_runs
    from refpipe.defs.assembly import build_definitions
    from refpipe.defs.assets.reference_sets import REFERENCE_SHOT
    from refpipe.defs.jobs import CONTACT_SHEET, REFERENCE_SET
    from refpipe.defs.partitions import CHARACTERS_NAME, SHOT_SLUGS, cell_key, character_tags, range_tags
    from refpipe.defs.prepare_home import prepare_home
    from refpipe.defs.run_claims import claim, end_abandoned_runs
    from refpipe.settings import load_settings

    unknown = [shot for shot in shots if shot not in SHOT_SLUGS]
    if unknown or not shots:
        raise RefusedInputError(f"no such shots: {', '.join(unknown)}" if unknown else "name a shot", field="shots")
    settings = load_settings()
    home = prepare_home(settings).dagster_home
    character = str(key)
    definitions = build_definitions(resources={"shot_listener": listener})
    config = {"shots": list(shots), "seed": seed, "size": size}
    with own_runs.open_instance(home) as instance, claim(home, uuid4().hex) as claim_tags:
        end_abandoned_runs(instance, home)
        instance.add_dynamic_partitions(CHARACTERS_NAME, [character])
        job = definitions.resolve_job_def(REFERENCE_SET)
        run = own_runs.create_run(
            instance,
            job,
            tags={**range_tags(character, shots), **claim_tags},
            run_config={"ops": {"reference_shot": {"config": {k: v for k, v in config.items() if v is not None}}}},
            planned=(REFERENCE_SHOT, [cell_key(character, shot) for shot in shots]),
        )
        lines.emit("started", run_id=run.run_id, total=len(shots))
        is_success = own_runs.execute(instance, job, run)
        if listener.error:
            raise listener.error
        if listener.counts[ShotResult.GENERATED] + listener.counts[ShotResult.FROM_LEDGER]:
            sheet_job = definitions.resolve_job_def(CONTACT_SHEET)
            sheet_run = own_runs.create_run(instance, sheet_job, tags={**character_tags(character), **claim_tags})
            is_success = own_runs.execute(instance, sheet_job, sheet_run) and is_success
    counts = {result.value: listener.counts[result] for result in ShotResult}
    lines.emit("finished", success=is_success, **counts)
    return is_success


def _report(lines: EventLines, code: str, message: str) -> bool:
    lines.emit("error", code=code, message=message)
    return False


def _listen_to_signals() -> None:
    """Both signals end the work in order, also where the parent left SIGINT ignored (a shell's background job)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m refpipe.defs.set_run", description="One reference set as one run.")
    parser.add_argument("--character", required=True, help="owner.character~outfit")
    parser.add_argument("--shots", required=True, help="shot slugs, separated by commas")
    parser.add_argument("--seed", type=int, help="one seed for the whole set")
    parser.add_argument("--size", help="full, small or WIDTHxHEIGHT in pixels")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

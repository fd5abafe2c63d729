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
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from refpipe.defs.event_lines import EventLines, keep_stdout
from refpipe.domain.errors import RefpipeError, RefusedInputError, of_os_error
from refpipe.domain.keys import CharacterKey
from refpipe.services.make_shot import ShotOutcome, ShotResult

if TYPE_CHECKING:
    import dagster as dg

    from refpipe.wiring import Wiring


@dataclass(frozen=True, slots=True)
class SetOptions:
    """What may be asked of a set besides its shots; None: as the settings say."""

    seed: int | None = None
    size: str | None = None

    def as_config(self) -> dict[str, int | str]:
        """Those that are given, as run config."""
        return {name: value for name, value in (("seed", self.seed), ("size", self.size)) if value is not None}


class LineListener:
    """Passes what happens on as lines and counts."""

    def __init__(self, lines: EventLines) -> None:
        self._lines = lines
        self._counts: Counter[ShotResult] = Counter()
        self.error: RefpipeError | None = None

    @property
    def made(self) -> int:
        """Shots that have a picture now."""
        return self._counts.total() - self._counts[ShotResult.FAILED]

    def started(self, run_id: str, total: int) -> None:
        self._lines.emit("started", run_id=run_id, total=total)

    def shot_done(self, outcome: ShotOutcome) -> None:
        self._counts[outcome.result] += 1
        self._lines.emit("shot", shot=outcome.shot, outcome=outcome.result.value, reason=outcome.reason)

    def broke_off(self, error: RefpipeError) -> None:
        self.error = error

    def finished(self, *, is_success: bool) -> None:
        counts = {result.value: self._counts[result] for result in ShotResult}
        self._lines.emit("finished", success=is_success, **counts)


def main(arguments: Sequence[str] | None = None, *, open_wiring: "Callable[[], Wiring] | None" = None) -> int:
    """Run the command; its exit code. ``open_wiring`` makes another wiring than the settings' (tests)."""
    parsed = _parser().parse_args(arguments)
    lines = keep_stdout()
    _listen_to_signals()
    listener = LineListener(lines)
    shots = list(dict.fromkeys(shot for shot in parsed.shots.split(",") if shot))
    try:
        key = CharacterKey.parse(parsed.character)
        is_done = make_set(key, shots, SetOptions(parsed.seed, parsed.size), listener, open_wiring)
    except KeyboardInterrupt:
        is_done = _report(lines, "canceled", "stopped on request")
    except Exception as error:  # noqa: BLE001 - the caller reads lines, not tracebacks; those go to stderr
        sys.excepthook(type(error), error, error.__traceback__)
        known = listener.error or _in_our_words(error)
        code, said = (known.code, str(known)) if known else ("unexpected", f"{type(error).__name__}: {error}")
        is_done = _report(lines, code, said)
    return 0 if is_done else 1


def make_set(
    key: CharacterKey,
    shots: Sequence[str],
    options: SetOptions,
    listener: LineListener,
    open_wiring: "Callable[[], Wiring] | None" = None,
) -> bool:
    """Make the shots as one run and draw the contact sheet as a second; True when every shot is done.

    Raises RefusedInputError for shots there are none of, NotFoundError for an unknown character,
    RefpipeError when the work cannot go on, and KeyboardInterrupt when it was asked to stop.
    """
    # imported late: wrong usage answers at once, and signals are listened to from the first moment
    from refpipe.defs import own_runs
    from refpipe.defs.assembly import build_definitions
    from refpipe.defs.partitions import CHARACTERS_NAME
    from refpipe.defs.prepare_home import prepare_home
    from refpipe.defs.run_claims import claim, end_abandoned_runs
    from refpipe.defs.storage_errors import storage_errors_in_our_words
    from refpipe.defs.studio import Studio
    from refpipe.wiring import Wiring

    _check_shots(shots)
    with ExitStack() as closing:
        wiring = closing.enter_context(open_wiring() if open_wiring else Wiring())
        studio = Studio(wiring)
        studio.check_character(key)
        closing.enter_context(storage_errors_in_our_words())
        home = prepare_home(wiring.settings, wiring.database_url).dagster_home
        instance = closing.enter_context(own_runs.open_instance(home))
        claim_tags = closing.enter_context(claim(home, uuid4().hex))
        definitions = build_definitions(resources={"studio": studio, "shot_listener": listener})
        end_abandoned_runs(instance, home)
        instance.add_dynamic_partitions(CHARACTERS_NAME, [str(key)])
        is_success = _make_shots(instance, definitions, key, shots, options, claim_tags, listener)
        if listener.made:
            _draw_sheet(instance, definitions, key, claim_tags)
    listener.finished(is_success=is_success)
    return is_success


def _check_shots(shots: Sequence[str]) -> None:
    from refpipe.defs.partitions import SHOT_SLUGS

    unknown = [shot for shot in shots if shot not in SHOT_SLUGS]
    if unknown or not shots:
        raise RefusedInputError(f"no such shots: {', '.join(unknown)}" if unknown else "name a shot", field="shots")


def _make_shots(
    instance: "dg.DagsterInstance",
    definitions: "dg.Definitions",
    key: CharacterKey,
    shots: Sequence[str],
    options: SetOptions,
    tags: Mapping[str, str],
    listener: LineListener,
) -> bool:
    from refpipe.defs import own_runs
    from refpipe.defs.assets.reference_sets import REFERENCE_SHOT
    from refpipe.defs.jobs import REFERENCE_SET
    from refpipe.defs.partitions import cell_key, range_tags

    job = definitions.resolve_job_def(REFERENCE_SET)
    run = own_runs.create_run(
        instance,
        job,
        tags={**range_tags(str(key), shots), **tags},
        run_config={"ops": {"reference_shot": {"config": {"shots": list(shots), **options.as_config()}}}},
        planned=(REFERENCE_SHOT, [cell_key(str(key), shot) for shot in shots]),
    )
    listener.started(run.run_id, len(shots))
    is_success = own_runs.execute(instance, job, run)
    if listener.error:
        raise listener.error
    return is_success


def _draw_sheet(
    instance: "dg.DagsterInstance", definitions: "dg.Definitions", key: CharacterKey, tags: Mapping[str, str]
) -> None:
    """Raises a RefpipeError with the reason where there is no sheet in the end."""
    from refpipe.defs import own_runs
    from refpipe.defs.jobs import CONTACT_SHEET
    from refpipe.defs.partitions import character_tags

    job = definitions.resolve_job_def(CONTACT_SHEET)
    run = own_runs.create_run(instance, job, tags={**character_tags(str(key)), **tags})
    if not own_runs.execute(instance, job, run):
        why = own_runs.why_failed(instance, run)
        raise type(why)(f"the pictures are made, but not their contact sheet: {why}")


def _in_our_words(error: Exception) -> RefpipeError | None:
    if isinstance(error, RefpipeError):
        return error
    return of_os_error(error) if isinstance(error, OSError) else None


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

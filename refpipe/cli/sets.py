"""Commands on reference sets: make one, see how far it has come. Belongs here: arguments, progress, results."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.generation import Size
    from refpipe.domain.keys import CharacterKey
    from refpipe.domain.shots import ReferenceShot, ShotSet
    from refpipe.services.image_documents import ImageDocument
    from refpipe.services.report_set_run import SetRunReport
    from refpipe.wiring import Wiring


def generate(
    character: options.CharacterName,
    *,
    set_name: options.SetNameIfAny = None,
    shots: options.ShotSlugs = None,
    outfit: options.Outfit = None,
    seed: options.Seed = None,
    size: options.SizeText = None,
    _json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Make a character's reference set; what is made already comes from the ledger."""
    from refpipe.domain.keys import CharacterKey
    from refpipe.services.choose_shots import choose_shots

    wanted, slugs = read_choice(set_name, shots)
    chosen_size = read_size(size)
    with open_home() as wiring:
        wiring.check_reference_images()
        wiring.blobs.check()
        owner = wiring.settings.owner
        with wiring.database.transaction(owner) as records:
            worn = records.characters.get(character).outfit(outfit).slug
        if wiring.seed_if_empty():
            output.note("the shot library was not seeded yet: done now")
        planned = choose_shots(owner, wanted=wanted, slugs=slugs, database=wiring.database)
        wiring.check_picture_size(chosen_size, planned)
        key = CharacterKey(owner, character, worn)
        report, is_success = make_set(wiring, key, planned, seed=seed, size=chosen_size, verbose=verbose)
    output.document(report.as_document())
    show_run(report)
    if not is_success:
        raise typer.Exit(1)


def read_choice(set_name: str | None, shots: str | None) -> tuple[ShotSet, list[str]]:
    """The set, and the slugs between commas (none: the whole set). Raises RefusedInputError, also for both at once."""
    from refpipe.domain.errors import RefusedInputError
    from refpipe.domain.shots import ShotSet

    wanted = ShotSet.ALL if set_name is None else ShotSet.parse(set_name)
    if shots is None:
        return wanted, []
    if set_name is not None:
        raise RefusedInputError("give either --set or --shots, not both", field="shots")
    slugs = [part.strip() for part in shots.split(",") if part.strip()]
    if not slugs:
        raise RefusedInputError("names no shot", field="shots")
    return wanted, slugs


def read_size(text: str | None) -> Size | None:
    """A size as written on the command line. Raises RefusedInputError."""
    from refpipe.domain.errors import RefusedInputError
    from refpipe.settings import parse_size

    try:
        return None if text is None else parse_size(text)
    except ValueError as error:
        raise RefusedInputError(str(error), field="size") from None


def make_set(
    wiring: Wiring,
    key: CharacterKey,
    shots: Sequence[ReferenceShot],
    *,
    seed: int | None,
    size: Size | None,
    verbose: bool = False,
) -> tuple[SetRunReport, bool]:
    """Run the set with its progress shown; the report, and whether all went well."""
    from refpipe.domain.ports import RunFinished, RunShot, RunStarted
    from refpipe.services.report_set_run import report_set_run

    told: dict[str, RunShot] = {}
    run_id, is_success, began = "", False, time.monotonic()
    slugs = [shot.slug for shot in shots]
    label = f"{key.character} ({key.outfit})"
    with wiring.turn_at(key, told_to_wait=lambda holder: output.note(f"{label}: {holder} is making this set; waiting")):
        others = wiring.sets_under_way(key)
        if others:
            output.note(f"{label}: {', '.join(others)} is being made as well; these pictures may have to wait for it")
        try:
            with output.RunProgress(label, len(slugs)) as progress:
                for event in wiring.run_launcher.build_set(key, slugs, seed=seed, size=size):
                    if isinstance(event, RunStarted):
                        run_id = event.run_id
                    elif isinstance(event, RunShot):
                        told[event.shot] = event
                        progress.advanced(event.shot, event.outcome, event.reason)
                    elif isinstance(event, RunFinished):
                        is_success = event.is_success
        finally:
            if verbose:
                _show_log(wiring, key)
        report = report_set_run(
            key,
            shots,
            run_id=run_id,
            events=told,
            contact_sheet=wiring.publish_contact_sheet(key),
            database=wiring.database,
            locate=wiring.blobs.where,
            seconds=time.monotonic() - began,
        )
    return report, is_success and report.is_success


def _show_log(wiring: Wiring, key: CharacterKey) -> None:
    log = wiring.run_launcher.log_of(key)
    if log.is_file():
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))


def show_run(report: SetRunReport) -> None:
    """A run's account for people."""
    show_images(report.images)
    output.say(run_line(report))
    if report.contact_sheet:
        output.say(f"contact sheet: {report.contact_sheet}")


def run_line(report: SetRunReport) -> str:
    """A run's counts in one line."""
    return (
        f"{report.key.character} in {report.key.outfit}: {report.planned} planned, {report.generated} generated, "
        f"{report.from_ledger} from the ledger, {report.failed} failed, {report.needs_review} to review, "
        f"{report.accepted} accepted"
    )


def status(character: options.CharacterName, outfit: options.Outfit = None, _json: options.Json = False) -> None:
    """How far a character's set has come, per pack and shot."""
    from refpipe.services.report_status import report_status

    with open_home() as wiring:
        report = report_status(
            wiring.settings.owner,
            character,
            outfit=outfit,
            database=wiring.database,
            locate=wiring.blobs.where,
            locate_sheet=wiring.published_contact_sheet,
            planner=wiring.planner_if_any(),
        )
    output.document(report.as_document())
    is_begun = report.total.made or report.total.failed
    if is_begun:
        show_images(report.images)
    counts = ("planned", "made", "accepted", "needs_review", "failed")
    rows: list[Sequence[Any]] = [
        (name, *(getattr(coverage, count) for count in counts))
        for name, coverage in [*((pack.value, each) for pack, each in report.packs.items()), ("all", report.total)]
    ]
    headings = ("pack", *(count.replace("_", " ") for count in counts))
    output.table(f"{report.name} in {report.key.outfit}", headings, rows, numbers=headings[1:])
    if not is_begun:
        output.say(f"nothing is made yet: refpipe generate {character}")
    if report.out_of_date:
        pictures = output.counted(report.out_of_date, "picture")
        output.say(f"{pictures} out of date; to make them anew: refpipe generate {character}")
    if report.contact_sheet:
        output.say(f"contact sheet: {report.contact_sheet}")


SCORE_COLUMNS = ("quality", "consistency", "technical", "attempts")
IMAGE_COLUMNS = ("shot", "view", "status", *SCORE_COLUMNS, "notes")


def show_images(images: Sequence[ImageDocument]) -> None:
    """A line for each shot; a note that every picture has is said once, below."""
    made = [frozenset(image.notes) for image in images if image.path]
    shared = frozenset.intersection(*made) if len(made) > 1 else frozenset[str]()
    output.table("", IMAGE_COLUMNS, [_row(image, shared) for image in images], numbers=SCORE_COLUMNS)
    for note in sorted(shared):
        output.say(f"all pictures: {note}")


def _row(image: ImageDocument, shared: Collection[str]) -> Sequence[Any]:
    scores = [
        None if score is None else f"{score:.0f}" for score in (image.quality, image.consistency, image.technical)
    ]
    own = [note for note in image.notes if note not in shared]
    status_words = output.STATUS_WORDS.get(image.status, image.status)
    return (image.shot, image.view_bin, status_words, *scores, image.attempts or None, "; ".join(own) or None)

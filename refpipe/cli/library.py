"""Commands on the shot library and on shots of the old shape. Belongs here: arguments and results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.legacy_shots import LegacyFault
    from refpipe.services.seed_shots import SeedReport

legacy = typer.Typer(help="Reference shots of the old shape: import, migrate, revert.", no_args_is_help=True)


def seed(
    set_name: options.SetName = "all",
    clean: Annotated[bool, typer.Option("--clean", help="Retire shots that the library does not hold.")] = False,
    validate: Annotated[
        bool, typer.Option("--validate/--no-validate", help="Refuse faulty templates and report warnings.")
    ] = True,
    _json: options.Json = False,
) -> None:
    """Bring the shot library into the database; running it again changes nothing."""
    from refpipe.domain.shots import ShotSet

    wanted = ShotSet.parse(set_name)
    with open_home() as wiring:
        report = wiring.seed_shots(wanted, clean=clean, validate=validate)
    output.document(report.as_document())
    show_seeding(report)
    if report.failed:
        raise typer.Exit(1)


def shots(set_name: options.SetName = "all", _json: options.Json = False) -> None:
    """List the reference shots: their slugs, cameras, and what they are for."""
    from refpipe.domain.shots import ShotSet
    from refpipe.services.choose_shots import choose_shots

    wanted = ShotSet.parse(set_name)
    with open_home() as wiring:
        wiring.seed_if_empty()
        listed = choose_shots(wiring.settings.owner, wanted=wanted, database=wiring.database)
    output.document([shot.as_fields() for shot in listed])
    rows = [
        (
            shot.slug,
            shot.pack.value,
            f"{shot.lens_mm:g} mm",
            f"{shot.azimuth_deg:+g}°" if shot.azimuth_deg else "0°",
            f"{shot.elevation_deg:+g}°" if shot.elevation_deg else None,
            f"{shot.distance_m:g} m",
            shot.pose.value,
            shot.expression.value,
            shot.when_to_use,
        )
        for shot in listed
    ]
    columns = ("shot", "pack", "lens", "azimuth", "elevation", "distance", "pose", "expression", "for")
    output.table("", columns, rows, numbers=("azimuth", "elevation", "distance"))
    output.say(output.counted(len(listed), "shot"))


def show_seeding(report: SeedReport) -> None:
    """A seeding's account for people."""
    counts = ("created", "updated", "unchanged", "retired", "failed")
    output.say("Shot library: " + ", ".join(f"{getattr(report, name)} {name}" for name in counts))
    output.say("  " + ", ".join(f"{pack.value} {count}" for pack, count in report.by_pack.items()))
    for finding in (*report.errors, *report.warnings):
        output.note(f"{finding.template}: {finding.field}: {finding.reason}")


@legacy.command(name="import")
def import_rows(
    file: Annotated[Path, typer.Argument(help="Old rows: .jsonl, .ndjson or .csv.", exists=True, dir_okay=False)],
    _json: options.Json = False,
) -> None:
    """Store old rows as they are; those that are there already stay."""
    from refpipe.backends.legacy_files import read_legacy_file
    from refpipe.services.migrate_legacy_shots import import_legacy_shots

    with open_home() as wiring:
        owner = wiring.settings.owner
        report = import_legacy_shots(wiring.database, owner, read_legacy_file(file, owner=owner))
    counts = {"added": report.added, "already_there": report.already_there, "refused": report.refused}
    output.document({**counts, "faults": [_fault(fault) for fault in report.faults]})
    output.say(f"{report.added} added, {report.already_there} already there, {report.refused} refused")
    _end_with_faults(report.faults, report.refused)


@legacy.command()
def migrate(_json: options.Json = False) -> None:
    """Fill the camera of every old row; can be broken off and run again."""
    from refpipe.services.migrate_legacy_shots import migrate_legacy_shots

    with open_home() as wiring:
        owner = wiring.settings.owner
        report = migrate_legacy_shots(wiring.database, owner, told=lambda done: output.note(f"{done} rows"))
    output.document(
        {"migrated": report.migrated, "failed": report.failed, "faults": [_fault(each) for each in report.faults]}
    )
    output.say(f"{report.migrated} migrated, {report.failed} failed")
    _end_with_faults(report.faults, report.failed)


@legacy.command()
def revert(_json: options.Json = False) -> None:
    """Take the migration back: every old row is again what it was."""
    from refpipe.services.migrate_legacy_shots import revert_legacy_shots

    with open_home() as wiring:
        owner = wiring.settings.owner
        restored = revert_legacy_shots(wiring.database, owner, told=lambda done: output.note(f"{done} rows"))
    output.document({"restored": restored})
    output.say(f"{restored} rows restored")


def _fault(fault: LegacyFault) -> dict[str, str]:
    return {"id": fault.id, "reason": fault.reason}


def _end_with_faults(faults: tuple[LegacyFault, ...], count: int) -> None:
    for fault in faults:
        output.note(f"{fault.id}: {fault.reason}")
    if count:
        raise typer.Exit(1)

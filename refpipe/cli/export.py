"""The command that writes a set into a folder to hand on. Belongs here: arguments, results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home


def export(
    character: options.CharacterName,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder; without it CHARACTER_OUTFIT here.", show_default=False)
    ] = None,
    outfit: options.Outfit = None,
    shots: options.ShotSlugs = None,
    set_name: options.SetNameIfAny = None,
    guides: Annotated[
        bool, typer.Option("--guides/--no-guides", help="Depth, normals, mask, edges, keypoints.")
    ] = True,
    accepted_only: Annotated[bool, typer.Option("--accepted-only", help="Only pictures that are accepted.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also into a folder that holds something else.")] = False,
    _json: options.Json = False,
) -> None:
    """Write a set into a folder: pictures, guides, contact sheet, the sheet, and a manifest of everything."""
    from refpipe.backends.export_folder import LocalExportFolder
    from refpipe.cli.sets import read_choice
    from refpipe.services.choose_shots import choose_shots

    wanted, slugs = read_choice(set_name, shots)
    with open_home() as wiring:
        owner = wiring.settings.owner
        with wiring.database.transaction(owner) as records:
            worn = records.characters.get(character).outfit(outfit).slug
        chosen = choose_shots(owner, wanted=wanted, slugs=slugs, database=wiring.database)
        report = wiring.export_set()(
            owner,
            character,
            LocalExportFolder(to or Path(f"{character}_{worn}")),
            outfit=worn,
            shots={shot.slug for shot in chosen},
            with_guides=guides,
            accepted_only=accepted_only,
            force=force,
        )
    output.document(report.as_document())
    for shot, reason in report.failed.items():
        output.note(f"{shot}: {reason}")
    pictures = output.counted(len(report.pictures), "picture")
    output.say(
        f"{pictures} in {report.folder}: {output.counted(report.written, 'file')} written, "
        f"{report.unchanged} as before, {report.removed} removed"
    )
    if report.left_out:
        told = (f"{shot} ({output.STATUS_WORDS.get(status, status)})" for shot, status in report.left_out.items())
        output.say(f"left out: {', '.join(told)}")
    stale = sum(bool(each.cell.changes) for each in report.pictures)
    if stale:
        output.say(f"{output.counted(stale, 'picture')} out of date; to make them anew: refpipe generate {character}")
    if report.failed:
        raise typer.Exit(1)

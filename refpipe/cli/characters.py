"""Commands on characters. Belongs here: reading arguments, showing results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.characters import CharacterSheet

app = typer.Typer(help="Characters: add, list, show, remove, choose a master reference.", no_args_is_help=True)

_MAX_PICTURE_READ = 1024 * 1024 * 1024


@app.command()
def add(
    sheet: Annotated[Path, typer.Argument(help="A YAML sheet, or sample:NAME for one that comes with refpipe.")],
    _json: options.Json = False,
) -> None:
    """Add a character from its sheet, or bring a known one up to date."""
    from refpipe.backends.sheets.sheet_file import read_sheet_file, sample_sheet
    from refpipe.services.register_character import register_character

    name = str(sheet)
    read = sample_sheet(name.removeprefix("sample:")) if name.startswith("sample:") else read_sheet_file(sheet)
    with open_home() as wiring:
        done = register_character(read, owner=wiring.settings.owner, database=wiring.database)
    output.document(done.as_document())
    output.say(f"{done.character}: {done.status}")


@app.command(name="list")
def list_all(_json: options.Json = False) -> None:
    """All characters, with what is made of their default outfit."""
    from refpipe.services.report_status import list_characters

    with open_home() as wiring:
        lines = list_characters(wiring.settings.owner, database=wiring.database, planner=wiring.planner_if_any())
    output.document([line.as_document() for line in lines])
    if not lines:
        output.say("No characters yet. Try: refpipe character add sample:jax")
        return
    rows = [
        (
            line.sheet.slug,
            line.sheet.name,
            ", ".join(outfit.slug for outfit in line.sheet.wardrobe),
            line.coverage.planned,
            line.coverage.made,
            line.coverage.accepted,
            line.coverage.failed,
        )
        for line in lines
    ]
    columns = ("character", "name", "outfits", "planned", "made", "accepted", "failed")
    output.table("", columns, rows, numbers=columns[3:])


@app.command()
def show(character: options.CharacterName, _json: options.Json = False) -> None:
    """A character's sheet as it is stored."""

    with open_home() as wiring, wiring.database.transaction(wiring.settings.owner) as records:
        sheet = records.characters.get(character)
        master = records.characters.master(character)
    output.document({**sheet.model_dump(mode="json"), "master_reference": master})
    _show_sheet(sheet, master)


@app.command()
def remove(
    character: options.CharacterName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    _json: options.Json = False,
) -> None:
    """Remove a character; its pictures stay in the ledger, so that adding the sheet again brings them back."""
    from refpipe.services.remove_character import remove_character

    with open_home() as wiring:
        owner = wiring.settings.owner
        with wiring.database.transaction(owner) as records:
            sheet = records.characters.get(character)
        if not yes and not _is_agreed(f"Remove {sheet.name} ({sheet.slug}) with all outfits?"):
            output.document({"character": sheet.slug, "status": "kept", "pictures": 0})
            output.say(f"{sheet.slug}: kept")
            return
        done = remove_character(owner, character, database=wiring.database)
        wiring.withdraw_contact_sheets(sheet)
    output.document(done.as_document())
    output.say(
        f"{done.character}: removed, {output.counted(done.pictures, 'picture')} no longer listed. "
        "Adding its sheet and generating again takes them from the ledger."
    )


def _is_agreed(question: str) -> bool:
    from refpipe.domain.errors import RefusedInputError

    if not sys.stdin.isatty():
        raise RefusedInputError("nobody can be asked here: confirm with --yes", field="yes")
    return typer.confirm(question, err=True)


def _show_sheet(sheet: CharacterSheet, master: str | None) -> None:
    body = sheet.physical
    marks = [f"{mark.kind.value} on the {mark.side.value} {mark.place.value}" for mark in body.marks]
    rows = [
        ("name", sheet.name),
        ("status", sheet.status.value),
        (
            "body",
            f"{body.age_years} years, {body.height_m:.2f} m, {body.build.value}, {body.gender_presentation.value}",
        ),
        ("hair", f"{body.hair.style.value}, {body.hair.colour}, {body.hair.facial_hair.value}"),
        ("marks", ", ".join(marks) or None),
        ("visual DNA", ", ".join(sheet.visual_dna) or None),
        ("personality", sheet.persona.personality or None),
        ("voice", sheet.voice.description or None),
        ("master reference", master),
    ]
    for outfit in sheet.wardrobe:
        is_default = " (default)" if outfit.slug == sheet.default_outfit.slug else ""
        rows.append((f"outfit {outfit.slug}{is_default}", ", ".join(piece.kind.value for piece in outfit.garments)))
    output.table(sheet.slug, ("field", "value"), rows)


@app.command()
def master(
    character: options.CharacterName,
    picture: Annotated[Path | None, typer.Argument(help="A PNG, JPEG or WebP file.", show_default=False)] = None,
    shot: Annotated[str | None, typer.Option("--shot", help="Take this shot of the gallery instead.")] = None,
    outfit: options.Outfit = None,
    _json: options.Json = False,
) -> None:
    """Choose the one picture that defines a character: a file, or a shot of its gallery."""
    from refpipe.domain.errors import NotFoundError, RefusedInputError
    from refpipe.domain.keys import CharacterKey

    if (picture is None) == (shot is None):
        raise RefusedInputError("give either a picture's file or --shot, not both", field="picture")
    with open_home() as wiring:
        owner = wiring.settings.owner
        choose = wiring.set_master_reference()
        if picture is not None:
            data = _read_picture(picture, wiring.settings.uploads.max_bytes)
            done = choose.upload(owner, character, data, source=picture.name)
        else:
            with wiring.database.transaction(owner) as records:
                worn = records.characters.get(character).outfit(outfit).slug
                image = records.gallery.get(CharacterKey(owner, character, worn), shot or "")
            if image is None:
                raise NotFoundError(f"{character} has no picture of {shot} in the outfit {worn}")
            done = choose.promote(owner, character, image.id)
    output.document(done.as_document())
    output.say(f"{done.character}: master reference {done.status} ({done.width_px}x{done.height_px})", *done.notes)


def _read_picture(path: Path, max_bytes: int) -> bytes:
    from refpipe.domain.errors import RefusedInputError

    try:
        with path.open("rb") as stream:
            # one byte more than allowed is enough for the reader to refuse it
            return stream.read(max_bytes + 1)
    except OSError as error:
        raise RefusedInputError(f"cannot be read: {error.strerror or error}", source=str(path)) from None

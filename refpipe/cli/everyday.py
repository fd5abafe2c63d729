"""Commands of every day on a whole home: the demonstration and the sweep. Belongs here: arguments and results."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import typer

from refpipe.cli import doctor, library, options, output, sets
from refpipe.cli.home import open_home

DEMO_CHARACTERS = ("jax", "sherlock-holmes")


def demo(
    size: options.SizeText = None,
    set_name: options.SetName = "all",
    _json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Take two sample characters through everything; running it again makes nothing twice."""
    from refpipe.domain.keys import CharacterKey
    from refpipe.domain.shots import ShotSet
    from refpipe.services.choose_shots import choose_shots

    began = time.monotonic()
    wanted, chosen_size = ShotSet.parse(set_name), sets.read_size(size)
    with open_home() as wiring:
        wiring.check_reference_images()
        owner = wiring.settings.owner
        checks = doctor.examine(wiring)
        doctor.refuse_to_go_on(checks)
        output.say(doctor.one_line(checks))
        seeding = wiring.seed_shots()
        library.show_seeding(seeding)
        registrations = [_register(wiring, name) for name in DEMO_CHARACTERS]
        planned = choose_shots(owner, wanted=wanted, database=wiring.database)
        wiring.check_picture_size(chosen_size, planned)
        runs = []
        for name, outfit in registrations:
            key = CharacterKey(owner, name, outfit)
            runs.append(sets.make_set(wiring, key, planned, seed=None, size=chosen_size, verbose=verbose))
    reports = [report for report, _ in runs]
    seconds = time.monotonic() - began
    document: dict[str, Any] = {
        "seed": seeding.as_document(),
        "characters": [report.as_document() for report in reports],
        "seconds": round(seconds, 1),
    }
    output.document(document)
    output.say("")
    for report in reports:
        output.say(sets.run_line(report))
    output.say("", f"Done in {seconds:.0f} s.")
    for report in reports:
        if report.contact_sheet:
            output.say(f"Contact sheet of {report.key.character}: {report.contact_sheet}")
    output.say("The same in Dagster's pages: make up   ·   each shot with its file: refpipe status jax --json")
    if not all(is_success for _, is_success in runs):
        raise typer.Exit(1)


def _register(wiring: Any, name: str) -> tuple[str, str]:
    from refpipe.backends.sheets.sheet_file import sample_sheet
    from refpipe.services.register_character import register_character

    # the samples belong to whoever runs the demonstration
    sheet = sample_sheet(name).model_copy(update={"owner": wiring.settings.owner})
    done = register_character(sheet, owner=wiring.settings.owner, database=wiring.database)
    output.say(f"Character {sheet.name} ({done.character}): {done.status}")
    return done.character, sheet.default_outfit.slug


def sweep(_json: options.Json = False) -> None:
    """Remove stored files that nothing points to any more; those younger than a day are spared."""

    with open_home() as wiring:
        report = wiring.sweep_orphans()()
    output.document(asdict(report))
    output.say(
        f"{report.seen} files seen, {report.spared} too young to look at, {report.removed} removed "
        f"({report.removed_bytes / 2**20:.1f} MiB), {report.unfinished} leftovers of broken-off writes removed"
    )

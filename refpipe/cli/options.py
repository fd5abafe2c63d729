"""Options that several commands share. Belongs here: their types and help."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, everything else on stderr.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the run's own log on stderr when it is done.")]
SizeText = Annotated[
    str | None, typer.Option("--size", help="full (832x1248), small (512x768) or WIDTHxHEIGHT.", metavar="SIZE")
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, max=2**31 - 1, help="One seed for the whole set.")]
SetName = Annotated[str, typer.Option("--set", help="core, extended, comprehensive, turnaround or all.", metavar="SET")]
SetNameIfAny = Annotated[
    str | None,
    typer.Option(
        "--set",
        help="core, extended, comprehensive, turnaround or all (default).",
        metavar="SET",
        show_default=False,
    ),
]
ShotSlugs = Annotated[
    str | None, typer.Option("--shots", help="Only these shots, by slug, between commas; refpipe shots lists them.")
]
Outfit = Annotated[str | None, typer.Option("--outfit", help="An outfit of the sheet; without it the default one.")]
CharacterName = Annotated[str, typer.Argument(help="The character's slug.", metavar="CHARACTER", show_default=False)]

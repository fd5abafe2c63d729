"""The tree of commands. Belongs here: names, options and their help. Heavy imports happen inside the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from refpipe.cli import (
    analysis,
    bench,
    calibrate,
    characters,
    doctor,
    everyday,
    export,
    find,
    ledger,
    library,
    review,
    sets,
    up,
)

app = typer.Typer(
    name="refpipe",
    help="Reference sets of characters that stay the same from every angle.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from refpipe import __version__

        typer.echo(f"refpipe {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Commands work on one home, REFPIPE_HOME (default: .refpipe beside the project)."""


app.command()(everyday.demo)
app.command()(up.up)
app.command()(doctor.doctor)
app.command()(library.seed)
app.command()(library.shots)
app.add_typer(characters.app, name="character")
app.command()(sets.generate)
app.command()(sets.status)
app.command()(review.review)
app.command()(calibrate.calibrate)
app.command()(bench.bench)
app.command()(find.find)
app.command()(export.export)
app.add_typer(ledger.app, name="ledger")
app.add_typer(analysis.app, name="analysis")
app.command()(everyday.sweep)
app.add_typer(library.legacy, name="legacy")

"""Commands on the generation ledger. Belongs here: arguments and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.keys import CharacterKey

app = typer.Typer(
    help="Every generation there is: what was asked, what it cost, how far it came.", no_args_is_help=True
)

Fingerprint = Annotated[
    str, typer.Argument(help="A fingerprint or its beginning.", metavar="FINGERPRINT", show_default=False)
]
_SHOWN = 12


@app.command(name="list")
def list_all(
    state: Annotated[
        str | None,
        typer.Option(
            "--state", help="reserved, submitting, submitted, succeeded, failed or in_doubt.", metavar="STATE"
        ),
    ] = None,
    _json: options.Json = False,
) -> None:
    """All generations, the one that changed last first."""
    from refpipe.domain.errors import RefusedInputError
    from refpipe.domain.generation import GenerationState
    from refpipe.services.report_ledger import list_ledger

    try:
        wanted = GenerationState(state) if state else None
    except ValueError:
        known = ", ".join(each.value for each in GenerationState)
        raise RefusedInputError(f"{state!r} is no state: use one of {known}", field="state") from None
    with open_home() as wiring:
        lines = list_ledger(wiring.settings.owner, state=wanted, database=wiring.database)
    output.document([line.as_document() for line in lines])
    if not lines:
        output.say("No generations." if wanted is None else f"No generation is {wanted.value}.")
        return
    rows = [
        (
            line.record.fingerprint[:_SHOWN],
            _of(line.cells) or line.record.role,
            line.record.model,
            line.record.state.value,
            line.record.attempt,
            line.record.cost_usd or None,
            line.record.provider_id,
            line.record.error,
        )
        for line in lines
    ]
    columns = ("fingerprint", "of", "model", "state", "attempt", "cost USD", "job", "error")
    output.table("", columns, rows, numbers=("attempt", "cost USD"))


def _of(cells: Sequence[tuple[CharacterKey, str]]) -> str:
    """The first of the cells, and how many more there are."""
    if not cells:
        return ""
    key, shot = cells[0]
    more = f" +{len(cells) - 1}" if len(cells) > 1 else ""
    return f"{key.character}/{key.outfit} {shot}{more}"


@app.command()
def show(fingerprint: Fingerprint, _json: options.Json = False) -> None:
    """One generation whole: state, request, files."""
    import json

    from refpipe.services.report_ledger import show_generation

    with open_home() as wiring:
        entry = show_generation(wiring.settings.owner, fingerprint, database=wiring.database)
        places = {name: wiring.blobs.where(sha256) for name, sha256 in entry.files.items()}
    output.document(entry.as_document())
    told = {name: value for name, value in entry.as_document().items() if name not in {"request", "files"}}
    rows = [(name.replace("_", " "), value) for name, value in told.items() if value is not None]
    request = json.dumps(entry.record.request, indent=1, sort_keys=True) if entry.record.request else "not kept"
    output.table("", ("field", "value"), [*rows, ("request", request), *places.items()])


@app.command()
def resolve(
    fingerprint: Fingerprint,
    resolution: Annotated[
        str, typer.Option("--as", help="lost: no such job was created; adopt: it is the provider's --job.")
    ],
    job: Annotated[str | None, typer.Option("--job", help="The provider's id of the job to adopt.")] = None,
    cost: Annotated[float, typer.Option("--cost", min=0, help="What the adopted job cost, in USD.")] = 0.0,
    _json: options.Json = False,
) -> None:
    """Decide about a generation in doubt, after a look at the provider's own list of jobs."""
    from refpipe.domain.errors import RefusedInputError
    from refpipe.services.report_ledger import ledger_line
    from refpipe.services.resolve_generation import Resolution

    try:
        decided = Resolution(resolution)
    except ValueError:
        raise RefusedInputError(f"{resolution!r} is neither lost nor adopt", field="as") from None
    with open_home() as wiring:
        done = wiring.resolve_generation()(wiring.settings.owner, fingerprint, decided, job=job, cost_usd=cost)
        line = ledger_line(done, database=wiring.database)
    output.document(line.as_document())
    then = "it is fetched" if decided is Resolution.ADOPT else "it is sent again"
    output.say(f"{done.fingerprint[:_SHOWN]}: {done.state.value}; {then} when it is next asked for")

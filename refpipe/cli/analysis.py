"""The analysis service from the command line. Belongs here: starting it, saying where it is, stopping it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.settings import Settings

READY_TIMEOUT_S = 600.0
"""A large model from a slow disk takes its time, and one that has to be fetched first takes longer."""
MODULE = "refpipe.api"

app = typer.Typer(help="The service that looks at pictures for several pipelines.", no_args_is_help=True)


@app.command()
def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Where to listen; the next free one if it is taken.")
    ] = None,
    _json: options.Json = False,
) -> None:
    """Keep the models warm and answer over HTTP until Ctrl-C."""
    with open_home() as wiring:
        settings, environment = wiring.settings, wiring.child_environment()
    try:
        _run(settings, environment, port)
    except KeyboardInterrupt:
        output.note("stopped")


def _run(settings: Settings, environment: dict[str, str], asked: int | None) -> None:
    from refpipe.backends.runs.supervisor import Program, Supervisor, free_port

    host, wanted = settings.web.host, asked or settings.web.analysis_port
    port = free_port(host, wanted)
    if port != wanted:
        output.note(f"port {wanted} is taken; using {port}")
    if host not in {"127.0.0.1", "::1", "localhost"}:
        output.note(f"warning: whoever reaches {host} may ask; there are no keys yet")
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    command = [sys.executable, "-m", MODULE, "--host", host, "--port", str(port)]
    with Supervisor(logs=settings.logs_path, environment=environment) as supervisor:
        output.note("loading the models")
        supervisor.start(Program("analysis", command))
        try:
            supervisor.wait_until_answers(f"{url}/readyz", timeout_s=READY_TIMEOUT_S)
            log = settings.logs_path / "analysis.log"
            output.document({"analysis": url, "docs": f"{url}/docs", "log": str(log)})
            output.say(f"The analysis service: {url}   (its verbs: {url}/docs)", f"log: {log}")
            output.say(f"Pipelines use it with REFPIPE_VISION__SERVICE_URL={url}", "Ctrl-C stops it.")
            supervisor.watch()
        finally:
            output.note("stopping")

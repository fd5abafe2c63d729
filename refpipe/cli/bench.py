"""The command that measures refpipe on this machine. Belongs here: arguments, results. Does not: the benchmarks.

They lie beside the tests, in the source tree: they measure with the tests' own fakes. An installed wheel has none.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from refpipe.cli import options, output


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Which benchmarks to run, one after another.", metavar="[NAME]...", show_default=False),
    ] = None,
    run_all: Annotated[bool, typer.Option("--all", help="Run all of them, which takes hours.")] = False,
    _json: options.Json = False,
) -> None:
    """Measure against the written targets, on a machine that does nothing else; without a name, list what there is."""
    from refpipe.domain.errors import RefusedInputError

    known = _known()
    if not names and not run_all:
        output.document({"benchmarks": [{"name": name, "measures": words} for name, words in known.items()]})
        output.table("refpipe bench NAME", ("name", "measures"), list(known.items()))
        return
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise RefusedInputError(f"no such benchmark; there are {', '.join(known)}", field=", ".join(unknown))
    done = [_run(name) for name in names or known]
    output.document({"benchmarks": done})
    if any(each["failed"] for each in done):
        raise typer.Exit(1)


def _known() -> dict[str, str]:
    """Name and first line of each. Raises NotSetUpError where this installation has none."""
    import ast

    from refpipe.domain.errors import NotSetUpError

    paths = sorted((_root() / "refpipe_tests" / "bench").glob("bench_*.py"))
    if not paths:
        raise NotSetUpError(
            "the benchmarks are not part of this installation", remedy="Run the command in a checkout of refpipe."
        )
    told = {path.stem.removeprefix("bench_"): ast.get_docstring(ast.parse(path.read_text("utf-8"))) for path in paths}
    return {name: (words or "").split("\n\n")[0].removeprefix(f"{name}: ") for name, words in told.items()}


def _root() -> Path:
    """Where the package lies: in a checkout the benchmarks lie beside it."""
    import refpipe

    return Path(refpipe.__file__).parents[1]


def _run(name: str) -> dict[str, Any]:
    """One benchmark in a process of its own; what it prints is its report."""
    import subprocess
    import sys

    output.note(f"{name} is being measured")
    began = time.monotonic()
    ran = subprocess.run(  # noqa: S603 - this installation itself
        [sys.executable, "-m", "refpipe_tests.bench", name], cwd=_root(), stdout=subprocess.PIPE, text=True, check=False
    )
    output.say(ran.stdout.rstrip())
    return {
        "name": name,
        "failed": ran.returncode != 0,
        "seconds": round(time.monotonic() - began, 1),
        "report": ran.stdout,
    }

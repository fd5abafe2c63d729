"""The command as people run it: a process of its own, on a home and database of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document of stdout; anything beside it is an error."""
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("REFPIPE_")}
    return {**mine, "REFPIPE_HOME": str(tmp_path / "home"), "REFPIPE_DATABASE_URL": database_url}


@pytest.fixture
def command(environment: dict[str, str]) -> Command:
    def run(*arguments: object, **variables: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "refpipe_tests.cli.program", *map(str, arguments)],
            env={**environment, **variables},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run

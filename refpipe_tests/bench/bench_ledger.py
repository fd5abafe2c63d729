"""The generation ledger under many workers, kills with -9 and a provider in trouble; and with its guards taken out.

Counts, not times: what was made twice, paid twice or lost. The rows without fence and with blind resubmission
show that the same trial can fail.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from refpipe.backends.database.embedded import EmbeddedServer
from refpipe.backends.database.migrations import migrate
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.backends.shot_library import packaged_shots
from refpipe.services.register_character import register_character
from refpipe_tests.conftest import FAST
from refpipe_tests.fakes.job_provider import Faults
from refpipe_tests.fakes.ledger_trial import Tally, Trial, run_trial

WORKERS, KILLS, SETS = 6, 60, 4
TROUBLE = Faults(
    timeout=0.1, error=0.15, busy=0.05, unreachable=0.05, die_before=0.02, die_after=0.02, fetch_error=0.05,
    hidden_s=0.05, takes_s=0.01,
)  # fmt: skip


def main() -> str:
    """The table, as Markdown."""
    with tempfile.TemporaryDirectory(prefix="refpipe-bench-") as directory:
        root = Path(directory)
        with EmbeddedServer.join(root / "data", settings=FAST) as server:
            return _table(server, root)


def _table(server: EmbeddedServer, root: Path) -> str:
    shots = tuple(shot.slug for shot in packaged_shots())
    free = Trial(url="", folder=root, shots=shots, sets=SETS, takes_s=0.02)
    paid = replace(free, is_paid=True, takes_s=0.0, faults=TROUBLE)
    trials = {
        "free generator": free,
        "free generator, leases run out": replace(free, sees_the_dead=False),
        "free generator, no fence": replace(free, is_fenced=False),
        "paid provider": paid,
        "paid provider, leases run out": replace(paid, sees_the_dead=False),
        "paid provider, no fence": replace(paid, is_fenced=False),
        "paid provider, sent again blindly": replace(paid, is_blind=True),
    }
    lines = [
        f"{WORKERS} workers on the same {SETS} sets of {len(shots)} shots, killed with -9 at random.",
        "",
        "| trial | wanted | kills | made twice | paid twice | lost | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, trial in trials.items():
        with _home(server, root, name.replace(" ", "_").replace(",", "")) as (url, folder):
            tally = run_trial(replace(trial, url=url, folder=folder), workers=WORKERS, kills=KILLS)
        lines.append(_line(name, tally, is_paid=trial.is_paid))
        sys.stderr.write(lines[-1] + "\n")
    return "\n".join(lines)


def _line(name: str, tally: Tally, *, is_paid: bool) -> str:
    paid = tally.twice_paid if is_paid else "–"
    return (
        f"| {name} | {tally.wanted} | {tally.kills} | {tally.twice_made} | {paid} | {tally.lost} "
        f"| {tally.seconds:.0f} |"
    )


@contextmanager
def _home(server: EmbeddedServer, root: Path, name: str) -> Iterator[tuple[str, Path]]:
    """A database of its own with the sample character, and a folder."""
    url = server.ensure_database(name)
    migrate(url)
    database = PostgresDatabase(url)
    register_character(sample_sheet("jax"), owner="local", database=database)
    database.close()
    folder = root / name
    folder.mkdir()
    yield url, folder
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

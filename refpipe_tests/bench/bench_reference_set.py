"""reference_set and no_change: what Dagster, ledger, stores and gate add to the generator, and what a re-run costs.

Belongs here: the same 33 shots of one character at full size, made by the generator alone and as the Dagster run that
``refpipe generate`` does, one after the other in one process, each round with another seed; then the run once more
with nothing changed. ``REFPIPE_BENCH_ROUNDS`` rounds (5), ``REFPIPE_BENCH_SIZE`` (832x1248).
"""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from refpipe_tests.bench.machine import described, spread

if TYPE_CHECKING:
    from refpipe.domain.keys import CharacterKey
    from refpipe.wiring import Wiring

RESULTS = Path(__file__).parent / "results" / "reference_set.md"
ROUNDS = int(os.environ.get("REFPIPE_BENCH_ROUNDS", "5"))
SIZE = os.environ.get("REFPIPE_BENCH_SIZE", "832x1248")
CHARACTER = "sherlock-holmes"


def main() -> str:
    """The table, written to the results as well."""
    machine = described()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"REFPIPE_HOME": home, "DAGSTER_HOME": f"{home}/dagster", "REFPIPE_SIZE": SIZE}
        bare, whole, again = _measure()
    lines = [
        f"# 33 shots of one character at {SIZE.replace('x', '×')}: as a Dagster run, and by the generator alone",
        "",
        f"{machine} {len(bare)} rounds, one after the other in one process, libraries and body model loaded before.",
        "The Dagster run has ledger, stores, the gate's scores, events with pictures, and the contact sheet.",
        "",
        "| | seconds, median (least – most) |",
        "| --- | --- |",
        f"| generator alone | {spread(bare)} |",
        f"| Dagster run | {spread(whole)} |",
        f"| the same run again, nothing changed | {spread(again)} |",
        f"| reference_set: run over generator, by round (target 1.10 or less) | {spread(_ratios(whole, bare))} |",
        f"| no_change: again over first, by round (target 0.05 or less) | {spread(_ratios(again, whole))} |",
        "",
    ]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _ratios(ones: list[float], others: list[float]) -> list[float]:
    return [one / other for one, other in zip(ones, others, strict=True)]


def _measure() -> tuple[list[float], list[float], list[float]]:
    """Seconds of each round: generator alone, Dagster run, the run again."""
    from refpipe.backends.sheets.sheet_file import sample_sheet
    from refpipe.domain.keys import CharacterKey
    from refpipe.wiring import Wiring

    sheet = sample_sheet(CHARACTER)
    with Wiring() as wiring:
        wiring.seed_shots()
        with wiring.database.transaction("local") as records:
            records.characters.save(sheet)
        key = CharacterKey("local", sheet.slug, sheet.default_outfit.slug)
        _alone(wiring, key, seed=999_999, shots=1)  # loads what is loaded once
        bare, whole, again = [], [], []
        for number in range(ROUNDS):
            # who goes first changes from round to round
            if number % 2:
                bare.append(_alone(wiring, key, seed=2 * number))
            whole.append(_run(key, seed=number + 1))
            again.append(_run(key, seed=number + 1))
            if not number % 2:
                bare.append(_alone(wiring, key, seed=2 * number))
    return bare, whole, again


def _alone(wiring: Wiring, key: CharacterKey, *, seed: int, shots: int = 33) -> float:
    """Seconds that the generator takes for the set, as many at once as it likes, nothing stored."""
    from refpipe.backends.previs.generator import PrevisGenerator

    generator = PrevisGenerator(samples=wiring.settings.previs.samples_per_pixel)
    planner = wiring.build_reference_set().planner
    plan = planner(key, seed=100_000 + seed)
    with wiring.database.transaction(key.owner) as records:
        requests = [planner.shot(plan, shot).request for shot in records.shots.all()[:shots]]
    began = time.perf_counter()
    with ThreadPoolExecutor(generator.capabilities.max_concurrency) as pool:
        for _ in pool.map(generator.generate, requests):
            pass
    return time.perf_counter() - began


def _run(key: CharacterKey, *, seed: int) -> float:
    """Seconds of one Dagster run over the whole set, contact sheet included."""
    from refpipe.backends.shot_library import library_slugs
    from refpipe.defs.event_lines import EventLines
    from refpipe.defs.set_run import LineListener, SetOptions, make_set

    with Path(os.devnull).open("w") as nowhere:
        began = time.perf_counter()
        make_set(key, list(library_slugs()), SetOptions(seed=seed), LineListener(EventLines(nowhere)))
    return time.perf_counter() - began

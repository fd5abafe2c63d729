"""How long a character's 33 pictures take at full size, and where the time goes.

Belongs here: one process from a cold start: model load, figures, pictures and guides, without stores and Dagster.
Writes ``results/previs_set.md`` with the machine described; absolute times are that machine's.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from refpipe_tests.bench.machine import described

RESULTS = Path(__file__).parent / "results" / "previs_set.md"
CHARACTERS = ("jax", "sherlock-holmes", "amina", "pip")
STAGES = (
    ("refpipe.backends.previs.figure", "FigureMaker.figure", "figure: body, clothes, hair in the pose"),
    (
        "refpipe.backends.previs.render",
        "Scene.__init__",
        "loading the scene into the renderer (waiting for an exposure included)",
    ),
    ("refpipe.backends.previs.photograph", "_trace", "casting one ray a pixel (beside the exposure)"),
    ("refpipe.backends.previs.render", "Scene.expose", "exposures, fine and coarse (waiting for each other included)"),
    (
        "refpipe.backends.previs.photograph",
        "_Exposed.denoised",
        "denoising, fine and coarse (waiting for each other included)",
    ),
    ("refpipe.backends.previs.generator", "draw_guides", "guides"),
    ("refpipe.backends.previs.generator", "develop", "tone"),
    ("refpipe.backends.previs.generator", "encode_png", "encoding the picture"),
)


def main() -> str:
    """One set per sample character, each begun cold in a process of its own; the table as text."""
    import subprocess
    import sys

    rows = []
    for character in CHARACTERS:
        ran = subprocess.run([sys.executable, "-m", __name__, character], capture_output=True, text=True, check=True)
        rows.append((character, ran.stdout))
    text = _report(rows)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _report(rows: list[tuple[str, str]]) -> str:
    lines = [
        "# 33 pictures of one character at 832×1248, from a cold start",
        "",
        described(),
        "Stages overlap (two pictures are in hand at once), so that they add up to more than the whole.",
        "",
    ]
    for character, table in rows:
        lines += [f"## {character}", "", table]
    return "\n".join(lines)


def run_one(character: str) -> str:
    """The 33 pictures of one sample character in this process: totals and seconds by stage."""
    began, spent = time.perf_counter(), time.process_time()
    from refpipe.backends.previs.anatomy import anatomy
    from refpipe.backends.previs.generator import PrevisGenerator
    from refpipe.backends.sheets.sheet_file import sample_sheet
    from refpipe.backends.shot_library import packaged_shots
    from refpipe.domain.generation import FULL_SIZE, ImageRequest, Role

    anatomy()
    loaded = time.perf_counter() - began
    clock: dict[str, float] = defaultdict(float)
    for module, name, stage in STAGES:
        _timed(module, name, stage, clock)
    sheet, generator = sample_sheet(character), PrevisGenerator()
    requests = [
        ImageRequest(
            role=Role.REFERENCE_IMAGE,
            model=generator.capabilities.model,
            physical=sheet.physical,
            outfit=sheet.default_outfit,
            shot=shot,
            size=FULL_SIZE,
            seed=1,
        )
        for shot in packaged_shots()
    ]
    with ThreadPoolExecutor(generator.capabilities.max_concurrency) as pool:
        made = list(pool.map(generator.generate, requests))
    total = time.perf_counter() - began
    lines = [
        "| | seconds | a picture |",
        "| --- | --- | --- |",
        f"| all {len(made)} pictures, model load included | {total:.1f} | {total / len(made):.2f} |",
        f"| of that, loading libraries and the body model | {loaded:.1f} | |",
        f"| processor time | {time.process_time() - spent:.1f} | {(time.process_time() - spent) / len(made):.2f} |",
    ]
    lines += [f"| {stage} | {seconds:.1f} | {seconds / len(made):.2f} |" for stage, seconds in clock.items()]
    return "\n".join(lines) + "\n"


def _timed(module: str, name: str, stage: str, clock: dict[str, float]) -> None:
    import importlib

    place: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        place = getattr(place, part)
    inner: Callable[..., Any] = getattr(place, last)

    def timed(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return inner(*arguments, **named)
        finally:
            clock[stage] += time.perf_counter() - started

    setattr(place, last, timed)


if __name__ == "__main__":
    import sys

    sys.stdout.write(run_one(sys.argv[1]))

"""previs_set: how long a character's 33 pictures take at full size, and where the time goes.

Belongs here: one process from a cold start: model load, figures, pictures and guides, without stores and Dagster.
Beside it the plain recipe on the same scenes: the whole frame at four samples a pixel, then the denoiser as it comes,
one picture after another, nothing but these two counted. Writes ``results/previs_set.md`` with the machine described;
absolute times are that machine's, the ratio is not.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from refpipe_tests.bench.machine import described, spread

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


AIM_S, RECIPE_S = 90.0, 2.76
PLAIN_OF = 4
"""Of every character's shots each fourth is made by the plain recipe too."""


def main() -> str:
    """One set per sample character, each begun cold in a process of its own, the plain recipe after it; the table."""
    machine = described()
    sets, plain = [], []
    for character in CHARACTERS:
        sets.append((character, _in_a_process(character)))
        plain.append(float(_in_a_process(character, "plain")))
    text = _report(machine, sets, plain)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _in_a_process(*arguments: str) -> str:
    import subprocess
    import sys

    ran = subprocess.run([sys.executable, "-m", __name__, *arguments], capture_output=True, text=True, check=True)
    return ran.stdout


def _report(machine: str, sets: list[tuple[str, str]], plain: list[float]) -> str:
    whole = [float(table.splitlines()[2].split("|")[3]) for _, table in sets]
    lines = [
        "# 33 pictures of one character at 832×1248, from a cold start",
        "",
        machine,
        "Stages overlap (two pictures are in hand at once), so that they add up to more than the whole.",
        "",
        "| | seconds a picture: median (least – most) |",
        "| --- | --- |",
        f"| everything: model load, figure, picture, guides, files | {spread(whole)} |",
        f"| plain recipe, same scenes: exposing and denoising alone | {spread(plain)} |",
        f"| ratio, character by character | {spread([a / b for a, b in zip(whole, plain, strict=True)])} |",
        "",
        (
            f"The aim, 33 pictures in about {AIM_S:g} seconds, was set on a machine where the plain recipe takes"
            f" {RECIPE_S:g} s for this size (2.3 s for 832×1040, on a scene of its own): a ratio of"
            f" {AIM_S / 33 / RECIPE_S:.2f}. Seconds are of this machine, in the hour of the measurement."
        ),
        "",
    ]
    for character, table in sets:
        lines += [f"## {character}", "", table]
    return "\n".join(lines)


def run_plain(character: str) -> str:
    """Seconds a picture of exposing and denoising by the plain recipe, over some of the character's shots."""
    import mitsuba as mi

    from refpipe.backends.previs import generator, render
    from refpipe.backends.previs.denoise import load_denoiser
    from refpipe.backends.previs.figure import FigureMaker
    from refpipe.backends.previs.studio import set_stage
    from refpipe.backends.previs.tracing import Tracer
    from refpipe.backends.sheets.sheet_file import sample_sheet
    from refpipe.backends.shot_library import packaged_shots
    from refpipe.domain.generation import FULL_SIZE

    sheet, maker, denoise = sample_sheet(character), FigureMaker(), load_denoiser()
    assert denoise is not None
    took = []
    for shot in packaged_shots()[::PLAIN_OF]:
        figure = maker.figure(
            sheet.physical,
            sheet.default_outfit,
            pose=shot.pose,
            expression=shot.expression,
            yaw_deg=shot.subject_yaw_deg,
            gaze_at=lambda landmarks, shot=shot: generator.gaze_point(shot, landmarks, FULL_SIZE),
        )
        camera, _, _ = generator.aim(shot, figure.landmarks, FULL_SIZE)
        centre = figure.landmarks.crop_centres[shot.crop]
        stage = set_stage(camera, centre, height_m=figure.landmarks.height_m, view_deg=shot.relative_view_deg)
        scene = render._load_scene(figure.meshes, stage)
        seen = Tracer(figure.meshes, [stage.backdrop]).trace(camera)
        sensor = render._sensor(camera, 1) | {"sampler": {"type": "independent", "sample_count": 4}}
        film, integrator = mi.load_dict(sensor), mi.load_dict({"type": "direct", "bsdf_samples": 0})
        began = time.perf_counter()
        light = mi.render(scene, sensor=film, integrator=integrator, seed=1)
        denoise(np.array(light, np.float32)[:, :, :3], seen.albedo, seen.normals, quality=None)
        took.append(time.perf_counter() - began)
    return f"{sum(took) / len(took):.3f}\n"


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

    sys.stdout.write((run_plain if "plain" in sys.argv[2:] else run_one)(sys.argv[1]))

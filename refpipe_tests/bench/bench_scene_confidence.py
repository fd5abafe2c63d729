"""scene_confidence: fit how sure `find` may be of its first result, and say how well that holds.

Belongs here: the fit on the development part of the judged scenes. In a whole library the first result is nearly
always relevant; so each description is also asked of parts of the library, drawn by lot, as galleries are while they
grow. The probability that the first result is relevant is fitted by isotonic regression to the points by which it falls
short of the library's best shot, and its error is
taken on descriptions that were left out. Writes ``refpipe/data/scene_confidence.yaml`` and
``results/scene_confidence.md``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from refpipe.backends.scene_words import packaged_vocabulary
from refpipe.domain.scene_analysis import analyse_scene
from refpipe.domain.scene_confidence import ScoreCalibration
from refpipe.domain.scene_cues import Intent
from refpipe.domain.scene_match import is_denied, score_shot
from refpipe.domain.shots import Pack, Pose
from refpipe_tests.bench.bench_scene_search import RELEVANT, SHOTS
from refpipe_tests.judged.scenes.scenes import JudgedScene, load

RESULTS = Path(__file__).parent / "results" / "scene_confidence.md"
VERSION = "1"
SEED = 20
PARTS = 24
PART_SIZES = (6, 9, 12, 16, 22, 28)
FOLDS = 5
BINS = 10
_SUREST = 0.99
_LEAST_BLOCK = 60
"""Fewer first results than this do not make a step of their own."""

Floats = NDArray[np.float64]


def main() -> str:
    """The table, written to the results as well."""
    scenes = load("development")
    lots = random.Random(SEED)  # noqa: S311 - drawing galleries, not secrets
    rows = [(number, *row) for number, scene in enumerate(scenes) for row in _first_results(scene, lots)]
    number, short, relevant = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    told = np.zeros_like(short)
    for fold in range(FOLDS):
        left_out = number % FOLDS == fold
        calibration = fitted(short[~left_out], relevant[~left_out])
        told[left_out] = [calibration.confidence(each) for each in short[left_out]]
    final, error = fitted(short, relevant), round(calibration_error(told, relevant), 4)
    _write(final, error, len(scenes), len(short))
    lines = [
        "# How sure the search may be of its first result",
        "",
        (
            f"{len(scenes)} development descriptions, each asked of the whole library, of its core pack and of {PARTS}"
            f" parts of {PART_SIZES[0]} to {PART_SIZES[-1]} shots: {len(short)} first results,"
            f" {relevant.mean():.3f} relevant."
        ),
        (
            f"Expected calibration error on descriptions left out ({FOLDS} folds): {error:.3f}; of saying"
            f" {relevant.mean():.3f} every time:"
            f" {calibration_error(np.full_like(short, relevant.mean()), relevant):.3f}, which tells nothing of a single"
            f" result. Brier score {np.mean((told - relevant) ** 2):.3f} against"
            f" {np.mean((relevant.mean() - relevant) ** 2):.3f}."
        ),
        "",
        "| said | first results | mean said | relevant |",
        "| --- | --- | --- | --- |",
        *_bins(told, relevant),
        "",
        f"Fitted, version {final.version}: "
        + ", ".join(f"{short_by:g} → {chance:.2f}" for short_by, chance in final.points)
        + ".",
        "",
    ]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _first_results(scene: JudgedScene, lots: random.Random) -> list[tuple[float, bool]]:
    """Points short of the library's best, and relevance, of the first result in the whole library and in parts."""
    analysis = analyse_scene(
        scene.description,
        packaged_vocabulary(),
        scene_type=scene.scene_type,
        emotional_intensity=scene.emotional_intensity,
    )
    shots = [shot for shot in SHOTS if shot.pose is not Pose.T_POSE or Intent.CALIBRATION in analysis.named]
    keys = {shot.slug: (is_denied(analysis, shot), -score_shot(analysis, shot, None).asked) for shot in shots}
    galleries = [[*keys], [shot.slug for shot in shots if shot.pack is Pack.CORE]]
    galleries += [lots.sample([*keys], lots.choice(PART_SIZES)) for _ in range(PARTS)]
    firsts = [min(gallery, key=keys.__getitem__) for gallery in galleries]
    best = min(gain for denied, gain in keys.values() if not denied)
    return [(max(0.0, keys[slug][1] - best), scene.grade(slug) >= RELEVANT) for slug in firsts]


def fitted(short: Floats, relevant: Floats) -> ScoreCalibration:
    """Isotonic regression of relevance on points short, in blocks of some size, as points at the blocks' means."""
    order = np.argsort(-short, kind="stable")
    blocks: list[list[float]] = []  # of each: sum of points short, relevant ones, count
    before = float("nan")
    for at in order:
        if blocks and (blocks[-1][2] < _LEAST_BLOCK or short[at] == before):  # equal ones stay together
            last = blocks[-1]
            last[0], last[1], last[2] = last[0] + short[at], last[1] + relevant[at], last[2] + 1
        else:
            blocks.append([short[at], relevant[at], 1.0])
        before = short[at]
        while len(blocks) > 1 and blocks[-1][2] >= _LEAST_BLOCK and _share(blocks[-2]) >= _share(blocks[-1]):
            _join_last(blocks)
    while len(blocks) > 1 and (blocks[-1][2] < _LEAST_BLOCK or _share(blocks[-2]) >= _share(blocks[-1])):
        _join_last(blocks)
    points = [(round(total / count, 1), round(_share([total, good, count]), 3)) for total, good, count in blocks]
    distinct = dict(points)
    return ScoreCalibration(version=VERSION, points=sorted(distinct.items()))


def _join_last(blocks: list[list[float]]) -> None:
    upper = blocks.pop()
    blocks[-1] = [one + other for one, other in zip(blocks[-1], upper, strict=True)]


def _share(block: Sequence[float]) -> float:
    """The share of relevant ones; one more of either kind keeps it from 0, and nothing is surer than ``_SUREST``."""
    return min((block[1] + 1) / (block[2] + 2), _SUREST)


def calibration_error(told: Floats, relevant: Floats) -> float:
    """Expected calibration error over bins of equal width."""
    at = np.clip((told * BINS).astype(int), 0, BINS - 1)
    parts = [at == each for each in range(BINS) if (at == each).any()]
    return float(sum(abs(told[part].mean() - relevant[part].mean()) * part.mean() for part in parts))


def _bins(told: Floats, relevant: Floats) -> list[str]:
    at = np.clip((told * BINS).astype(int), 0, BINS - 1)
    return [
        f"| {each / BINS:.1f} – {(each + 1) / BINS:.1f} | {(at == each).sum()} | {told[at == each].mean():.3f} "
        f"| {relevant[at == each].mean():.3f} |"
        for each in range(BINS)
        if (at == each).any()
    ]


def _write(calibration: ScoreCalibration, error: float, scenes: int, results: int) -> None:
    path = Path(str(files("refpipe").joinpath("data/scene_confidence.yaml")))
    head = (
        "# How sure the scene search may be of its first result: points short of the\n"
        "# library's best shot → probability that it is relevant.\n"
        "# Fitted by `make bench ARGS=scene_confidence`; change the scores and it must be fitted again.\n"
    )
    data = {
        "version": calibration.version,
        "fitted_on": f"{scenes} judged descriptions, {results} first results",
        "ece": error,
        "points": [[float(short_by), float(chance)] for short_by, chance in calibration.points],
    }
    path.write_text(head + yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

"""colours: five dominant colours of a 1024 × 1024 picture, against k-means on every pixel.

Belongs here: time and error of both, interleaved. The other side is OpenCV's k-means in Lab on all pixels, k-means++
seeds, ten starts, the best kept. The error is that of the full picture: the mean distance (Lab) of its pixels from the
nearest of the five colours. Writes ``results/colours.md``.
"""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from refpipe.backends.asset_words import packaged_colour_names
from refpipe.backends.vision.colours import SIDE_PX, _clustered, _counted, dominant_colours, small_copy
from refpipe.domain.colours import lab_of
from refpipe_tests.bench.machine import described, spread
from refpipe_tests.judged.assets.labelled import one

RESULTS = Path(__file__).parent / "results" / "colours.md"
GROUPS = ("product before a backdrop", "photograph of a logo", "texture", "environment", "other hand: environment")
SIZE_PX, ROUNDS, STARTS = 1024, 5, 10
TARGET = 100.0


def main() -> str:
    """The table, written to the results as well."""
    machine = described()
    names = packaged_colour_names()
    pictures = [_large(one("dev", group).data) for group in GROUPS]
    for pixels in pictures:
        dominant_colours(pixels, names)
    ours: list[float] = []
    full: list[float] = []
    errors: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        pixels = pictures[number % len(pictures)]
        lab = lab_of(pixels.reshape(-1, 3)).astype(np.float32)
        began = time.perf_counter()
        dominant_colours(pixels, names)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        centres = _full(lab)
        full.append(time.perf_counter() - began)
        errors.append((_error(lab, _clustered(*_counted(small_copy(pixels)))[0]), _error(lab, centres)))
    times = float(np.median(full) / np.median(ours))
    worst = max(mine / theirs for mine, theirs in errors)
    lines = [
        "# Dominant colours",
        "",
        f"{machine}",
        f"Pictures of {SIZE_PX} × {SIZE_PX} pixels, decoded; median (least – most) of {ROUNDS} rounds, interleaved.",
        "",
        "| | ms | mean error of a pixel, Lab |",
        "| --- | --- | --- |",
        _row(f"ours: averaged to {SIDE_PX} pixels", ours, [mine for mine, _ in errors]),
        _row(f"every pixel, {STARTS} starts", full, [theirs for _, theirs in errors]),
        "",
        f"{times:.0f} times as quick (target ≥ {TARGET:.0f}); error at most {worst:.3f} times the other's.",
        "",
    ]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _row(side: str, seconds: list[float], errors: list[float]) -> str:
    return f"| {side} | {spread([1000 * each for each in seconds])} | {spread(errors)} |"


def _large(data: bytes) -> np.ndarray:
    """Enlarged, with grain, so that no two pixels are the same as in a camera's picture."""
    image = Image.open(BytesIO(data)).convert("RGB").resize((SIZE_PX, SIZE_PX), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(3).normal(0, 3, (SIZE_PX, SIZE_PX, 3))
    return np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)


def _full(lab: np.ndarray) -> np.ndarray:
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 0.02)
    cv2.setRNGSeed(1)
    _, _, centres = cv2.kmeans(lab, 5, None, criteria, STARTS, cv2.KMEANS_PP_CENTERS)
    return centres


def _error(lab: np.ndarray, centres: np.ndarray) -> float:
    far = np.min([np.linalg.norm(lab - centre, axis=1) for centre in centres], axis=0)
    return float(far.mean())


if __name__ == "__main__":
    import sys

    sys.stdout.write(main())

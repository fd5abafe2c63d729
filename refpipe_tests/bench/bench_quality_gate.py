"""quality_gate: what the gate finds of spoiled pictures, and what it lets pass of good ones.

Belongs here: the judged pictures through scorer and gate, counted; a trivial baseline beside every figure. Does not:
the pictures and their defects (``refpipe_tests/judged/quality``).

``python -m refpipe_tests.bench quality_gate`` judges the held-out part and writes ``results/quality_gate.md``; with
``REFPIPE_JUDGED_PART`` another part. Photographs are taken once and kept (``REFPIPE_JUDGED_CACHE``).
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from refpipe.backends.previs.generator import REVISION
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.camera import Crop
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.quality import Expected
from refpipe.domain.quality import FailureReason as Why
from refpipe.domain.verdict import Thresholds, Verdict, judge
from refpipe_tests.judged.quality.defects import DEFECTS, HARMLESS, Defect, Picture, decode, draw_for, encode
from refpipe_tests.judged.quality.people import PALE
from refpipe_tests.judged.quality.shoot import Photo, Take, photo, takes

RESULTS = Path(__file__).parent / "results" / "quality_gate.md"
PART = os.environ.get("REFPIPE_JUDGED_PART", "held_out")
ONE_IN = int(os.environ.get("REFPIPE_JUDGED_ONE_IN", "6"))
"""Each defect and severity is tried on every sixth photograph, always others."""
AT_ONCE = 2
UNCHANGED = "as photographed"
VIEW, TILT = "camera elsewhere, around", "camera elsewhere, above or below"
SIDE_VIEW_DEG = (14, 166)
_ALLOWED = 0.005
"""The baseline's four limits each let this share of good development pictures fail: 2 % together."""


@dataclass
class Count:
    """Of one defect and severity."""

    tried: int = 0
    found: int = 0
    named: int = 0
    first: int = 0
    by_baseline: int = 0
    named_by_baseline: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, name: str, verdict: Verdict, right: Sequence[Why], baseline: Why | None) -> None:
        self.tried += 1
        is_found = verdict.status is ImageStatus.FAILED
        self.found += is_found
        self.named += bool(set(right) & set(verdict.reasons))
        self.first += bool(verdict.reasons) and verdict.reasons[0] in right
        self.by_baseline += baseline is not None
        self.named_by_baseline += baseline in right
        if not is_found:
            self.missed.append(name)


@dataclass(frozen=True)
class Baseline:
    """Variance of the Laplacian and mean lightness, each within limits fitted on good development pictures."""

    sharp: tuple[float, float]
    light: tuple[float, float]

    def says(self, picture: Picture) -> Why | None:
        sharp, light = _trivial(picture)
        if not self.sharp[0] <= sharp <= self.sharp[1]:
            return Why.BLURRED if sharp < self.sharp[0] else Why.NOISY
        if not self.light[0] <= light <= self.light[1]:
            return Why.UNDEREXPOSED if light < self.light[0] else Why.OVEREXPOSED
        return None


def _trivial(picture: Picture) -> tuple[float, float]:
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var()), float(grey.mean())


def fitted_baseline() -> Baseline:
    """Limits from the development part's good pictures."""
    good = [take for take in takes("dev") if take.is_as_asked]
    measured = np.array([_trivial(decode(photo(take).picture_png)) for take in good])
    low, high = np.quantile(measured, (_ALLOWED, 1 - _ALLOWED), axis=0)
    return Baseline(sharp=(low[0], high[0]), light=(low[1], high[1]))


def expected_of(photograph: Photo) -> Expected:
    """What the gate is told of a photograph: size, framing, and the guides of the camera that was asked for."""
    shot, guides = photograph.take.shot, photograph.guides
    has_head = shot.crop is not Crop.HANDS
    return Expected(
        size=photograph.take.size,
        thirds=shot.thirds if has_head else None,
        headroom=shot.headroom if has_head else None,
        mask_png=guides["mask.png"],
        edges_png=guides["edges.png"],
        keypoints_json=guides["keypoints.json"],
    )


class Bench:
    """One part of the judged pictures through the gate."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.scorer, self.thresholds, self.baseline = PictureScorer(), Thresholds(), fitted_baseline()
        self.counts: dict[tuple[str, float], Count] = defaultdict(Count)
        self.passed: dict[str, list[tuple[str, Verdict]]] = defaultdict(list)
        self.baseline_passed: dict[str, int] = defaultdict(int)
        self.seconds: list[float] = []
        self.lock = threading.Lock()

    def run(self) -> None:
        """Judge everything, a few photographs at a time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(self._one, *zip(*enumerate(takes(self.part)), strict=True)):
                pass

    def _one(self, index: int, take: Take) -> None:
        if not take.is_as_asked:
            self._elsewhere(take)
            return
        photograph = photo(take)
        picture = decode(photograph.picture_png)
        self._good(UNCHANGED, photograph, picture)
        mask = cv2.imdecode(np.frombuffer(photograph.guides["mask.png"], np.uint8), cv2.IMREAD_GRAYSCALE) > 127
        for each in HARMLESS:
            if _is_turn(index, each.name, 0, ONE_IN // 2 or 1):
                self._good(each.name, photograph, each.change(picture, mask, 0, draw_for(take.name, each.name, 0)))
        for defect, severity in _tried_on(take, index):
            spoiled = defect.spoil(picture, mask, severity, draw_for(take.name, defect.name, severity))
            self._bad(defect.name, severity, (defect.reason, *defect.also), photograph, spoiled)

    def _verdict(self, picture: Picture, photograph: Photo) -> Verdict:
        data, expected = encode(picture), expected_of(photograph)
        began = time.perf_counter()
        scored = self.scorer.score(data, expected)
        self.seconds.append(time.perf_counter() - began)
        return judge(scored, self.thresholds)

    def _good(self, change: str, photograph: Photo, picture: Picture) -> None:
        verdict, is_passed = self._verdict(picture, photograph), self.baseline.says(picture) is None
        with self.lock:
            self.passed[change].append((photograph.take.name, verdict))
            self.baseline_passed[change] += is_passed

    def _bad(self, name: str, severity: float, right: Sequence[Why], photograph: Photo, picture: Picture) -> None:
        verdict, trivial = self._verdict(picture, photograph), self.baseline.says(picture)
        with self.lock:
            self.counts[name, severity].add(photograph.take.name, verdict, right, trivial)

    def _elsewhere(self, take: Take) -> None:
        picture = decode(photo(take).picture_png)
        name, offset = (VIEW, take.azimuth_offset_deg) if take.azimuth_offset_deg else (TILT, take.elevation_offset_deg)
        self._bad(name, abs(offset), (Why.WRONG_VIEW,), photo(take.as_asked), picture)


def _tried_on(take: Take, index: int) -> Iterator[tuple[Defect, float]]:
    for defect in DEFECTS:
        if defect.name == "mirrored" and not _is_from_the_side(take):
            continue
        if defect.reason in {Why.WRONG_FRAMING, Why.WRONG_SCALE} and take.shot.crop is Crop.HANDS:
            continue  # no head and no outline: what frames a hand is not settled
        for severity in defect.severities:
            if _is_turn(index, defect.name, severity, ONE_IN):
                yield defect, severity


def _is_from_the_side(take: Take) -> bool:
    return SIDE_VIEW_DEG[0] < abs(take.shot.relative_view_deg) < SIDE_VIEW_DEG[1]


def _is_turn(index: int, name: str, severity: float, one_in: int) -> bool:
    return (index + zlib.crc32(f"{name}{severity:g}".encode())) % one_in == 0


def main() -> str:
    """The table of one part, written beside the others' results."""
    cv2.setNumThreads(1)
    bench = Bench(PART)
    bench.run()
    text = report(bench)
    if PART == "held_out":
        RESULTS.write_text(text, encoding="utf-8")
    return text


def report(bench: Bench) -> str:
    """Markdown: good pictures, then defects by severity."""
    lines = [
        "# The gate on judged pictures",
        "",
        (
            f"Part: {bench.part}, photographs by previs@{REVISION}; each defect and severity on one in {ONE_IN}."
            f" Default profile, scorer {bench.scorer.name}; {len(bench.seconds)} pictures judged,"
            f" median {np.median(bench.seconds):.2f} s each on one core of a busy machine (small pictures)."
        ),
        (
            "Baseline: variance of the Laplacian and mean lightness within limits that let 98 % of good development"
            " pictures pass."
        ),
        "",
        "## Good pictures",
        "",
        "| | judged | accepted | by the baseline | failed for |",
        "| --- | --- | --- | --- | --- |",
    ]
    for change, verdicts in sorted(bench.passed.items(), key=lambda each: each[0] != UNCHANGED):
        lines.append(_good_row(change, verdicts, _share(bench.baseline_passed[change], len(verdicts))))
        if change == UNCHANGED:
            for clothes, is_pale in (("in pale clothes", True), ("in other clothes", False)):
                of_these = [each for each in verdicts if each[0].startswith(PALE) is is_pale]
                lines.append(_good_row(f"… {clothes}", of_these, ""))
    lines += [
        "",
        "## Spoiled pictures",
        "",
        "*Found*: not accepted. *Named*: the right reason is among the reasons; *first*: it is the first of them.",
        "",
        "| defect | severity | judged | found | named | first | baseline found | baseline named |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    units = {defect.name: defect.unit for defect in DEFECTS} | {VIEW: "degrees", TILT: "degrees"}
    order = [*units]
    for (name, severity), count in sorted(bench.counts.items(), key=lambda each: (order.index(each[0][0]), each[0][1])):
        shares = (count.found, count.named, count.first, count.by_baseline, count.named_by_baseline)
        figures = " | ".join(_share(each, count.tried) for each in shares)
        lines.append(f"| {name} ({units[name]}) | {severity:g} | {count.tried} | {figures} |")
    return "\n".join(lines) + "\n"


def _good_row(change: str, verdicts: Sequence[tuple[str, Verdict]], by_baseline: str) -> str:
    accepted = sum(verdict.status is ImageStatus.ACCEPTED for _, verdict in verdicts)
    failed = sorted({reason.value for _, verdict in verdicts for reason in verdict.reasons})
    return f"| {change} | {len(verdicts)} | {_share(accepted, len(verdicts))} | {by_baseline} | {', '.join(failed)} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "not measured"


if __name__ == "__main__":
    import sys

    sys.stdout.write(main())

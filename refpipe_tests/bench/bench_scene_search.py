"""scene_search: how well `find` answers the judged scenes, beside answers that never change, and how long it thinks.

Belongs here: P@1 and nDCG@5 on the judged descriptions, kind by kind. ``REFPIPE_JUDGED_SPLIT``: ``development``
(default) or ``untouched``, which is used once, when everything else stands.
Writes ``results/scene_search.md`` or ``results/scene_search_untouched.md``.
"""

from __future__ import annotations

import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from refpipe.backends.scene_words import packaged_vocabulary
from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.scene_analysis import analyse_scene
from refpipe.domain.scene_match import is_denied, score_shot
from refpipe_tests.bench.machine import described, spread
from refpipe_tests.judged.scenes.scenes import JudgedScene, load

RESULTS = Path(__file__).parent / "results"
SPLIT = os.environ.get("REFPIPE_JUDGED_SPLIT", "development")
RELEVANT = 2
SHOTS = packaged_shots()

Ranking = Callable[[JudgedScene], Sequence[str]]


def by_search(scene: JudgedScene) -> list[str]:
    """The library's shots as the search ranks them, none of them measured."""
    analysis = analyse_scene(
        scene.description,
        packaged_vocabulary(),
        scene_type=scene.scene_type,
        emotional_intensity=scene.emotional_intensity,
    )
    ranked = sorted(
        SHOTS,
        key=lambda shot: (
            is_denied(analysis, shot),
            -round(score_shot(analysis, shot, None).total, 6),
            shot.priority,
        ),
    )
    return [shot.slug for shot in ranked]


def always(scenes: Sequence[JudgedScene]) -> list[str]:
    """The ranking that serves all descriptions best when it never changes."""
    return sorted((shot.slug for shot in SHOTS), key=lambda slug: -mean(scene.grade(slug) for scene in scenes))


def at_one(scene: JudgedScene, ranking: Sequence[str]) -> float:
    """Whether the first result is relevant."""
    return float(scene.grade(ranking[0]) >= RELEVANT)


def ndcg(scene: JudgedScene, ranking: Sequence[str], depth: int = 5) -> float:
    """Normalised discounted gain of the first results; a grade g gains 2^g − 1."""
    ideal = sorted(scene.relevance.values(), reverse=True)
    return _gain([scene.grade(slug) for slug in ranking[:depth]]) / _gain(ideal[:depth])


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def main() -> str:
    """The table, written to the results as well."""
    scenes = load(SPLIT)
    rankings = {scene.id: by_search(scene) for scene in scenes}
    constant = always(load("development"))
    thinking = []
    for scene in scenes:
        began = time.perf_counter()
        by_search(scene)
        thinking.append(1000 * (time.perf_counter() - began))
    lines = [
        f"# Judged scenes, {SPLIT}: {len(scenes)} descriptions",
        "",
        f"{described()} No picture of the library is measured; all 33 are there.",
        f"Analysis and scoring of a description: {spread(thinking)} ms.",
        "The baseline is the one ranking that serves the development part best without looking at the description.",
        "",
        "| | descriptions | P@1 | nDCG@5 | P@1, never changing | nDCG@5, never changing |",
        "| --- | --- | --- | --- | --- | --- |",
        _row("all", scenes, rankings, constant),
    ]
    by_kind: dict[str, list[JudgedScene]] = defaultdict(list)
    for scene in scenes:
        for kind in scene.kinds:
            by_kind[kind.value].append(scene)
    lines += [_row(kind.replace("_", " "), by_kind[kind], rankings, constant) for kind in sorted(by_kind)]
    lines += ["", *_analyses(scenes), ""]
    text = "\n".join(lines)
    name = "scene_search.md" if SPLIT == "development" else f"scene_search_{SPLIT}.md"
    (RESULTS / name).write_text(text, encoding="utf-8")
    return text


def _row(name: str, scenes: Sequence[JudgedScene], rankings: dict[str, list[str]], constant: Sequence[str]) -> str:
    ours = (
        mean(at_one(each, rankings[each.id]) for each in scenes),
        mean(ndcg(each, rankings[each.id]) for each in scenes),
    )
    base = mean(at_one(each, constant) for each in scenes), mean(ndcg(each, constant) for each in scenes)
    cells = " | ".join(f"{value:.3f}" for value in (*ours, *base))
    return f"| {name} | {len(scenes)} | {cells} |"


def _analyses(scenes: Sequence[JudgedScene]) -> list[str]:
    right_type, right_tone = [], []
    for scene in scenes:
        found = analyse_scene(
            scene.description,
            packaged_vocabulary(),
            scene_type=scene.scene_type,
            emotional_intensity=scene.emotional_intensity,
        )
        if scene.expected_scene_type and scene.scene_type is None:
            right_type.append(found.scene_type is scene.expected_scene_type)
        if scene.expected_tone:
            right_tone.append(found.tone is scene.expected_tone)
    types = f"Scene type as a person would say: {mean(right_type):.3f} of {len(right_type)}"
    return [f"{types}; tone: {mean(right_tone):.3f} of {len(right_tone)}."]

"""The judged scenes, read and checked.

Belongs here: reading ``scenes.yaml`` with ``splits.json``, and ``scenes_second.yaml``. Does not: searching, or
measuring a search.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from refpipe.backends.shot_library import library_slugs
from refpipe.domain.scene_cues import Tone
from refpipe.domain.shots import SceneType

_HERE = Path(__file__).parent
_FIRST, _SECOND = "scenes.yaml", "scenes_second.yaml"
_WHOLE = "second"  # the name under which all of the second file is read
_FIELDS = {"id", "description", "scene_type", "emotional_intensity", "kinds", "analysis", "relevance"}
_ANALYSIS_FIELDS = {"scene_type", "emotional_tone"}
_BEST = 3


class Kind(StrEnum):
    """What a description tries; most try several things."""

    PLAIN = "plain"
    NEGATION = "negation"
    SEVERAL_CHARACTERS = "several_characters"
    NO_CUE = "no_cue"
    SUBSTRING_TRAP = "substring_trap"
    INTENSITY = "intensity"
    FROM_BEHIND = "from_behind"
    PROFILE = "profile"
    HANDS = "hands"
    EXPRESSION = "expression"
    ANGLE_HIGH = "angle_high"
    ANGLE_LOW = "angle_low"
    LEFT_RIGHT = "left_right"
    TURNAROUND = "turnaround"
    TONE = "tone"
    MIXED_CUES = "mixed_cues"
    AD_BRIEF = "ad_brief"
    LONG = "long"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedScene:
    """A description, what is given with it, and how good each reference shot is for it.

    ``scene_type`` and ``emotional_intensity`` (1 to 10) are given with the query; ``expected_scene_type`` and
    ``expected_tone`` are what an analysis should find, None where a person would not be sure.
    """

    id: str
    description: str
    scene_type: SceneType | None
    emotional_intensity: int | None
    kinds: tuple[Kind, ...]
    expected_scene_type: SceneType | None
    expected_tone: Tone | None
    relevance: Mapping[str, int]

    def grade(self, slug: str) -> int:
        """The grade of a shot, 0 to 3; 0 where none was given."""
        return self.relevance.get(slug, 0)


def load(split: str) -> list[JudgedScene]:
    """The scenes of one split, in the file's order.

    ``development`` and ``untouched`` are parts of the first set; ``second`` is the whole of the second one.
    Raises ValueError where the split is unknown or the files break their own rules.
    """
    scenes, splits = _all_scenes(), _splits()
    if split not in splits:
        raise ValueError(f"no split {split!r}; there are {', '.join(sorted(splits))}")
    return [scene for scene in scenes.values() if scene.id in splits[split]]


@cache
def _all_scenes() -> dict[str, JudgedScene]:
    """Every scene of both sets by its id. Raises ValueError where an id is there twice, or a text in both sets."""
    first, second = _scenes_of(_FIRST), _scenes_of(_SECOND)
    twice = [name for name, count in Counter(scene.id for scene in first + second).items() if count > 1]
    if twice:
        raise ValueError(f"given to several scenes: {', '.join(twice)}")
    known = {scene.description.casefold() for scene in first}
    copied = [scene.id for scene in second if scene.description.casefold() in known]
    if copied:
        raise ValueError(f"descriptions of the first set, again in the second: {', '.join(copied)}")
    return {scene.id: scene for scene in first + second}


@cache
def _scenes_of(file: str) -> tuple[JudgedScene, ...]:
    """The scenes of one file, in its order."""
    entries: list[dict[str, Any]] = yaml.safe_load((_HERE / file).read_text(encoding="utf-8"))
    return tuple(_read(entry) for entry in entries)


def _splits() -> dict[str, frozenset[str]]:
    """The ids of each split. Raises ValueError unless every scene of the first set is in exactly one."""
    data: dict[str, list[str]] = json.loads((_HERE / "splits.json").read_text(encoding="utf-8"))
    counts = Counter(name for names in data.values() for name in names)
    ids = {scene.id for scene in _scenes_of(_FIRST)}
    wrong = sorted(ids ^ counts.keys()) + sorted(name for name, count in counts.items() if count > 1)
    if wrong:
        raise ValueError(f"unknown, without a split or in several: {', '.join(wrong)}")
    splits = {split: frozenset(names) for split, names in data.items()}
    return splits | {_WHOLE: frozenset(scene.id for scene in _scenes_of(_SECOND))}


def _read(entry: dict[str, Any]) -> JudgedScene:
    """One entry of the file. Raises ValueError, with its id, where it breaks a rule."""
    name = str(entry.get("id"))
    try:
        return _checked(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"scene {name}: {error}") from error


def _checked(entry: dict[str, Any]) -> JudgedScene:
    analysis = entry.get("analysis", {})
    unknown = (entry.keys() - _FIELDS) | (analysis.keys() - _ANALYSIS_FIELDS)
    if unknown:
        raise ValueError(f"unknown fields {', '.join(sorted(unknown))}")
    if not isinstance(entry["id"], str) or not isinstance(entry["description"], str):
        raise TypeError("id and description must be text")
    if not entry["kinds"]:
        raise ValueError("is of no kind")
    return JudgedScene(
        id=entry["id"],
        description=entry["description"],
        scene_type=SceneType(entry["scene_type"]) if "scene_type" in entry else None,
        emotional_intensity=_intensity(entry.get("emotional_intensity")),
        kinds=tuple(Kind(kind) for kind in entry["kinds"]),
        expected_scene_type=SceneType(analysis["scene_type"]) if "scene_type" in analysis else None,
        expected_tone=Tone(analysis["emotional_tone"]) if "emotional_tone" in analysis else None,
        relevance=_grades(entry["relevance"]),
    )


def _intensity(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 1 <= value <= 10:
        raise ValueError(f"emotional intensity {value!r} is not 1 to 10")
    return value


def _grades(relevance: dict[str, int]) -> dict[str, int]:
    strangers = relevance.keys() - set(library_slugs())
    if strangers:
        raise ValueError(f"no such shots: {', '.join(sorted(strangers))}")
    if not set(relevance.values()) <= {1, 2, _BEST}:
        raise ValueError("grades are 1, 2 or 3; what is 0 is left out")
    if _BEST not in relevance.values():
        raise ValueError("no shot has the best grade")
    return relevance

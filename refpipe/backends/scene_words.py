"""What is packaged of the scene search. Belongs here: reading its two files in ``data``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from refpipe.domain.scene_confidence import ScoreCalibration
from refpipe.domain.scene_cues import Cue, Intent, SceneVocabulary
from refpipe.domain.scene_text import Phrase


@cache
def packaged_vocabulary() -> SceneVocabulary:
    """The words that refpipe knows, read once."""
    data = yaml.safe_load(files("refpipe").joinpath("data/scene_words.yaml").read_text(encoding="utf-8"))
    cues = [
        Cue(Intent(entry["intent"]), entry["weight"], phrase)
        for entry in data["intents"]
        for phrase in _phrases(entry["words"])
    ]
    return SceneVocabulary(cues, _phrases(data["idioms"]))


@cache
def packaged_calibration() -> ScoreCalibration:
    """How sure the search may be of what it finds, read once."""
    data = yaml.safe_load(files("refpipe").joinpath("data/scene_confidence.yaml").read_text(encoding="utf-8"))
    points = [(float(short_by), float(chance)) for short_by, chance in data["points"]]
    return ScoreCalibration(version=str(data["version"]), points=points)


def _phrases(text: str) -> list[Phrase]:
    return [Phrase.of(each) for each in text.split(",") if each.strip()]

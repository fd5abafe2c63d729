"""The packaged vocabulary of scene descriptions. Belongs here: reading ``data/scene_words.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

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


def _phrases(text: str) -> list[Phrase]:
    return [Phrase.of(each) for each in text.split(",") if each.strip()]

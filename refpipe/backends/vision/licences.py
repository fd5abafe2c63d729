"""Licences of models that see, from their file in ``data``.

Belongs here: reading it, finding a model in it. Does not: what the licences allow beyond yes, no, or look it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLicence:
    """``commercial_use`` None: has to be read on the model's own page."""

    licence: str
    commercial_use: bool | None
    note: str = ""


def licence_of(label: str) -> ModelLicence | None:
    """Of the model with this label (``VectorModel.name``); None where it is not known."""
    return next((known for pattern, known in _known() if fnmatchcase(label, pattern)), None)


@cache
def _known() -> list[tuple[str, ModelLicence]]:
    entries = yaml.safe_load(files("refpipe").joinpath("data/vision_models.yaml").read_text(encoding="utf-8"))
    return [(pattern, _licence(entry)) for entry in entries for pattern in entry["names"]]


def _licence(entry: dict[str, object]) -> ModelLicence:
    allowed = entry["commercial_use"]
    return ModelLicence(
        licence=str(entry["licence"]),
        commercial_use=allowed if isinstance(allowed, bool) else None,
        note=str(entry.get("note", "")),
    )

"""The packaged shot library, and libraries of the same form from a file's text.

Belongs here: reading YAML. Does not: what a template means (domain) or storing it (services).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.shot_templates import read_template, resolve
from refpipe.domain.shots import ReferenceShot


def read_library(text: str, *, source: str) -> list[Any]:
    """The templates of a library, unjudged, in their order. Raises RefusedInputError where it is no list."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RefusedInputError(f"is no YAML: {error}", source=source) from error
    if not isinstance(data, list):
        raise RefusedInputError("is not a list of reference shots", source=source)
    return data


def packaged_library() -> list[Any]:
    """The templates that come with refpipe, as written in ``refpipe/data/shots.yaml``."""
    text = files("refpipe").joinpath("data/shots.yaml").read_text(encoding="utf-8")
    return read_library(text, source="shots.yaml")


@cache
def packaged_shots() -> tuple[ReferenceShot, ...]:
    """The complete shots of the packaged library, in its order."""
    return tuple(resolve(read_template(data, source="shots.yaml")) for data in packaged_library())


def library_slugs() -> tuple[str, ...]:
    """Slugs of the packaged library, in its order: the static partitions."""
    return tuple(shot.slug for shot in packaged_shots())

"""What was found out about a reference asset (R-LIB-3, 4, 5).

Belongs here: an analysis as a value, the kinds of assets. Does not: how it is found out, logo cues, vocabularies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AssetType(StrEnum):
    """What a reference asset is of."""

    PRODUCT = "product"
    LOGO = "logo"
    PERSON = "person"
    ENVIRONMENT = "environment"
    TEXTURE = "texture"
    PROP = "prop"


@dataclass(frozen=True, slots=True, kw_only=True)
class DominantColour:
    """One of a picture's colours: sRGB 0–255, its share of the opaque picture 0–1, the nearest name."""

    rgb: tuple[int, int, int]
    share: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetAnalysis:
    """What a picture shows, and how sure that is.

    ``asset_type`` None: not measured, the picture is kept without. ``colours`` are the names of ``dominant_colours``,
    each once, the largest share first. ``confidence`` is the calibrated probability that ``asset_type`` is right, None
    where it was not measured. ``has_text`` None: not measured. ``full`` is the whole answer as plain data for JSON:
    logo cues, the verdicts of cues and model, reasons, model, cost. ``notes`` are for people: what was not measured and
    why.
    """

    asset_type: AssetType | None
    primary_object: str | None
    colours: tuple[str, ...]
    dominant_colours: tuple[DominantColour, ...]
    style_tags: tuple[str, ...]
    recommended_shot_types: tuple[str, ...]
    usage_contexts: tuple[str, ...]
    is_logo: bool
    logo_position_preference: str | None
    has_text: bool | None
    confidence: float | None
    full: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

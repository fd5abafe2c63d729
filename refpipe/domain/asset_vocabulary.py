"""What can be seen in a picture of an asset, and the words to ask for it with.

Belongs here: types, objects, shot types, style tags and uses as vocabularies. Does not: recommending (asset_uses),
asking a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from refpipe.domain.asset_analysis import AssetType

SHOT_TYPES = (
    "close_up",
    "medium",
    "wide",
    "extreme_close_up",
    "hero_shot",
    "detail_showcase",
    "lifestyle_context",
    "action_shot",
    "overhead",
    "dramatic_angle",
    "product_in_motion",
)
"""R-LIB-3: the shot types that a beat may have and an asset may be recommended for."""
STYLE_TAGS = ("cut_out", "flat", "monochrome", "vivid", "pastel", "dark", "bright", "minimal", "patterned")
USAGE_CONTEXTS = (
    "product_showcase",
    "packshot",
    "lifestyle_scene",
    "brand_reveal",
    "end_card",
    "overlay",
    "background_plate",
    "establishing_scene",
    "material_reference",
    "character_reference",
    "set_dressing",
)
LOGO_POSITIONS = ("bottom_right", "bottom_left", "top_right", "top_left", "center", "bottom_center")
"""R-VID-7."""
TRAITS = ("small", "large", "moves", "flat_lay", "worn", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetObject:
    """A thing with a name, other words for it, and traits that decide how it is best shot."""

    name: str
    kind: AssetType
    words: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetVocabulary:
    """All that is looked for. ``prompts`` stand for a type as a whole, ``templates`` hold an object's words."""

    version: str
    objects: tuple[AssetObject, ...]
    prompts: Mapping[AssetType, Sequence[str]]
    templates: Mapping[AssetType, Sequence[str]]

    def prompts_of(self, wanted: AssetObject) -> list[str]:
        """An object's words in every template of its type."""
        return [
            template.replace("{a}", with_article(word)).replace("{}", word)
            for template in self.templates[wanted.kind]
            for word in (wanted.name, *wanted.words)
        ]

    def find(self, name: str | None) -> AssetObject | None:
        """The object of that name, None where there is none."""
        return next((each for each in self.objects if each.name == name), None)


def with_article(words: str) -> str:
    """The words with a or an before them."""
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"

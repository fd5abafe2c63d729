"""What an asset is good for: shots that show it well, scenes that want it, where a logo stands (R-LIB-3, R-VID-7).

Belongs here: rules from its type, its traits and what was measured. Does not: finding those out.

Shot types: each type has those of its row below; traits add to them: small things are worth an extreme close-up, things
that move are shown moving, flat lays from above, worn and held things with people, large things from a low, dramatic
angle. The order is the order of preference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.asset_vocabulary import SHOT_TYPES

_SHOTS: dict[AssetType, tuple[str, ...]] = {
    AssetType.PRODUCT: ("hero_shot", "close_up", "medium", "detail_showcase"),
    AssetType.LOGO: ("hero_shot", "close_up"),
    AssetType.PERSON: ("medium", "close_up", "lifestyle_context", "wide"),
    AssetType.ENVIRONMENT: ("wide", "medium", "lifestyle_context"),
    AssetType.TEXTURE: ("extreme_close_up", "detail_showcase", "overhead"),
    AssetType.PROP: ("medium", "close_up", "lifestyle_context"),
}
_TRAIT_SHOTS: dict[str, tuple[str, ...]] = {
    "small": ("extreme_close_up",),
    "large": ("wide", "dramatic_angle"),
    "moves": ("action_shot", "product_in_motion"),
    "flat_lay": ("overhead",),
    "worn": ("lifestyle_context", "medium"),
    "held": ("lifestyle_context",),
}
_USES: dict[AssetType, tuple[str, ...]] = {
    AssetType.PRODUCT: ("product_showcase",),
    AssetType.LOGO: ("brand_reveal", "end_card"),
    AssetType.PERSON: ("character_reference", "lifestyle_scene"),
    AssetType.ENVIRONMENT: ("background_plate", "establishing_scene"),
    AssetType.TEXTURE: ("material_reference",),
    AssetType.PROP: ("set_dressing",),
}
WIDE_LOGO = 2.2
"""From this width over height on a logo stands better in the middle of the lower edge than in a corner."""


def recommended_shot_types(asset_type: AssetType | None, traits: Iterable[str] = ()) -> tuple[str, ...]:
    """The shot types that suit, the best first; none where it is not known what it is. Only products are in motion."""
    if asset_type is None:
        return ()
    found = list(_SHOTS[asset_type])
    if asset_type in {AssetType.PRODUCT, AssetType.PROP, AssetType.PERSON}:
        found += [shot for trait in traits for shot in _TRAIT_SHOTS.get(trait, ())]
    if asset_type is not AssetType.PRODUCT:
        found = [shot for shot in found if shot != "product_in_motion"]
    return known(found, SHOT_TYPES)


def usage_contexts(
    asset_type: AssetType | None, *, is_cut_out: bool, has_plain_ground: bool, traits: Iterable[str] = ()
) -> tuple[str, ...]:
    """The scenes that want it. A plain ground makes a product a packshot, transparency makes a logo an overlay."""
    if asset_type is None:
        return ()
    found = [*_USES[asset_type]]
    if asset_type is AssetType.PRODUCT:
        found += ["packshot"] if is_cut_out or has_plain_ground else ["lifestyle_scene"]
        found += ["lifestyle_scene"] if {"worn", "held"} & set(traits) else []
    if asset_type is AssetType.LOGO and is_cut_out:
        found.append("overlay")
    return tuple(dict.fromkeys(found))


def logo_position(*, is_logo: bool, is_cut_out: bool, aspect: float) -> str | None:
    """Where it stands on a frame; None for what is no logo.

    One with a ground of its own would lie on the picture as a box: it has the frame for itself, in the middle.
    """
    if not is_logo:
        return None
    if not is_cut_out:
        return "center"
    return "bottom_center" if aspect >= WIDE_LOGO else "bottom_right"


def known(words: Iterable[str], vocabulary: Sequence[str]) -> tuple[str, ...]:
    """The words that the vocabulary has, each once, in the order given."""
    return tuple(dict.fromkeys(word for word in words if word in vocabulary))

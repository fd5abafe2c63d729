"""What a picture of a reference shot is good for, in the gallery's words.

Belongs here: shot type and recommended uses, derived from the shot. Does not: ranking for one scene.
Source: specification, characters.md, R-CHAR-3 and R-CHAR-5.
"""

from __future__ import annotations

from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.shots import ReferenceShot, SceneType

_SHOT_TYPES = {
    Crop.FULL: "full-body",
    Crop.THREE_QUARTER: "medium",
    Crop.MCU: "close-up",
    Crop.CU: "close-up",
    Crop.HANDS: "close-up",
}


def shot_type(shot: ReferenceShot) -> str:
    """``close-up``, ``medium`` or ``full-body``."""
    return _SHOT_TYPES[shot.crop]


def recommended_for(shot: ReferenceShot) -> tuple[str, ...]:
    """Any of close_dialogue, action, emotional, establishing, introduction, in this order."""
    scenes, crop = set(shot.scene_types), shot.crop
    introduces = shot.view_bin is ViewBin.FRONT and crop in {Crop.FULL, Crop.MCU} and bool(scenes)
    uses = {
        "close_dialogue": SceneType.DIALOGUE in scenes and crop in {Crop.CU, Crop.MCU},
        "action": SceneType.ACTION in scenes,
        "emotional": SceneType.EMOTIONAL in scenes,
        "establishing": SceneType.ESTABLISHING in scenes,
        "introduction": introduces,
    }
    return tuple(name for name, is_good in uses.items() if is_good)

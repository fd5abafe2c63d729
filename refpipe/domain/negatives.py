"""What a reference picture must not show.

Belongs here: the words of R-SHOT-5 and when each applies. Does not: how a backend passes them on.
"""

from __future__ import annotations

import re

from refpipe.domain.camera import Crop, Thirds
from refpipe.domain.shots import ReferenceShot

_BY_CROP = {
    Crop.CU: ("full_body", "wide_shot", "hands_visible"),
    Crop.FULL: ("cropped_limbs", "tight_crop"),
}
_BY_LENS_MM = {85.0: "wide_angle_distortion", 35.0: "telephoto_compression"}
_ALWAYS = ("watermark", "text", "props")
_NOT_A_PHOTOGRAPH = ("cgi", "3d", "illustration", "cartoon")

_WANTED_BY_CROP = {
    Crop.FULL: frozenset({"full_body", "whole_body", "wide_shot"}),
    Crop.THREE_QUARTER: frozenset({"three_quarter_shot", "cropped_limbs"}),
    Crop.MCU: frozenset({"medium_close_up", "head_and_shoulders", "tight_crop", "cropped_limbs"}),
    Crop.CU: frozenset({"close_up", "tight_crop", "cropped_limbs"}),
    Crop.HANDS: frozenset({"hands_visible", "hands", "close_up", "tight_crop", "cropped_limbs"}),
}


def negative_word(text: str) -> str:
    """A negative in the library's spelling: lower case, words joined by underscores."""
    return re.sub(r"[\s_-]+", "_", text.strip().lower())


def contradictions(shot: ReferenceShot) -> tuple[str, ...]:
    """Those of the shot's own negatives that forbid what its crop or view must show."""
    return tuple(word for word in map(negative_word, shot.negative_prompts) if word in _wanted(shot))


def negatives(shot: ReferenceShot, *, photographic: bool = True, for_frame: bool = False) -> tuple[str, ...]:
    """The shot's negatives, each once, in a fixed order: view, crop, lens, always, style, the shot's own.

    ``photographic``: the style is photographic, so drawn and rendered looks are unwanted.
    ``for_frame``: a storyboard frame, which may need props and text.
    A word that forbids what the shot itself asks for (its crop, its view, a centred composition) is
    left out, since no picture could satisfy both.
    """
    words: list[str] = []
    if abs(shot.relative_view_deg) > 15:
        words += ["front_facing", "centered_composition"]
    words += _BY_CROP.get(shot.crop, ())
    if shot.lens_mm in _BY_LENS_MM:
        words.append(_BY_LENS_MM[shot.lens_mm])
    if not for_frame:
        words += _ALWAYS
    if photographic:
        words += _NOT_A_PHOTOGRAPH
    words += map(negative_word, shot.negative_prompts)
    wanted = _wanted(shot)
    return tuple(dict.fromkeys(word for word in words if word and word not in wanted))


def _wanted(shot: ReferenceShot) -> frozenset[str]:
    view = {"front_facing"} if abs(shot.relative_view_deg) <= 15 else set()
    if shot.thirds is Thirds.CENTERED:
        view.add("centered_composition")
    return _WANTED_BY_CROP[shot.crop] | view

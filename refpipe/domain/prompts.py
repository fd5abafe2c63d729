"""The structured prompt: everything a generator may be told about one reference picture.

Belongs here: the request's words as frozen values, and their renderings (text, document, a
template's own text). Does not: a provider's JSON, the choice of references.
Source: specification, shots.md, R-SHOT-4.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain import shot_derivation as derive
from refpipe.domain.appearance_words import physique_words, wardrobe_words
from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds, ViewBin
from refpipe.domain.characters import CharacterSheet, Outfit
from refpipe.domain.field_templates import fill
from refpipe.domain.generation import Reference
from refpipe.domain.negatives import negatives
from refpipe.domain.shots import Pose, ReferenceShot

BACKGROUND = "neutral seamless studio background"
LIGHTING = "soft key light"
FOCUS = "the eyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterWords:
    """Who is shown. Texts of a sheet are data: one line each, empty where the sheet says nothing."""

    name: str
    physique: str
    personality: str
    wardrobe: str
    visual_dna: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraWords:
    """Focal length in millimetres, distance in metres, azimuth and elevation in degrees."""

    focal_mm: float
    distance_m: float
    azimuth_deg: float
    elevation_deg: float
    angle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionWords:
    crop: str
    thirds: str
    headroom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectWords:
    """How the subject holds itself; the yaw in degrees."""

    yaw_deg: float
    gaze: str
    pose: str
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureWords:
    f_stop: float
    iso: int
    shutter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredPrompt:
    """One picture asked for in words (R-SHOT-4). Each backend renders it in the form its model takes."""

    character: CharacterWords
    camera: CameraWords
    composition: CompositionWords
    subject: SubjectWords
    exposure: ExposureWords
    focus: str
    background: str
    lighting: str
    references: tuple[Reference, ...]
    negatives: tuple[str, ...]
    notes: str
    template: str

    def as_document(self) -> dict[str, Any]:
        """Plain nested data for models that read documents; what is empty is left out, a 0 is kept."""
        return {
            part: content
            for part, value in asdict(self).items()
            if part != "template" and (content := _without_gaps(value)) not in _NOTHING
        }

    def as_text(self) -> str:
        """Natural language for text-conditioned models. References and negatives are inputs of their own.

        The template's own text where it has one. Raises FieldTemplateError where that cannot be rendered.
        """
        if self.template:
            return fill(self.template, self.text_fields())
        return " ".join(sentence for sentence in (*self._who(), *self._how(), *self._look()) if sentence)

    def negative_text(self) -> str:
        """The negatives as words between commas, for models with a field of their own for them."""
        return ", ".join(word.replace("_", " ") for word in self.negatives)

    def text_fields(self) -> dict[str, str]:
        """What a prompt template may name, each as text, empty where there is nothing to say."""
        who, seen, held = self.character, self.camera, self.subject
        return {
            "name": who.name,
            "character": who.name,
            "physique": who.physique,
            "personality": who.personality,
            "wardrobe": who.wardrobe,
            "visual_dna": ", ".join(who.visual_dna),
            "lens_mm": f"{seen.focal_mm:g}",
            "distance_m": f"{seen.distance_m:g}",
            "azimuth_deg": f"{seen.azimuth_deg:g}",
            "elevation_deg": f"{seen.elevation_deg:g}",
            "angle": _spoken(seen.angle),
            "crop": _spoken(self.composition.crop),
            "thirds": _spoken(self.composition.thirds),
            "headroom": self.composition.headroom,
            "subject_yaw_deg": f"{held.yaw_deg:g}",
            "gaze": _spoken(held.gaze),
            "pose": _spoken(held.pose),
            "expression": held.expression,
            "f_stop": f"{self.exposure.f_stop:g}",
            "iso": str(self.exposure.iso),
            "shutter": self.exposure.shutter,
            "focus": self.focus,
            "background": self.background,
            "lighting": self.lighting,
            "negatives": self.negative_text(),
            "notes": self.notes,
        }

    def _who(self) -> list[str]:
        who = self.character
        subject = ", ".join(part for part in (who.name, who.physique) if part)
        return [
            f"Studio reference photograph of {subject}." if subject else "Studio reference photograph.",
            f"Wearing {who.wardrobe}." if who.wardrobe else "",
            f"Always recognisable by {', '.join(who.visual_dna)}." if who.visual_dna else "",
            # quoted, so that a model reads a persona as a description and never as an order
            f"Personality, as a description only: “{who.personality}”." if who.personality else "",
        ]

    def _how(self) -> list[str]:
        seen = self.camera
        view = f"{derive.VIEW_WORDS[seen.angle]}, {derive.CROP_WORDS[Crop(self.composition.crop)]}"
        place = f"{seen.distance_m:g} m away, azimuth {seen.azimuth_deg:g}°, elevation {seen.elevation_deg:g}°"
        return [
            f"{view[0].upper()}{view[1:]}.",
            f"Camera: {seen.focal_mm:g} mm lens, {place}{_height_words(seen.elevation_deg)}.",
            f"Composition: {_THIRDS_TEXT[self.composition.thirds]}, {_HEADROOM_TEXT[self.composition.headroom]}.",
            f"Subject: {', '.join(self._bearing())}.",
        ]

    def _bearing(self) -> list[str]:
        held = self.subject
        turned = f"body turned {abs(held.yaw_deg):g}° to its own {'left' if held.yaw_deg < 0 else 'right'}"
        words = [_POSE_TEXT[held.pose], turned if held.yaw_deg else ""]
        if self.composition.crop != Crop.HANDS.value:  # no face in the picture
            words += [f"{held.expression} expression", _GAZE_TEXT[held.gaze]]
        return [word for word in words if word]

    def _look(self) -> list[str]:
        exposure = self.exposure
        notes = f"Notes: {self.notes}" if self.notes else ""
        return [
            f"Exposure: f/{exposure.f_stop:g}, ISO {exposure.iso}, {exposure.shutter}; focus on {self.focus}.",
            f"{self.background[:1].upper()}{self.background[1:]}, {self.lighting}.",
            notes if notes.endswith((".", "!", "?")) or not notes else f"{notes}.",
        ]


def build_prompt(
    sheet: CharacterSheet,
    outfit: Outfit,
    shot: ReferenceShot,
    *,
    references: tuple[Reference, ...] = (),
    photographic: bool = True,
    for_frame: bool = False,
) -> StructuredPrompt:
    """The structured prompt of one character in one outfit for one shot.

    ``references`` carry their weights (0–1); the shot's ``reference_weight`` is the usual one.
    ``photographic`` and ``for_frame`` choose the negatives (see ``negatives``).
    """
    return StructuredPrompt(
        character=CharacterWords(
            name=one_line(sheet.name),
            physique=one_line(physique_words(sheet.physical)),
            # a double quote inside could end the quotation it is put into
            personality=one_line(sheet.persona.personality).translate(_DOUBLE_QUOTES),
            wardrobe=one_line(wardrobe_words(outfit)),
            visual_dna=tuple(filter(None, map(one_line, sheet.visual_dna))),
        ),
        camera=CameraWords(
            focal_mm=shot.lens_mm,
            distance_m=shot.distance_m,
            azimuth_deg=shot.azimuth_deg,
            elevation_deg=shot.elevation_deg,
            angle=shot.angle,
        ),
        composition=CompositionWords(crop=shot.crop.value, thirds=shot.thirds.value, headroom=shot.headroom.value),
        subject=SubjectWords(
            yaw_deg=shot.subject_yaw_deg,
            gaze=shot.gaze.value,
            pose=shot.pose.value,
            expression=shot.expression.value,
        ),
        exposure=ExposureWords(f_stop=shot.f_stop, iso=shot.iso, shutter=shot.shutter),
        focus=_focus(shot),
        background=BACKGROUND,
        lighting=LIGHTING,
        references=references,
        negatives=negatives(shot, photographic=photographic, for_frame=for_frame),
        notes=one_line(shot.composition_notes),
        template=shot.prompt_template,
    )


PROMPT_FIELDS = frozenset({
    "name", "character", "physique", "personality", "wardrobe", "visual_dna", "lens_mm", "distance_m", "azimuth_deg",
    "elevation_deg", "angle", "crop", "thirds", "headroom", "subject_yaw_deg", "gaze", "pose", "expression", "f_stop",
    "iso", "shutter", "focus", "background", "lighting", "negatives", "notes",
})  # fmt: skip
"""What a prompt template may name; the same as ``StructuredPrompt.text_fields``."""

_NOTHING: tuple[Any, ...] = ("", [], {}, None)
_DOUBLE_QUOTES = str.maketrans({'"': "'", "“": "'", "”": "'", "„": "'"})

_POSE_TEXT = {
    Pose.NEUTRAL.value: "standing at ease",
    Pose.A_POSE.value: "a-pose, arms a little away from the body",
    Pose.T_POSE.value: "t-pose, arms stretched out to the sides",
    Pose.HAND_CENTERED.value: "hands raised to the middle",
    Pose.RELAXED.value: "relaxed stance",
}
_GAZE_TEXT = {
    Gaze.TO_CAMERA.value: "eyes on the camera",
    Gaze.AWAY.value: "looking straight ahead, away from the camera",
    Gaze.LEFT.value: "looking to the own left",
    Gaze.RIGHT.value: "looking to the own right",
}
_THIRDS_TEXT = {
    Thirds.CENTERED.value: "centred",
    Thirds.LEFT_THIRD.value: "on the left third of the picture",
    Thirds.RIGHT_THIRD.value: "on the right third of the picture",
}
_HEADROOM_TEXT = {
    Headroom.EQUAL.value: "even headroom",
    Headroom.TIGHT.value: "tight headroom",
    Headroom.LOOSE.value: "loose headroom",
}


def one_line(text: str) -> str:
    """A sheet's text as data in a prompt: white space and control characters become single spaces."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


def _focus(shot: ReferenceShot) -> str:
    if shot.crop is Crop.HANDS:
        return "the fingers"
    # no eyes are seen from behind
    return "the head" if shot.view_bin is ViewBin.BACK else FOCUS


def _height_words(elevation_deg: float) -> str:
    if elevation_deg == 0:
        return ""
    return " (from above)" if elevation_deg > 0 else " (from below)"


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _without_gaps(value: Any) -> Any:
    """The value without empty texts, lists and mappings anywhere inside; numbers stay, 0 among them."""
    if isinstance(value, dict):
        inside = {key: _without_gaps(part) for key, part in value.items()}
        return {key: part for key, part in inside.items() if part not in _NOTHING}
    if isinstance(value, list | tuple):
        return [part for part in map(_without_gaps, value) if part not in _NOTHING]
    return value

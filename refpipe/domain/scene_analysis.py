"""What picture a scene description asks for (R-SRCH-1).

Belongs here: from heard words to scene type, tone and wanted framing. Does not: the vocabulary (scene_cues), scoring of
pictures (scene_match). No model and no network: the same words always give the same analysis.

Every intent has a row: what lens, framing, view and expression serve it, each from 0 to 1. What is named outright
(hands, a profile, the back) goes before a feeling, and a feeling before the kind of scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.scene_cues import SCENES, Intent, SceneVocabulary, Tone
from refpipe.domain.scene_text import read_words
from refpipe.domain.shots import Expression, SceneType

DEFAULT_INTENSITY = 5
_STRONG, _CALM = 7, 3
"""From and down to these intensities the picture moves in and out."""

_E = Expression
_T = Crop.THREE_QUARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What serves a scene, each value 0–1; what is not named serves as little as its distance says.

    ``views`` are relative views in degrees, mirrored alike; ``heights`` elevations in degrees.
    """

    lenses: Mapping[int, float] = field(default_factory=dict)
    crops: Mapping[Crop, float] = field(default_factory=dict)
    views: Mapping[int, float] = field(default_factory=dict)
    heights: Mapping[int, float] = field(default_factory=dict)
    expressions: Mapping[Expression, float] = field(default_factory=dict)

    def over(self, other: Wanted) -> Wanted:
        """This where it has an opinion, the other where it has none."""
        return Wanted(
            lenses=self.lenses or other.lenses,
            crops=self.crops or other.crops,
            views=self.views or other.views,
            heights=self.heights or other.heights,
            expressions=self.expressions or other.expressions,
        )


_FACES = {Crop.CU: 1.0, Crop.MCU: 1.0}
_CLOSE_LENSES = {85: 1.0, 50: 0.6}
_NEUTRAL = {_E.NEUTRAL: 1.0}

ROWS: dict[Intent, Wanted] = {
    Intent.CALIBRATION: Wanted(lenses={35: 1}, crops={Crop.FULL: 1}, views={0: 1}),
    Intent.TURNAROUND: Wanted(
        lenses={35: 1}, crops={Crop.FULL: 1}, views={0: 1, 45: 1, 90: 1, 135: 1, 180: 1}, expressions=_NEUTRAL
    ),
    Intent.HANDS: Wanted(lenses={85: 1}, crops={Crop.HANDS: 1}, views={0: 1}, expressions=_NEUTRAL),
    Intent.BEHIND: Wanted(
        lenses={50: 1, 35: 0.9}, crops={_T: 1, Crop.FULL: 0.9}, views={180: 1, 135: 0.5}, expressions=_NEUTRAL
    ),
    Intent.PROFILE: Wanted(lenses={85: 1, 35: 0.6}, crops={Crop.MCU: 1, Crop.FULL: 0.6}, views={90: 1}),
    Intent.REAR_THREE_QUARTER: Wanted(lenses={35: 1}, crops={Crop.FULL: 1}, views={135: 1}, expressions=_NEUTRAL),
    Intent.THREE_QUARTER_VIEW: Wanted(views={35: 1, 45: 0.9, 25: 0.9}),
    Intent.LOW_ANGLE: Wanted(lenses={50: 1}, crops={Crop.CU: 1}, views={0: 1}, heights={-15: 1}),
    Intent.HIGH_ANGLE: Wanted(lenses={50: 1}, crops={Crop.CU: 1}, views={0: 1}, heights={15: 1}),
    Intent.WHOLE_FIGURE: Wanted(lenses={35: 1}, crops={Crop.FULL: 1}),
    Intent.WIDE: Wanted(lenses={35: 1}, crops={Crop.FULL: 1, _T: 0.5}),
    Intent.DISTANT: Wanted(lenses={35: 1}, crops={Crop.FULL: 1}),
    Intent.CLOSE: Wanted(lenses=_CLOSE_LENSES, crops={Crop.CU: 1, Crop.MCU: 0.75}),
    Intent.FACE: Wanted(lenses=_CLOSE_LENSES, crops=_FACES, views={0: 1, 15: 1, 35: 0.7}),
    Intent.MEDIUM: Wanted(crops={Crop.MCU: 1, Crop.CU: 0.7, _T: 0.5}),
    Intent.THREE_QUARTER_FRAME: Wanted(crops={_T: 1}),
    Intent.EYE_CONTACT: Wanted(views={0: 1, 15: 0.8}),
    Intent.LENS_35: Wanted(lenses={35: 1}),
    Intent.LENS_50: Wanted(lenses={50: 1}),
    Intent.LENS_85: Wanted(lenses={85: 1}),
    Intent.GRIEF: Wanted(
        lenses=_CLOSE_LENSES, crops=_FACES, views={25: 1, 15: 0.9, 0: 0.9, 35: 0.8},
        expressions={_E.VULNERABLE: 1, _E.CONCERNED: 0.6, _E.SAD: 1, _E.NEUTRAL: 0.4},
    ),
    Intent.FEAR: Wanted(
        crops=_FACES, lenses={85: 1, 50: 0.9}, views={25: 1, 0: 1, 15: 0.8},
        expressions={_E.VULNERABLE: 1, _E.CONCERNED: 1, _E.SURPRISED: 0.8, _E.NEUTRAL: 0.3},
    ),
    Intent.SUSPENSE: Wanted(
        crops=_FACES, lenses={85: 1, 50: 0.9}, views={0: 1, 15: 0.8, 25: 0.8},
        expressions={_E.CONCERNED: 1, _E.DETERMINED: 1, _E.VULNERABLE: 0.6, _E.NEUTRAL: 0.4},
    ),
    Intent.WORRY: Wanted(
        crops=_FACES, lenses={50: 1, 85: 0.9}, views={0: 1, 25: 0.8, 15: 0.8},
        expressions={_E.CONCERNED: 1, _E.VULNERABLE: 0.5, _E.NEUTRAL: 0.4},
    ),
    Intent.RESOLVE: Wanted(
        crops=_FACES, lenses={85: 1, 50: 0.7}, views={0: 1, 15: 0.8},
        expressions={_E.DETERMINED: 1, _E.NEUTRAL: 0.4},
    ),
    Intent.ANGER: Wanted(
        crops=_FACES, lenses={85: 1, 50: 0.7}, views={0: 1, 15: 0.8},
        expressions={_E.ANGRY: 1, _E.DETERMINED: 1, _E.NEUTRAL: 0.4},
    ),
    Intent.THOUGHT: Wanted(
        crops=_FACES, lenses={50: 1, 85: 0.95}, views={35: 1, 90: 0.9, 0: 0.6},
        expressions={_E.THOUGHTFUL: 1, _E.NEUTRAL: 0.5},
    ),
    Intent.INTIMACY: Wanted(
        lenses=_CLOSE_LENSES, crops={Crop.CU: 1, Crop.MCU: 0.8}, views={15: 1, 0: 0.8, 25: 0.8, 35: 0.7},
        expressions={_E.NEUTRAL: 1, _E.VULNERABLE: 0.8, _E.SMILING: 1},
    ),
    Intent.JOY: Wanted(
        lenses=_CLOSE_LENSES, crops=_FACES, views={0: 1, 15: 1, 35: 0.7}, expressions={_E.SMILING: 1, _E.NEUTRAL: 0.8}
    ),
    Intent.SURPRISE: Wanted(
        lenses=_CLOSE_LENSES, crops=_FACES, views={0: 1, 15: 1, 35: 0.7},
        expressions={_E.SURPRISED: 1, _E.NEUTRAL: 0.8},
    ),
    Intent.DRAMA: Wanted(
        expressions={_E.DETERMINED: 1, _E.VULNERABLE: 1, _E.CONCERNED: 1, _E.NEUTRAL: 0.6},
    ),
    Intent.EMOTION: Wanted(lenses=_CLOSE_LENSES, crops=_FACES, views={0: 1, 15: 1, 35: 0.8}),
    Intent.CONVERSATION: Wanted(
        lenses={50: 1, 85: 0.4, 35: 0.4}, crops={Crop.MCU: 1, Crop.CU: 0.85, _T: 0.4}, views={25: 1, 35: 0.9, 0: 0.9}
    ),
    Intent.MOVEMENT: Wanted(lenses={35: 1}, crops={_T: 1, Crop.FULL: 0.8}, views={35: 1, 45: 1, 0: 0.6}),
    Intent.PASSAGE: Wanted(lenses={35: 1}, crops={_T: 1, Crop.FULL: 0.7}, views={35: 1, 45: 1, 0: 0.5}),
    Intent.ESTABLISHING: Wanted(lenses={35: 1}, crops={Crop.FULL: 1, _T: 0.4}, views={0: 1, 45: 0.8, 180: 0.7}),
}  # fmt: skip
"""What serves each intent, as pulled by hand."""

_NAMED = (
    # lenses and framings first: a view that follows fills in only what they leave open
    Intent.LENS_35, Intent.LENS_50, Intent.LENS_85, Intent.CALIBRATION, Intent.LOW_ANGLE, Intent.HIGH_ANGLE,
    Intent.HANDS, Intent.WHOLE_FIGURE, Intent.THREE_QUARTER_FRAME, Intent.CLOSE, Intent.MEDIUM, Intent.WIDE,
    Intent.DISTANT, Intent.TURNAROUND, Intent.REAR_THREE_QUARTER, Intent.BEHIND, Intent.PROFILE,
    Intent.THREE_QUARTER_VIEW, Intent.EYE_CONTACT,
)  # fmt: skip
_CLOSE_VIEWS = Wanted(views={15: 1, 0: 0.95, 35: 0.8})
_IMPLIED = {
    # the scene that an outright framing stands for where the words name none
    Intent.WHOLE_FIGURE: SceneType.ESTABLISHING, Intent.WIDE: SceneType.ESTABLISHING,
    Intent.DISTANT: SceneType.ESTABLISHING, Intent.TURNAROUND: SceneType.ESTABLISHING,
    Intent.REAR_THREE_QUARTER: SceneType.ESTABLISHING, Intent.BEHIND: SceneType.TRANSITION,
    Intent.PROFILE: SceneType.EMOTIONAL, Intent.CLOSE: SceneType.EMOTIONAL,
}  # fmt: skip
_TALKED = (Intent.JOY, Intent.SUSPENSE, Intent.DRAMA, Intent.FACE, Intent.EMOTION)
"""In a conversation these leave the framing to the conversation."""
_FEELINGS = (
    Intent.GRIEF, Intent.FEAR, Intent.ANGER, Intent.WORRY, Intent.RESOLVE, Intent.THOUGHT, Intent.INTIMACY,
    Intent.SURPRISE, Intent.JOY, Intent.SUSPENSE, Intent.DRAMA, Intent.FACE, Intent.EMOTION,
)  # fmt: skip
_SCENE_OF = {
    Intent.CONVERSATION: SceneType.DIALOGUE,
    Intent.MOVEMENT: SceneType.ACTION,
    Intent.ESTABLISHING: SceneType.ESTABLISHING,
    Intent.PASSAGE: SceneType.TRANSITION,
}
_ROW_OF_SCENE = {scene: intent for intent, scene in _SCENE_OF.items()} | {SceneType.EMOTIONAL: Intent.EMOTION}
_TONE_OF = {
    Intent.SUSPENSE: Tone.TENSE, Intent.FEAR: Tone.TENSE, Intent.ANGER: Tone.TENSE, Intent.WORRY: Tone.TENSE,
    Intent.INTIMACY: Tone.INTIMATE, Intent.THOUGHT: Tone.CONTEMPLATIVE, Intent.DRAMA: Tone.DRAMATIC,
    Intent.RESOLVE: Tone.DRAMATIC, Intent.GRIEF: Tone.DRAMATIC,
}  # fmt: skip
EXPRESSIONS_OF_TONE: dict[Tone, dict[Expression, float]] = {
    Tone.NEUTRAL: {_E.NEUTRAL: 1},
    Tone.TENSE: {_E.DETERMINED: 1, _E.CONCERNED: 1, _E.NEUTRAL: 0.5},
    Tone.INTIMATE: {_E.VULNERABLE: 1, _E.SMILING: 1, _E.NEUTRAL: 1},
    Tone.DRAMATIC: {_E.DETERMINED: 1, _E.VULNERABLE: 1, _E.CONCERNED: 1, _E.NEUTRAL: 0.5},
    Tone.CONTEMPLATIVE: {_E.THOUGHTFUL: 1, _E.NEUTRAL: 1},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneAnalysis:
    """What a description asks for. ``named`` are the intents that decide, the weightiest first, with their words."""

    scene_type: SceneType
    tone: Tone
    wanted: Wanted
    named: Mapping[Intent, tuple[str, ...]]
    denied: frozenset[Intent]
    side: int
    """−1 for the subject's own left side, 1 for its right, 0 for either."""
    intensity: int
    intimacy: int
    dynamism: int
    is_cueless: bool

    @property
    def denied_crops(self) -> frozenset[Crop]:
        """Framings that the description does not want."""
        return frozenset(crop for intent in self.denied for crop in _DENIED_CROPS.get(intent, ()))

    @property
    def denied_views(self) -> frozenset[ViewBin]:
        """Views that the description does not want."""
        return frozenset(view for intent in self.denied for view in _DENIED_VIEWS.get(intent, ()))

    @property
    def needs(self) -> dict[str, bool]:
        """What the composition must hold."""
        return {
            "eye_contact": Intent.EYE_CONTACT in self.named,
            "profile": Intent.PROFILE in self.named,
            "full_body": bool({Intent.WHOLE_FIGURE, Intent.TURNAROUND, Intent.CALIBRATION} & self.named.keys()),
            "hands": Intent.HANDS in self.named,
            "back": Intent.BEHIND in self.named,
        }


def analyse_scene(
    description: str,
    vocabulary: SceneVocabulary,
    *,
    scene_type: SceneType | None = None,
    emotional_intensity: int | None = None,
) -> SceneAnalysis:
    """The analysis of a description; ``scene_type`` and ``emotional_intensity`` (1–10) are taken as given."""
    heard = vocabulary.hear(read_words(description))
    intensity = DEFAULT_INTENSITY if emotional_intensity is None else emotional_intensity
    votes = heard.votes
    named = [each for each in _NAMED if votes.get(each, 0) >= 2]
    feelings = sorted((each for each in _FEELINGS if votes.get(each, 0) >= 2), key=lambda each: -votes[each])
    scene = scene_type or _scene_of(votes, feelings, named)
    rows = [ROWS[each] for each in named]
    if scene not in (SceneType.DIALOGUE, SceneType.EMOTIONAL) or _is_talk(votes, feelings):
        rows.append(ROWS[_ROW_OF_SCENE[scene]])
    rows += [ROWS[each] for each in feelings]
    if Intent.CLOSE in named:
        rows.append(_CLOSE_VIEWS)
    rows.append(ROWS[_ROW_OF_SCENE[scene]])
    wanted = Wanted()
    for row in rows:
        wanted = wanted.over(row)
    tone = _tone_of(feelings)
    wanted = _with_intensity(wanted, scene, intensity, named)
    wanted = _instead(wanted, heard.denied)
    if not wanted.expressions:
        wanted = replace(wanted, expressions=EXPRESSIONS_OF_TONE[tone])
    side = (votes.get(Intent.RIGHT, 0) > 0) - (votes.get(Intent.LEFT, 0) > 0)
    deciding = {each: heard.words.get(each, ()) for each in (*named, *feelings)}
    return SceneAnalysis(
        scene_type=scene,
        tone=tone,
        wanted=wanted,
        named=deciding,
        denied=heard.denied,
        side=side,
        intensity=intensity,
        intimacy=_steps(5, votes, up=(Intent.INTIMACY, Intent.CLOSE, Intent.FACE), down=(Intent.WIDE, Intent.DISTANT)),
        dynamism=_steps(3, votes, up=(Intent.MOVEMENT,), down=(Intent.THOUGHT,)),
        is_cueless=not votes,
    )


def _scene_of(votes: Mapping[Intent, int], feelings: list[Intent], named: list[Intent]) -> SceneType:
    by_scene = {_SCENE_OF[each]: votes.get(each, 0) for each in SCENES}
    if not _is_talk(votes, feelings):
        felt = [each for each in feelings if each is not Intent.FACE or not _IMPLIED.keys() & set(named)]
        by_scene[SceneType.EMOTIONAL] = max((votes[each] for each in felt), default=0)
    best = max(by_scene.values())
    if best < 2:
        return next((_IMPLIED[each] for each in named if each in _IMPLIED), SceneType.DIALOGUE)
    order = (
        SceneType.ACTION, SceneType.DIALOGUE, SceneType.EMOTIONAL, SceneType.ESTABLISHING, SceneType.TRANSITION
    )  # fmt: skip
    return next(each for each in order if by_scene.get(each) == best)


def _is_talk(votes: Mapping[Intent, int], feelings: list[Intent]) -> bool:
    """A conversation in which no feeling is named that a face must show."""
    return Intent.CONVERSATION in votes and all(each in _TALKED for each in feelings)


def _tone_of(feelings: list[Intent]) -> Tone:
    return next((_TONE_OF[each] for each in feelings if each in _TONE_OF), Tone.NEUTRAL)


_ACTION_UP_CLOSE = Wanted(
    lenses={85: 1, 35: 0.8},
    crops={Crop.MCU: 1, _T: 0.8},
    views={0: 1, 35: 0.9, 45: 0.9},
    expressions={_E.DETERMINED: 1, _E.NEUTRAL: 0.5},
)


def _with_intensity(wanted: Wanted, scene: SceneType, intensity: int, named: list[Intent]) -> Wanted:
    """Strong feeling moves in, calm moves out; what is named outright stays."""
    if scene is SceneType.ESTABLISHING or any(ROWS[each].lenses or ROWS[each].crops for each in named):
        return wanted
    if intensity >= _STRONG:
        if scene is SceneType.ACTION:
            return _ACTION_UP_CLOSE
        return replace(wanted, lenses={85: 1, 50: 0.6}, crops=_FACES, views={**wanted.views, 0: 1, 15: 1})
    if intensity <= _CALM and scene is SceneType.DIALOGUE:
        return replace(wanted, lenses={50: 1, 35: 1}, crops={Crop.MCU: 1, _T: 1, Crop.CU: 0.5}, views={25: 1, 35: 1})
    if intensity <= _CALM and scene is SceneType.EMOTIONAL:
        return replace(wanted, lenses={50: 1, 85: 0.6}, crops={Crop.MCU: 1, Crop.CU: 0.7})
    return wanted


_DENIED_CROPS = {
    Intent.CLOSE: (Crop.CU,), Intent.FACE: (Crop.CU, Crop.MCU), Intent.HANDS: (Crop.HANDS,),
    Intent.WHOLE_FIGURE: (Crop.FULL,), Intent.WIDE: (Crop.FULL,), Intent.MEDIUM: (Crop.MCU,),
}  # fmt: skip
_DENIED_VIEWS = {Intent.BEHIND: (ViewBin.BACK,), Intent.PROFILE: (ViewBin.PROFILE,)}


def _instead(wanted: Wanted, denied: frozenset[Intent]) -> Wanted:
    """Without close-ups the next wider framing takes their place."""
    if Intent.CLOSE not in denied or Crop.FULL in wanted.crops:
        return wanted
    return replace(wanted, crops={**wanted.crops, _T: 1.0}, lenses={**wanted.lenses, 35: 1.0})


def _steps(start: int, votes: Mapping[Intent, int], *, up: tuple[Intent, ...], down: tuple[Intent, ...]) -> int:
    total = start + sum(votes.get(each, 0) for each in up) - sum(votes.get(each, 0) for each in down)
    return min(max(total, 1), 10)

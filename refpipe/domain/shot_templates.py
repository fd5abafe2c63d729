"""What an author writes of a reference shot, and the complete shot it resolves to.

Belongs here: the input model with its ranges, old words, and which derivation fills which field.
Does not: the derivations' figures (shot_derivation), warnings (shot_validation).
Source: specification, shots.md, R-SHOT-1 and R-SHOT-3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from refpipe.domain import shot_derivation as derive
from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds, relative_view_deg, wrap_deg
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.keys import check_shot_slug
from refpipe.domain.legacy_shots import lens_from_text, modern_angle, modern_crop, modern_mode, modern_pack
from refpipe.domain.shots import Expression, Mode, Pack, Pose, ReferenceShot, SceneType, parse_slug

DEFAULT_ISO = 200
DEFAULT_SHUTTER = "1/250"
DEFAULT_REFERENCE_WEIGHT = 0.9
DEFAULT_FILE_NAME_PATTERN = "{character}_{outfit}_{slug}_v{version}.png"


class InvalidShotError(RefusedInputError):
    """A template with one or more faults, each as (field, reason)."""

    code = "invalid_shot"

    def __init__(self, faults: tuple[tuple[str, str], ...], *, source: str | None = None) -> None:
        self.faults = faults
        first_field, first_reason = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(first_reason + more, field=first_field, source=source)


def _words_by(modern: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: modern(value) if type(value) is str else value)


def _plain_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("is no number")  # noqa: TRY004 - pydantic turns a ValueError into the field's fault
    return value


def _lens(value: Any) -> Any:
    return lens_from_text(value) or value if isinstance(value, str) else value


def _known_angle(value: str) -> str:
    if value not in derive.ANGLE_VIEW_DEG:
        raise ValueError(f"is no angle; there are: {', '.join(derive.ANGLE_VIEW_DEG)}")
    return value


def _check_slug(value: str) -> str:
    try:
        return check_shot_slug(value)
    except RefusedInputError as error:
        raise ValueError(error.reason) from error


def _without_nul(value: str) -> str:
    if "\x00" in value:  # Postgres keeps none in text
        raise ValueError("holds a NUL character")
    return value


# −0.0 equals 0.0 but is written differently, which would give one camera two fingerprints
_PositiveZero = AfterValidator(lambda value: value + 0.0)
Number = Annotated[float, BeforeValidator(_plain_number), _PositiveZero, Field(allow_inf_nan=False)]
WholeNumber = Annotated[int, BeforeValidator(_plain_number)]
Text = Annotated[str, AfterValidator(_without_nul), Field(max_length=4000)]
ShortText = Annotated[str, AfterValidator(_without_nul), Field(min_length=1, max_length=200)]

_Value = TypeVar("_Value")


class ShotTemplate(BaseModel):
    """A reference shot as an author writes it. None is "not written"; an explicit 0 or empty text is a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    slug: Annotated[str, AfterValidator(_check_slug)]
    version: WholeNumber = Field(1, ge=1, le=1_000_000)
    name: ShortText | None = None
    pack: Annotated[Pack, _words_by(modern_pack)] | None = None
    lens_mm: Annotated[Number, BeforeValidator(_lens)] = Field(ge=14, le=200)
    mode: Annotated[Mode, _words_by(modern_mode)] | None = None
    angle: Annotated[str, _words_by(modern_angle), AfterValidator(_known_angle)] | None = None
    crop: Annotated[Crop, _words_by(modern_crop)]
    azimuth_deg: Number | None = Field(None, ge=-180, le=180)
    elevation_deg: Number | None = Field(None, ge=-90, le=90)
    distance_m: Number | None = Field(None, ge=derive.MIN_DISTANCE_M, le=derive.MAX_DISTANCE_M)
    subject_yaw_deg: Number | None = Field(None, ge=-180, le=180)
    gaze: Gaze | None = None
    thirds: Thirds | None = None
    headroom: Headroom | None = None
    pose: Pose | None = None
    expression: Expression | None = None
    scene_types: tuple[SceneType, ...] | None = None
    priority: WholeNumber | None = Field(None, ge=1, le=10)
    when_to_use: Text | None = None
    composition_notes: Text = ""
    negative_prompts: tuple[ShortText, ...] = Field((), max_length=60)
    description: Text | None = None
    tags: tuple[ShortText, ...] = Field((), max_length=60)
    f_stop: Number | None = Field(None, ge=0.7, le=64)
    iso: WholeNumber = Field(DEFAULT_ISO, ge=25, le=409_600)
    shutter: str = Field(DEFAULT_SHUTTER, pattern=r"^(1/[1-9]\d{0,4}|[1-9]\d?(\.\d)?s)$")
    reference_weight: Number = Field(DEFAULT_REFERENCE_WEIGHT, ge=0, le=1)
    prompt_template: Text = ""
    file_name_pattern: ShortText = Field(DEFAULT_FILE_NAME_PATTERN)
    active: bool = True


def read_template(data: Any, *, source: str | None = None) -> ShotTemplate:
    """A template from parsed YAML or JSON. Raises InvalidShotError naming every faulty field with its reason."""
    if not isinstance(data, dict):
        raise InvalidShotError((("template", "is not a mapping of fields"),), source=source)
    try:
        return ShotTemplate.model_validate(data)
    except ValidationError as error:
        faults = tuple(
            (".".join(str(part) for part in fault["loc"]) or "template", _reason(fault["type"], fault["msg"]))
            for fault in error.errors(include_url=False)
        )
        raise InvalidShotError(faults, source=source) from error


def resolve(template: ShotTemplate) -> ReferenceShot:
    """The complete shot: what was written stays, the rest is derived (R-SHOT-3).

    Where no azimuth is written it follows from the angle's name, else from the slug's view, else it
    is 0. The angle's name always follows from the relative view.
    """
    lens_mm, crop = template.lens_mm, template.crop
    yaw_deg = _given(template.subject_yaw_deg, 0.0)
    azimuth_deg = _azimuth(template, yaw_deg)
    view_deg = relative_view_deg(azimuth_deg, yaw_deg)
    angle = derive.angle(view_deg)
    parts = parse_slug(template.slug)
    pack = _given(template.pack, Pack.COVERAGE)
    pose = template.pose or (Pose.HAND_CENTERED if crop is Crop.HANDS else Pose.NEUTRAL)
    return ReferenceShot(
        slug=template.slug,
        version=template.version,
        name=_given(template.name, derive.name(lens_mm, angle, crop, parts.variant if parts else "")),
        pack=pack,
        lens_mm=lens_mm,
        mode=_given(template.mode, derive.mode(lens_mm, crop)),
        angle=angle,
        crop=crop,
        azimuth_deg=azimuth_deg,
        elevation_deg=_given(template.elevation_deg, 0.0),
        distance_m=_given(template.distance_m, derive.distance_m(lens_mm, crop, pose)),
        subject_yaw_deg=yaw_deg,
        gaze=_given(template.gaze, derive.gaze(view_deg)),
        thirds=_given(template.thirds, derive.thirds(view_deg)),
        headroom=_given(template.headroom, derive.headroom(crop)),
        pose=pose,
        expression=_given(template.expression, Expression.NEUTRAL),
        scene_types=_given(template.scene_types, derive.scene_types(lens_mm, crop, pose)),
        priority=_given(template.priority, derive.priority(pack)),
        when_to_use=_given(template.when_to_use, derive.when_to_use(lens_mm, crop, angle)),
        composition_notes=template.composition_notes,
        negative_prompts=template.negative_prompts,
        description=_given(template.description, derive.description(lens_mm, crop, angle)),
        tags=template.tags,
        f_stop=_given(template.f_stop, derive.f_stop(lens_mm, crop)),
        iso=template.iso,
        shutter=template.shutter,
        reference_weight=template.reference_weight,
        prompt_template=template.prompt_template,
        file_name_pattern=template.file_name_pattern,
        active=template.active,
    )


def _given(written: _Value | None, derived: _Value) -> _Value:
    # never `written or derived`: an explicit 0 is a value
    return derived if written is None else written


def _azimuth(template: ShotTemplate, yaw_deg: float) -> float:
    if template.azimuth_deg is not None:
        return template.azimuth_deg
    if template.angle is not None:
        return wrap_deg(derive.ANGLE_VIEW_DEG[template.angle] + yaw_deg)
    parts = parse_slug(template.slug)
    return 0.0 if parts is None else wrap_deg(parts.view_deg + yaw_deg) + 0.0


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is no field of a reference shot"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ")

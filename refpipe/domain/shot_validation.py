"""What is wrong with a reference shot's template, and what is merely unwise.

Belongs here: the checks of R-SHOT-6, each with the field it speaks of. Does not: repairing
anything, storing anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from refpipe.domain.camera import MAX_PUNCH_IN, MIN_PUNCH_IN, punch_in, relative_view_deg, wrap_deg
from refpipe.domain.characters import CharacterSheet, Garment, GarmentKind, Outfit
from refpipe.domain.field_templates import FieldTemplateError, check_template
from refpipe.domain.negatives import contradictions
from refpipe.domain.prompts import PROMPT_FIELDS, build_prompt
from refpipe.domain.shot_derivation import ANGLE_VIEW_DEG, angle
from refpipe.domain.shot_file_names import FILE_NAME_FIELDS, shot_file_name
from refpipe.domain.shot_templates import InvalidShotError, ShotTemplate, read_template, resolve
from refpipe.domain.shots import ReferenceShot, parse_slug


@dataclass(frozen=True, slots=True)
class ShotFinding:
    """One remark on one template: ``template`` is its slug, or its place (``#3``) where it has none."""

    template: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.template}: {self.field}: {self.reason}"

    def as_document(self) -> dict[str, str]:
        return {"template": self.template, "field": self.field, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReport:
    """What the validator says of one template. ``shot`` is None where it cannot be resolved at all."""

    label: str
    shot: ReferenceShot | None
    errors: tuple[ShotFinding, ...] = ()
    warnings: tuple[ShotFinding, ...] = ()


def validate_templates(library: Iterable[Any]) -> list[TemplateReport]:
    """A report on every template, in order. Templates are parsed YAML or JSON, or ShotTemplate values.

    Of two templates with the same slug and version the second has the error.
    """
    reports: list[TemplateReport] = []
    seen: set[tuple[str, int]] = set()
    for place, data in enumerate(library, start=1):
        report = validate_template(data, label=template_label(data, place))
        if report.shot is not None:
            key = (report.shot.slug, report.shot.version)
            if key in seen:
                doubled = ShotFinding(report.label, "slug", f"there is another of version {key[1]}")
                # without a shot of its own: stored, the two would take turns in one place
                report = TemplateReport(
                    label=report.label, shot=None, errors=(*report.errors, doubled), warnings=report.warnings
                )
            seen.add(key)
        reports.append(report)
    return reports


def template_label(data: Any, place: int) -> str:
    """What people call a template: its slug, else its place in the library, counted from 1."""
    slug = data.slug if isinstance(data, ShotTemplate) else data.get("slug") if isinstance(data, dict) else None
    return slug if isinstance(slug, str) and slug.strip() else f"#{place}"


def validate_template(data: Any, *, label: str) -> TemplateReport:
    """A report on one template, by itself."""
    try:
        template = data if isinstance(data, ShotTemplate) else read_template(data)
    except InvalidShotError as error:
        return TemplateReport(
            label=label, shot=None, errors=tuple(ShotFinding(label, field, reason) for field, reason in error.faults)
        )
    shot = resolve(template)
    errors = [*_framing_errors(shot), *_text_errors(shot)]
    warnings = [*_framing_warnings(shot), *_word_warnings(template, shot)]
    return TemplateReport(
        label=label,
        shot=shot,
        errors=tuple(ShotFinding(label, field, reason) for field, reason in errors),
        warnings=tuple(ShotFinding(label, field, reason) for field, reason in warnings),
    )


_Findings = Iterable[tuple[str, str]]


def _punch_in(shot: ReferenceShot) -> float:
    return punch_in(shot.lens_mm, shot.distance_m, shot.crop, pose=shot.pose.value)


def _framing_errors(shot: ReferenceShot) -> _Findings:
    enlargement = _punch_in(shot)
    if enlargement < MIN_PUNCH_IN:
        yield (
            "distance_m",
            (
                f"{shot.crop} does not fit at {shot.distance_m:g} m with {shot.lens_mm:g} mm "
                f"(punch-in {enlargement:.2f} < 1)"
            ),
        )


def _framing_warnings(shot: ReferenceShot) -> _Findings:
    enlargement = _punch_in(shot)
    if enlargement > MAX_PUNCH_IN:
        yield (
            "distance_m",
            (
                f"{shot.crop} fills little of the view at {shot.distance_m:g} m with {shot.lens_mm:g} mm "
                f"(punch-in {enlargement:.2f} > 4): resolution suffers"
            ),
        )


def _text_errors(shot: ReferenceShot) -> _Findings:
    try:
        check_template(shot.prompt_template, PROMPT_FIELDS)
        if not build_prompt(_ANYONE, _ANYONE.default_outfit, shot).as_text():
            yield "prompt_template", "leaves nothing to say"
    except FieldTemplateError as error:
        yield "prompt_template", error.reason
    try:
        check_template(shot.file_name_pattern, FILE_NAME_FIELDS)
        shot_file_name(shot, owner="local", character="anyone", outfit="default")
    except FieldTemplateError as error:
        yield "file_name_pattern", error.reason


def _word_warnings(template: ShotTemplate, shot: ReferenceShot) -> _Findings:
    if not (template.when_to_use or "").strip():
        yield "when_to_use", "nobody wrote when to use it"
    if template.angle is not None and template.angle != shot.angle:
        view = relative_view_deg(ANGLE_VIEW_DEG[template.angle])
        if angle(view) != shot.angle:
            yield "angle", f"says {template.angle}, but the camera sees {shot.angle}"
    yield from (("slug", reason) for reason in _slug_remarks(shot))
    refused = contradictions(shot)
    if refused:
        yield "negative_prompts", f"{', '.join(refused)}: the shot asks for just that, so it is left out"


def _slug_remarks(shot: ReferenceShot) -> Iterable[str]:
    parts = parse_slug(shot.slug)
    if parts is None:
        yield "is not of the form {lens}mm_{view}_{crop}[_{variant}]"
        return
    if parts.lens_mm != round(shot.lens_mm):
        yield f"says {parts.lens_mm} mm, the lens is {shot.lens_mm:g} mm"
    if abs(wrap_deg(parts.view_deg - shot.relative_view_deg)) > 1:
        yield f"says a view of {parts.view_deg}°, the camera sees {shot.relative_view_deg:g}°"
    if parts.crop is not shot.crop:
        yield f"says {parts.crop}, the crop is {shot.crop}"


_ANYONE = CharacterSheet(
    slug="anyone",
    name="Anyone",
    wardrobe=(Outfit(garments=(Garment(kind=GarmentKind.T_SHIRT, colour="#808080"),)),),
)
"""A character that says as little as a sheet can: a prompt that renders for it renders for everybody."""

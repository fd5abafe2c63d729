"""How the persons of the model pack are photographed: cameras, poses, expressions, light, backdrops.

Belongs here: which views there are of whom, drawn from the person's name. Does not: the persons, exposing.

Cameras are those of the packaged library, a little aside. Persons of the parts that are for measuring have two
front masters each, as the gate has them, and ``a`` has views from every side beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from refpipe.backends.model_pack.asset_dice import COLOURS
from refpipe.backends.model_pack.people import Person
from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.camera import Crop, ViewBin, wrap_deg
from refpipe.domain.shots import Expression, Pose, ReferenceShot

T = TypeVar("T")
VIEWS_OF_TRAINING = 6
EXPOSED_OF_TRAINING = 2
"""So many of a training person's views are exposed by the renderer; the others are shaded from what rays meet."""
_POSED = 2
_MASTER_SLUGS = ("85mm_front_mcu", "35mm_front_full")
_PER_BIN = {ViewBin.FRONT: 2, ViewBin.THREE_QUARTER: 2, ViewBin.PROFILE: 2, ViewBin.BACK: 2, ViewBin.DETAIL: 1}
_BIN_LOTS = {
    ViewBin.FRONT: 0.30, ViewBin.THREE_QUARTER: 0.27, ViewBin.PROFILE: 0.18, ViewBin.BACK: 0.18, ViewBin.DETAIL: 0.07,
}  # fmt: skip
_POSES = (Pose.NEUTRAL, Pose.RELAXED, Pose.A_POSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The light of one picture: how much stronger each lamp is and of what tint, and the backdrop (linear RGB).

    ``is_flipped`` lets the key stand on the other side.
    """

    lamps: dict[str, tuple[float, float, float]]
    sky: tuple[float, float, float]
    backdrop: tuple[float, float, float]
    is_flipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One picture to be taken."""

    shot: ReferenceShot
    studio: Studio
    role: str
    """``master`` or ``view``."""
    is_exposed: bool
    seed: int


def views_of(person: Person) -> tuple[View, ...]:
    """The views of a person, the same each time; those that share a pose and an expression lie together."""
    digest = hashlib.sha256(f"views/{person.name}".encode()).digest()
    draw = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return _training(draw) if person.part == "train" else _measuring(draw, person)


def _training(draw: np.random.Generator) -> tuple[View, ...]:
    views = []
    poses = [(_pose(draw), _expression(draw)) for _ in range(_POSED)]
    for number in range(VIEWS_OF_TRAINING):
        bin_ = list(_BIN_LOTS)[int(draw.choice(len(_BIN_LOTS), p=list(_BIN_LOTS.values())))]
        if number == 0:
            bin_ = ViewBin.FRONT
        pose, expression = poses[number % _POSED]
        shot = _aside(draw, _pick(draw, _shots(bin_)), pose, expression)
        views.append(_view(draw, shot, "view", is_exposed=number < EXPOSED_OF_TRAINING))
    return tuple(sorted(views, key=_together))


def _measuring(draw: np.random.Generator, person: Person) -> tuple[View, ...]:
    library = {shot.slug: shot for shot in packaged_shots()}
    calm = [replace(library[slug], pose=Pose.NEUTRAL) for slug in _MASTER_SLUGS]
    views = [replace(_view(draw, shot, "master"), studio=_usual()) for shot in calm]
    if person.member == "a":
        poses = [(_pose(draw), _expression(draw)) for _ in range(_POSED)]
        for bin_, count in _PER_BIN.items():
            for number in range(count):
                pose, expression = poses[number % _POSED]
                shot = _aside(draw, _pick(draw, _shots(bin_)), pose, expression)
                views.append(_view(draw, shot, "view"))
    return tuple(sorted(views, key=_together))


def _together(view: View) -> tuple[str, str]:
    return view.shot.pose.value, view.shot.expression.value


def _shots(bin_: ViewBin) -> list[ReferenceShot]:
    return [shot for shot in packaged_shots() if shot.view_bin is bin_]


def _aside(draw: np.random.Generator, shot: ReferenceShot, pose: Pose, expression: Expression) -> ReferenceShot:
    """The shot by a camera a little aside, higher or lower, nearer or further; kept within its bin."""
    if shot.crop is Crop.HANDS:
        pose = Pose.HAND_CENTERED
    elif shot.pose is Pose.T_POSE:
        pose = Pose.T_POSE
    for _ in range(20):
        moved = replace(
            shot,
            azimuth_deg=round(wrap_deg(shot.azimuth_deg + draw.uniform(-14, 14)), 1),
            elevation_deg=round(float(np.clip(shot.elevation_deg + draw.uniform(-8, 10), -25, 25)), 1),
            distance_m=round(shot.distance_m * float(draw.uniform(0.98, 1.15)), 2),
            pose=pose,
            expression=expression,
        )
        if moved.view_bin is shot.view_bin:
            return moved
    return replace(shot, pose=pose, expression=expression)


def _view(draw: np.random.Generator, shot: ReferenceShot, role: str, *, is_exposed: bool = True) -> View:
    seed = int(draw.integers(2**31))
    return View(shot=shot, studio=studio(draw), role=role, is_exposed=is_exposed, seed=seed)


def _usual() -> Studio:
    """Previs's own studio."""
    white = (1.0, 1.0, 1.0)
    return Studio(
        lamps=dict.fromkeys(("key", "fill", "rim"), white), sky=white, backdrop=(0.80, 0.775, 0.735), is_flipped=False
    )


def studio(draw: np.random.Generator) -> Studio:
    """Half the pictures stand before previs's own backdrop, in light near its own; the others in any."""
    if draw.random() < 0.5:
        near = [_tint(draw, 0.8, 1.2, 0.04) for _ in range(4)]
        return replace(
            _usual(), lamps=dict(zip(("key", "fill", "rim"), near, strict=False)), sky=near[3],
            is_flipped=bool(draw.random() < 0.5),
        )  # fmt: skip
    lamps = {
        "key": _tint(draw, 0.4, 1.5, 0.15),
        "fill": _tint(draw, 0.2, 1.4, 0.1),
        "rim": _tint(draw, 0.1, 2.5, 0.2),
    }
    ground = np.clip(np.array(_pick(draw, list(COLOURS.values()))) ** 2.2 * draw.uniform(0.5, 1.0), 0.02, 0.85)
    return Studio(
        lamps=lamps,
        sky=_tint(draw, 0.5, 1.6, 0.1),
        backdrop=(float(ground[0]), float(ground[1]), float(ground[2])),
        is_flipped=bool(draw.random() < 0.5),
    )


def _tint(draw: np.random.Generator, low: float, high: float, spread: float) -> tuple[float, float, float]:
    strength = float(draw.uniform(low, high))
    warm = float(draw.uniform(-spread, spread))
    return strength * (1 + warm), strength, strength * (1 - warm)


def _pose(draw: np.random.Generator) -> Pose:
    return _pick(draw, _POSES)


def _expression(draw: np.random.Generator) -> Expression:
    return Expression.NEUTRAL if draw.random() < 0.3 else _pick(draw, tuple(Expression)[1:])


def _pick(draw: np.random.Generator, among: Sequence[T]) -> T:
    return among[int(draw.integers(len(among)))]

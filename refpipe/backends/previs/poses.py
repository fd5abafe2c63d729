"""Poses as rotations of bones, expressions as facial actions.

Belongs here: how a named pose places limbs and hands, how a named expression moves the face. Does not:
the rig itself. A pose is said in directions of limbs, so that it holds for every build and height.
Angles in degrees; world axes of domain.camera; left and right are the subject's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.shots import Expression, Pose

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

EXPRESSIONS: dict[Expression, dict[str, float]] = {
    Expression.NEUTRAL: {},
    Expression.CONCERNED: {
        "browInnerUp": 0.95, "browDownLeft": 0.35, "browDownRight": 0.35, "mouthFrownLeft": 0.45,
        "mouthFrownRight": 0.45, "mouthPressLeft": 0.35, "mouthPressRight": 0.35, "eyeSquintLeft": 0.25,
        "eyeSquintRight": 0.25,
    },
    Expression.VULNERABLE: {
        "browInnerUp": 1.0, "eyeWideLeft": 0.35, "eyeWideRight": 0.35, "jawOpen": 0.10,
        "mouthFrownLeft": 0.22, "mouthFrownRight": 0.22, "mouthLowerDownLeft": 0.12, "mouthLowerDownRight": 0.12,
    },
    Expression.DETERMINED: {
        "browDownLeft": 0.95, "browDownRight": 0.95, "eyeSquintLeft": 0.45, "eyeSquintRight": 0.45,
        "mouthPressLeft": 0.65, "mouthPressRight": 0.65, "jawForward": 0.25, "noseSneerLeft": 0.18,
        "noseSneerRight": 0.18,
    },
    Expression.THOUGHTFUL: {
        "browOuterUpLeft": 0.45, "browInnerUp": 0.35, "browDownRight": 0.35, "mouthPucker": 0.22,
        "mouthPressLeft": 0.25, "mouthPressRight": 0.25, "eyeSquintRight": 0.2,
    },
    Expression.SMILING: {
        "mouthSmileLeft": 0.75, "mouthSmileRight": 0.75, "cheekSquintLeft": 0.45, "cheekSquintRight": 0.45,
        "eyeSquintLeft": 0.25, "eyeSquintRight": 0.25, "mouthDimpleLeft": 0.2, "mouthDimpleRight": 0.2,
    },
    Expression.SURPRISED: {
        "browInnerUp": 0.8, "browOuterUpLeft": 0.85, "browOuterUpRight": 0.85, "eyeWideLeft": 0.85,
        "eyeWideRight": 0.85, "jawOpen": 0.32, "mouthFunnel": 0.15,
    },
    Expression.ANGRY: {
        "browDownLeft": 1.0, "browDownRight": 1.0, "noseSneerLeft": 0.65, "noseSneerRight": 0.65,
        "eyeSquintLeft": 0.4, "eyeSquintRight": 0.4, "mouthFrownLeft": 0.5, "mouthFrownRight": 0.5,
        "mouthPressLeft": 0.4, "mouthPressRight": 0.4,
    },
    Expression.SAD: {
        "browInnerUp": 1.0, "mouthFrownLeft": 0.8, "mouthFrownRight": 0.8, "eyeBlinkLeft": 0.22,
        "eyeBlinkRight": 0.22, "mouthShrugLower": 0.3,
    },
}  # fmt: skip
"""Facial actions 0–1 of each expression (names of the 52 actions of ARKit's vocabulary)."""


@dataclass(frozen=True, slots=True)
class ArmPose:
    """Directions for the subject's left arm (mirrored for the right) and how the hand is held.

    ``upper`` and ``fore`` point along the limbs; ``fingers`` along the hand; ``palm`` is the palm's normal.
    ``wrist_at`` places the wrist instead: (outwards, forwards, upwards) from the middle of the shoulders in
    shares of the arm's length; ``upper`` then only says to which side the elbow goes, and ``stagger`` moves
    the left hand up and the right hand down and forwards by that share, so that the hands overlap unharmed.
    """

    upper: tuple[float, float, float]
    fore: tuple[float, float, float]
    fingers: tuple[float, float, float]
    palm: tuple[float, float, float]
    curl_deg: float
    wrist_at: tuple[float, float, float] | None = None
    stagger: float = 0.0


def _down_and_out(out_deg: float, forward_deg: float) -> tuple[float, float, float]:
    out, forward = np.radians(out_deg), np.radians(forward_deg)
    vector = np.array([np.sin(out), -np.sin(forward), -np.cos(out) * np.cos(forward)])
    vector /= np.linalg.norm(vector)
    return float(vector[0]), float(vector[1]), float(vector[2])


_HANGING = ArmPose(
    upper=_down_and_out(13, -5),
    fore=_down_and_out(5, 14),
    fingers=_down_and_out(0, 14),
    palm=(-0.93, 0.36, 0.0),
    curl_deg=17,
)
_ARMS: dict[Pose, ArmPose] = {
    Pose.NEUTRAL: _HANGING,
    Pose.RELAXED: _HANGING,
    Pose.A_POSE: ArmPose(_down_and_out(34, -2), _down_and_out(32, 7), _down_and_out(31, 8), (-0.80, 0.22, -0.5), 9),
    Pose.T_POSE: ArmPose((1.0, 0.02, -0.02), (1.0, -0.03, 0.0), (1.0, -0.03, 0.0), (0.0, 0.05, -1.0), 4),
    Pose.HAND_CENTERED: ArmPose(
        upper=(0.75, 0.35, -1.0), fore=(0, 0, 0), fingers=(-0.42, -0.04, 0.90), palm=(0.10, 0.98, 0.10), curl_deg=9,
        wrist_at=(0.100, 0.50, -0.46), stagger=0.072,
    ),
}  # fmt: skip

_STANCE_DEG = {Pose.T_POSE: 3.0, Pose.A_POSE: 3.5}
_CLOSED_STANCE_DEG = 5.0


def rotation(axis: Vector, angle_deg: float) -> Matrix:
    """Rotation matrix about an axis (Rodrigues)."""
    axis = np.asarray(axis, np.float64) / np.linalg.norm(axis)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.radians(angle_deg)
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k))


def _frame(along: Vector, towards: Vector) -> Matrix:
    """Right-handed frame whose first axis lies along, whose second leans towards."""
    first = along / np.linalg.norm(along)
    second = towards - (towards @ first) * first
    second = second / np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)], axis=1)


def _twist_deg(turn: Matrix, axis: Vector) -> float:
    """The part of a rotation that turns about an axis, degrees."""
    guess = np.array([1.0, 0, 0]) if abs(axis[0]) < 0.8 else np.array([0, 1.0, 0])
    across = np.cross(axis, guess)
    across /= np.linalg.norm(across)
    moved = turn @ across
    moved -= (moved @ axis) * axis
    return float(np.degrees(np.arctan2(np.cross(across, moved) @ axis, across @ moved)))


def pose_rotations(pose: Pose, joints: dict[str, Any]) -> dict[str, Matrix]:
    """Bone → rotation relative to its parent, about world axes at rest, for the joints (3,) of a body at rest."""
    rotations: dict[str, Matrix] = {}
    stance = _STANCE_DEG.get(pose, _CLOSED_STANCE_DEG)
    for side, sign in (("L", 1.0), ("R", -1.0)):
        rotations |= _arm(_ARMS[pose], side, sign, joints)
        inward = rotation(np.array([0, 1.0, 0]), sign * stance)
        rotations[f"upperleg01.{side}"] = inward
        rotations[f"foot.{side}"] = inward.T
    return rotations


def _arm(arm: ArmPose, side: str, sign: float, joints: dict[str, Any]) -> dict[str, Matrix]:
    mirror = np.array([sign, 1.0, 1.0])
    upper, fore, fingers, palm = (np.array(v) * mirror for v in (arm.upper, arm.fore, arm.fingers, arm.palm))
    shoulder, elbow, wrist = (joints[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
    knuckle, first, last = (joints[f"{bone}.{side}"] for bone in ("finger3-1", "finger2-1", "finger5-1"))
    rest_upper, rest_fore = elbow - shoulder, wrist - elbow
    if arm.wrist_at is not None:
        upper, fore = _reach(arm, arm.wrist_at, sign, joints, (shoulder, rest_upper, rest_fore))
    bend = rest_fore / np.linalg.norm(rest_fore) - rest_upper / np.linalg.norm(rest_upper)
    wanted_bend = fore / np.linalg.norm(fore) - upper / np.linalg.norm(upper)
    if np.linalg.norm(wanted_bend) < 0.15:  # a straight arm: keep the elbow's inside to the front
        wanted_bend = np.array([0.0, -1.0, 0.0])
    upper_turn = _frame(upper, wanted_bend) @ _frame(rest_upper, bend).T
    fore_turn = _frame(fore, wanted_bend) @ _frame(rest_fore, bend).T
    rest_fingers = knuckle - wrist
    rest_palm = np.cross(last - wrist, first - wrist) * sign
    hand_turn = _frame(fingers, palm) @ _frame(rest_fingers, rest_palm).T
    axis = fore / np.linalg.norm(fore)
    twisted = rotation(axis, 0.6 * _twist_deg(hand_turn @ fore_turn.T, axis)) @ fore_turn
    raised = arm.wrist_at is None and arm.upper[2] > -0.3
    lift = rotation(np.array([0, 1.0, 0]), -sign * 10.0) if raised else np.eye(3)
    rotations = {
        f"shoulder01.{side}": lift,
        f"upperarm01.{side}": lift.T @ upper_turn,
        f"lowerarm01.{side}": upper_turn.T @ fore_turn,
        f"lowerarm02.{side}": fore_turn.T @ twisted,
        f"wrist.{side}": twisted.T @ hand_turn,
    }
    hinge = np.cross(rest_fingers, rest_palm)
    for finger in range(2, 6):
        for joint in range(1, 4):
            amount = arm.curl_deg * (0.75 + 0.12 * (finger - 2)) * (1.0, 1.15, 0.8)[joint - 1]
            rotations[f"finger{finger}-{joint}.{side}"] = rotation(hinge, amount)
    return rotations


def _reach(
    arm: ArmPose, wrist_at: tuple[float, float, float], sign: float, joints: dict[str, Any], rest: tuple[Vector, ...]
) -> tuple[Vector, Vector]:
    """Upper arm and forearm (vectors) that bring the wrist to the pose's place, the elbow kept to its side."""
    shoulder, rest_upper, rest_fore = rest
    a, b = float(np.linalg.norm(rest_upper)), float(np.linalg.norm(rest_fore))
    middle = 0.5 * (joints["upperarm01.L"] + joints["upperarm01.R"])
    out, ahead, up = (share * (a + b) for share in wrist_at)
    shift = arm.stagger * (a + b)
    target = middle + np.array([sign * out, -ahead - (shift if sign < 0 else 0.0), up + 0.5 * sign * shift])
    line = target - shoulder
    distance = min(float(np.linalg.norm(line)), 0.999 * (a + b))
    line = line / np.linalg.norm(line)
    pole = np.array(arm.upper) * np.array([sign, 1.0, 1.0])
    pole = pole - (pole @ line) * line
    pole = pole / np.linalg.norm(pole)
    along = (a * a - b * b + distance * distance) / (2 * distance)
    upper = along * line + np.sqrt(max(a * a - along * along, 1e-9)) * pole
    return upper, distance * line - upper


def gaze_turn(eye: Vector, target: Vector, forward: Vector, limit_deg: float = 32.0) -> Matrix:
    """Rotation of an eye from looking ``forward`` to looking at a target, no further than a human eye turns."""
    wanted = target - eye
    wanted = wanted / np.linalg.norm(wanted)
    axis = np.cross(forward, wanted)
    size = float(np.linalg.norm(axis))
    if size < 1e-6:
        return np.eye(3)
    angle = float(np.degrees(np.arctan2(size, forward @ wanted)))
    return rotation(axis, min(angle, limit_deg))

"""Control pictures: depth, normals, mask, edges and keypoints of the same geometry, pixel for pixel.

Belongs here: what a guided image model takes as its control input, encoded. Does not: ray casts (tracing),
the picture itself.

* depth — 16-bit PNG, millimetres, planar: measured along the optical axis, not along the ray; 0 = nothing.
* normals — camera space, x right, y up, z to the viewer, −1…1 as 0…255; 128, 128, 128 = nothing.
* mask — 255 = subject; a pixel counts when the ray through its middle meets the subject.
* edges — white lines where depth jumps, the surface folds, or one part or colour ends and another begins:
  drawn from geometry, so light and shadow leave no lines, unlike Canny on a photograph.
* keypoints — COCO-17; ``visible`` when in the picture and nothing but the part's own thickness stands before it.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.camera import Camera
from refpipe.backends.previs.scene import COCO_KEYPOINTS, Floats, Landmarks
from refpipe.backends.previs.tone import encode_png
from refpipe.backends.previs.tracing import NOTHING, Traced, Tracer
from refpipe.domain.camera import REFERENCE_HEIGHT_M
from refpipe.domain.generation import Guides

_DEPTH_JUMP = 0.012
"""A step of this share of the depth is an edge."""
_THICKNESS_M = {
    "nose": 0.03, "eye": 0.035, "ear": 0.05, "shoulder": 0.12, "elbow": 0.09,
    "wrist": 0.07, "hip": 0.17, "knee": 0.11, "ankle": 0.09,
}  # fmt: skip
"""How deep a keypoint may lie inside its own part, clothes included, for a subject of the reference height."""


def draw_guides(traced: Traced, tracer: Tracer, landmarks: Landmarks, camera: Camera) -> Guides:
    """All guides of one picture."""
    subject = subject_mask(traced)
    return Guides(
        depth_png=encode_png(depth_mm(traced, subject)),
        normals_png=encode_png(normal_map(traced, subject)),
        mask_png=encode_png(subject.astype(np.uint8) * 255),
        edges_png=encode_png(edge_map(traced, subject)),
        keypoints_json=json.dumps({"keypoints": keypoints(tracer, landmarks, camera)}, indent=1).encode(),
    )


def subject_mask(traced: Traced) -> NDArray[np.bool_]:
    """Where the subject is (H, W)."""
    return np.asarray(traced.part != NOTHING)


def depth_mm(traced: Traced, subject: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """Planar depth in millimetres (H, W), 0 = nothing; 65.5 m and more read 65,535."""
    millimetres = np.clip(traced.depth_m * 1000 + 0.5, 1, 65535)
    return np.where(subject, millimetres, 0).astype(np.uint16)


def normal_map(traced: Traced, subject: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Camera-space normals as 8-bit RGB (H, W, 3)."""
    shown = np.where(subject[..., None], traced.normals, 0)
    return np.asarray(shown * 127.5 + 128, np.float32).astype(np.uint8)


def edge_map(traced: Traced, subject: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """White lines on black (H, W): outlines, folds, and borders between parts and colours."""
    import cv2

    normals = normal_map(traced, subject)
    soft = cv2.GaussianBlur(normals, (0, 0), 1.2)
    lines = np.zeros(subject.shape, np.uint8)
    for channel in range(3):
        lines |= cv2.Canny(np.ascontiguousarray(soft[:, :, channel]), 60, 140)
    colour = np.where(subject[..., None], np.sqrt(np.clip(traced.albedo, 0, 1)) * 255, 0).astype(np.uint8)
    lines |= cv2.Canny(cv2.GaussianBlur(colour, (0, 0), 0.8), 60, 140)
    depth = np.where(subject, traced.depth_m, 0)
    for axis in (0, 1):
        near = np.minimum(depth, np.roll(depth, 1, axis))
        jump = np.abs(np.diff(depth, axis=axis, prepend=depth.take([0], axis))) > _DEPTH_JUMP * np.maximum(near, 0.05)
        lines[jump] = 255
    return lines


def keypoints(tracer: Tracer, landmarks: Landmarks, camera: Camera) -> list[dict[str, str | float | bool]]:
    """COCO-17 as plain data, in COCO's order; left and right are the subject's own."""
    scale = landmarks.height_m / REFERENCE_HEIGHT_M
    points = landmarks.keypoints
    thickness = np.array([_THICKNESS_M[name.rpartition("_")[2]] * scale for name in COCO_KEYPOINTS])
    visible = _seen(tracer, points, camera, thickness)
    places = camera.pixels(points)
    width, height = camera.size.width_px, camera.size.height_px
    rows: list[dict[str, str | float | bool]] = []
    for name, (x, y), is_seen in zip(COCO_KEYPOINTS, places, visible, strict=True):
        projects = bool(np.isfinite(x) and np.isfinite(y))
        is_inside = projects and bool(0 <= x < width and 0 <= y < height)
        rows.append(
            {
                "name": name,
                "x_px": round(float(x), 2) if projects else -1.0,
                "y_px": round(float(y), 2) if projects else -1.0,
                "visible": bool(is_seen) and is_inside,
                "in_picture": is_inside,
            }
        )
    return rows


def _seen(tracer: Tracer, points: Floats, camera: Camera, thickness: NDArray[np.float64]) -> NDArray[np.bool_]:
    ahead = camera.viewpoint.depths(points) > 0
    return np.asarray(tracer.is_visible(points, camera, thickness) & ahead)

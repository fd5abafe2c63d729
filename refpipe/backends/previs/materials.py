"""Materials: how each finish answers light, as the renderer's own descriptions.

Belongs here: reflectance models and their numbers. Does not: colours (they are the meshes' own), lights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.scene import Finish

_GLOSS: dict[Finish, tuple[float, float]] = {
    Finish.SKIN: (0.42, 0.32),
    Finish.CLOTH: (0.60, 0.12),
    Finish.LEATHER: (0.33, 0.45),
    Finish.HAIR: (0.42, 0.30),
    Finish.EYE: (0.24, 1.0),
    Finish.METAL: (0.22, 1.0),
}
"""Roughness and specular strength per finish."""


def material(finish: Finish, tile: NDArray[np.uint8] | None = None) -> dict[str, Any]:
    """The renderer's description of a finish coloured by the mesh's vertices, or by a repeated tile (H, W, 3) sRGB."""
    import mitsuba as mi

    colour: dict[str, Any] = {"type": "mesh_attribute", "name": "vertex_color"}
    if tile is not None:
        colour = {"type": "bitmap", "bitmap": mi.Bitmap(tile), "filter_type": "bilinear", "wrap_mode": "repeat"}
    return {"type": "twosided", "bsdf": _surface(finish, colour)}


def _surface(finish: Finish, colour: dict[str, Any]) -> dict[str, Any]:
    roughness, specular = _GLOSS[finish]
    surface: dict[str, Any] = {
        "type": "principled",
        "base_color": colour,
        "roughness": roughness,
        "specular": specular,
    }
    if finish is Finish.METAL:
        surface["metallic"] = 0.9
    return surface

"""The exposure: light carried from the studio through the lens to the film.

Belongs here: the renderer's scene and its linear picture. Does not: denoising, tone, guides.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.camera import Camera
from refpipe.backends.previs.materials import material
from refpipe.backends.previs.scene import Floats, Mesh
from refpipe.backends.previs.studio import Light, Stage

_VARIANT = "scalar_rgb"
_turn = threading.Lock()
"""An exposure uses all cores: the next one waits its turn."""
_LIGHTS_PER_RAY = 4
"""Each ray into the scene asks this many lights: as clean as two rays that ask two each, in less time."""
_ASKED = {"key": 1.3, "fill": 1.0, "rim": 0.6}
_SKY_ASKED = 1.3
"""How often each light is asked: in proportion to what it gives, which leaves the least noise."""


class Scene:
    """Figure and studio loaded into the renderer, ready for one exposure or several."""

    def __init__(self, meshes: Sequence[Mesh], stage: Stage) -> None:
        with _turn:
            self._scene = _load_scene(meshes, stage)

    def expose(self, camera: Camera, *, samples: int, seed: int) -> Floats:
        """The linear, noisy picture (H, W, 3). The same arguments give the same numbers.

        ``samples`` of light per pixel; the pixel filter is a box, so that noise stays a matter of single pixels,
        as the denoiser expects.
        """
        import mitsuba as mi

        with _turn:
            picture = mi.render(self._scene, sensor=mi.load_dict(_sensor(camera, samples)), seed=seed)
            return np.array(picture, np.float32)[:, :, :3]


def _load_scene(meshes: Sequence[Mesh], stage: Stage) -> Any:
    import mitsuba as mi

    if mi.variant() != _VARIANT:
        mi.set_variant(_VARIANT)
    scene: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "direct", "emitter_samples": _LIGHTS_PER_RAY, "bsdf_samples": 0},
        "sky": {
            "type": "constant",
            "radiance": {"type": "rgb", "value": list(stage.sky)},
            "sampling_weight": _SKY_ASKED,
        },
        "backdrop": _loaded(
            stage.backdrop, {"type": "diffuse", "reflectance": {"type": "mesh_attribute", "name": "vertex_color"}}
        ),
    }
    for light in stage.lights:
        # made here, not by the scene: what a scene makes of descriptions itself it keeps in no certain order, and
        # with other lamps first each ray would draw other lots
        scene[light.name] = mi.load_dict(_lamp(light))
    for index, mesh in enumerate(meshes):
        scene[f"part{index}"] = _loaded(mesh, material(mesh.finish, mesh.tile))
    return mi.load_dict(scene)


def _loaded(mesh: Mesh, surface: dict[str, Any]) -> Any:
    import mitsuba as mi

    properties = mi.Properties()
    properties["mesh_bsdf"] = mi.load_dict(surface)
    has_uv = mesh.tile is not None and mesh.uv is not None
    loaded = mi.Mesh(
        mesh.name,
        len(mesh.vertices),
        len(mesh.faces),
        props=properties,
        has_vertex_normals=True,
        has_vertex_texcoords=has_uv,
    )
    colours: Any = np.ascontiguousarray(mesh.colours, np.float32).ravel()
    loaded.add_attribute("vertex_color", 3, colours)
    arrays = mi.traverse(loaded)
    _put(arrays, "vertex_positions", mesh.vertices)
    _put(arrays, "vertex_normals", mesh.normals)
    _put(arrays, "faces", mesh.faces)
    if has_uv and mesh.uv is not None:
        _put(arrays, "vertex_texcoords", mesh.uv)
    arrays.update()
    return loaded


def _put(arrays: Any, name: str, values: NDArray[Any]) -> None:
    """Fill one of the renderer's own arrays in place: handed over whole, each number would be looked at by itself."""
    np.asarray(arrays[name])[:] = values.ravel()
    arrays.set_dirty(name)


def _lamp(light: Light) -> dict[str, Any]:
    import mitsuba as mi

    shine = np.cross(light.across, light.along)
    shine = shine / np.linalg.norm(shine)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = light.across, light.along, shine, light.centre
    return {
        "type": "rectangle",
        "to_world": mi.ScalarTransform4f(matrix),
        "emitter": {
            "type": "area",
            "radiance": {"type": "rgb", "value": list(light.radiance)},
            "sampling_weight": _ASKED[light.name],
        },
    }


def _sensor(camera: Camera, samples: int) -> dict[str, Any]:
    """The camera: a film around the optical axis, of which only the window is exposed."""
    import mitsuba as mi

    view, box, size = camera.viewpoint, camera.window.extent, camera.size
    pitch = camera.window.height_m / size.height_px
    left, top = round(box.left / pitch), round(-box.top / pitch)
    half_width = max(abs(left), abs(left + size.width_px))
    half_height = max(abs(top), abs(top + size.height_px))
    lens: dict[str, Any] = {"type": "perspective"}
    if camera.aperture_m > 0:
        lens = {"type": "thinlens", "aperture_radius": camera.aperture_m, "focus_distance": camera.focus_m}
    return lens | {
        "fov_axis": "x",
        "fov": float(np.degrees(2 * np.arctan(half_width * pitch / view.distance_m))),
        "near_clip": 0.02,
        "far_clip": 500.0,
        "to_world": mi.ScalarTransform4f().look_at(
            origin=view.position.tolist(), target=(view.position + view.forward).tolist(), up=view.up.tolist()
        ),
        "film": {
            "type": "hdrfilm",
            "width": 2 * half_width,
            "height": 2 * half_height,
            "crop_offset_x": half_width + left,
            "crop_offset_y": half_height + top,
            "crop_width": size.width_px,
            "crop_height": size.height_px,
            "rfilter": {"type": "box"},
            "pixel_format": "rgb",
            "component_format": "float32",
        },
        "sampler": {"type": "independent", "sample_count": max(1, samples // _LIGHTS_PER_RAY)},
    }

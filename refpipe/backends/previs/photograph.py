"""One photograph: the subject in full, the backdrop behind it from a coarse exposure, joined.

Belongs here: how exposures, guides and denoising are put together into clean linear light. Does not: any of
them by itself, tone, files.

Around the subject the picture is exposed pixel by pixel. Elsewhere there is only the seamless backdrop, which
holds nothing finer than a soft shadow: an exposure with larger pixels, and more light in each, is quicker and
smoother there.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from refpipe.backends.previs.bands import Band, bands_around, joined
from refpipe.backends.previs.camera import Camera, Region
from refpipe.backends.previs.denoise import PLAIN_NOTE, PLAIN_SAMPLES_FACTOR, denoise_plainly, load_denoiser
from refpipe.backends.previs.render import Scene
from refpipe.backends.previs.scene import Floats, Mesh
from refpipe.backends.previs.studio import Stage
from refpipe.backends.previs.tracing import NOTHING, Traced, Tracer
from refpipe.domain.generation import Size

_COARSE_LINES = 200
"""The coarse exposure's pixels are as large as leaves it about this many lines, at most four times as large."""
_COARSE_SAMPLES = 8
"""The coarse exposure has this many times the samples per pixel, over the size of its pixels."""
_NEAR_SHARE = 0.014
"""Up to this share of the picture's height around the subject everything is exposed in full."""
_JOIN = 2.0
"""From there to this many times as far the full exposure gives way to the coarse one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """Clean linear light (H, W, 3), what each pixel shows, and the ray caster that told."""

    light: Floats
    traced: Traced
    tracer: Tracer
    notes: tuple[str, ...]


def photograph(meshes: Sequence[Mesh], stage: Stage, camera: Camera, *, samples: int, seed: int) -> Photograph:
    """Photograph a figure's meshes. The same arguments give the same numbers.

    Raises PermanentFailureError when the denoiser fails.
    """
    notes: tuple[str, ...] = ()
    if load_denoiser() is None:
        samples, notes = samples * PLAIN_SAMPLES_FACTOR, (PLAIN_NOTE,)
    near = _near_px(meshes, camera)
    places = np.concatenate([camera.pixels(mesh.vertices) for mesh in meshes])
    bands = bands_around(places, camera.size, int(np.ceil(_JOIN * near)) + 1)
    fine = [camera.part(band.exposed) for band in bands]
    times = min(max(camera.size.height_px // _COARSE_LINES, 1), 4)
    coarse, coarse_region = camera.coarser(times)
    with ThreadPoolExecutor(1) as pool:
        tracing = pool.submit(_trace, meshes, stage, [*fine, coarse])
        scene = Scene(meshes, stage)
        sharp = [scene.expose(part, samples=samples, seed=seed) for part in fine]
        smooth = scene.expose(coarse, samples=samples * _COARSE_SAMPLES // times, seed=seed)
        tracer, (*seen, seen_coarsely) = tracing.result()
    light = _enlarged(_denoised(smooth, seen_coarsely), coarse_region, camera)
    clean = [_denoised(exposed, guides) for exposed, guides in zip(sharp, seen, strict=True)]
    subject, told = joined(bands, clean, camera.size)
    traced = _whole(bands, seen, camera.size)
    return Photograph(light=_over(light, subject, told, traced, near), traced=traced, tracer=tracer, notes=notes)


def _whole(bands: Sequence[Band], seen: Sequence[Traced], size: Size) -> Traced:
    """What the bands show, each in its own part of the picture; nothing around them."""
    whole = Traced.nothing(size.height_px, size.width_px)
    for band, shown in zip(bands, seen, strict=True):
        skipped = band.core.top_px - band.exposed.top_px
        whole.put(shown, band.core, rows=slice(skipped, skipped + band.core.height_px))
    return whole


def _near_px(meshes: Sequence[Mesh], camera: Camera) -> float:
    """How far around the subject's outline the full exposure reaches: the lens blurs it that far, and more."""
    depths = np.concatenate([camera.viewpoint.depths(mesh.vertices[::16]) for mesh in meshes])
    ahead = depths[depths > 0]
    blur = float(camera.blur_px(ahead).max()) if len(ahead) else 0.0
    return min(0.5 * blur, 0.1 * camera.size.height_px) + max(4.0, _NEAR_SHARE * camera.size.height_px)


def _trace(meshes: Sequence[Mesh], stage: Stage, cameras: Sequence[Camera]) -> tuple[Tracer, list[Traced]]:
    tracer = Tracer(meshes, [stage.backdrop])
    return tracer, [tracer.trace(camera) for camera in cameras]


def _denoised(light: Floats, seen: Traced) -> Floats:
    denoise = load_denoiser()
    return denoise(light, seen.albedo, seen.normals) if denoise is not None else denoise_plainly(light)


def _enlarged(light: Floats, region: Region, camera: Camera) -> Floats:
    """A coarse picture at the camera's own size."""
    import cv2

    whole = cv2.resize(light, (region.width_px, region.height_px), interpolation=cv2.INTER_CUBIC)
    top, left = -region.top_px, -region.left_px
    return np.array(whole[top : top + camera.size.height_px, left : left + camera.size.width_px], np.float32)


def _over(smooth: Floats, sharp: Floats, told: Floats, seen: Traced, near_px: float) -> Floats:
    """The sharp picture near the subject, the smooth one away from it, one into the other between."""
    import cv2

    away = np.asarray((seen.part == NOTHING), np.uint8)
    if away.all():
        return smooth
    distance = cv2.distanceTransform(away, cv2.DIST_L2, 3)
    share = np.where(told > 0, np.clip((distance / near_px - 1) / (_JOIN - 1), 0, 1), 1.0)[..., None]
    return np.asarray(sharp + (smooth - sharp) * share, np.float32)

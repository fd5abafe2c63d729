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
from dataclasses import dataclass, replace

import numpy as np

from refpipe.backends.previs.bands import bands_around, lay_over
from refpipe.backends.previs.camera import Camera, Region
from refpipe.backends.previs.denoise import PLAIN_NOTE, PLAIN_SAMPLES_FACTOR, denoise_plainly, load_denoiser
from refpipe.backends.previs.render import Scene
from refpipe.backends.previs.scene import Floats, Mesh
from refpipe.backends.previs.studio import Stage
from refpipe.backends.previs.tracing import NOTHING, Traced, Tracer

_COARSE_LINES = 200
"""The coarse exposure's pixels are as large as leaves it about this many lines, at most so many times as large."""
_COARSEST = 6
_COARSE_SAMPLES = 2
"""The coarse exposure has this many times the samples per pixel."""
_NEAR_SHARE = 0.014
"""Up to this share of the picture's height around the subject everything is exposed in full."""
_JOIN = 2.0
"""From there to this many times as far the full exposure gives way to the coarse one."""
_SHARED_PX = 20
"""Bands are denoised with this many rows of their neighbours, in which one gives way to the other."""


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
    reach = int(np.ceil(_JOIN * near)) + 1
    strips = [strip.core for strip in bands_around(places, camera.size, reach)]
    parts = [camera.part(strip) for strip in strips]
    coarse, around = camera.coarser(min(max(camera.size.height_px // _COARSE_LINES, 1), _COARSEST))
    with ThreadPoolExecutor(1) as pool:
        tracing = pool.submit(_trace, meshes, stage, parts, coarse)
        scene = Scene(meshes, stage)
        exposed = [scene.expose(part, samples=samples, seed=seed) for part in parts]
        exposed_coarsely = scene.expose(coarse, samples=samples * _COARSE_SAMPLES, seed=seed)
        tracer, seen, seen_coarsely = tracing.result()
    far = _Exposed(exposed_coarsely, *seen_coarsely.guides).denoised().enlarged(around, camera)
    whole, traced = far.copy(), Traced.nothing(camera.size)
    for strip, light, shown in zip(strips, exposed, seen, strict=True):
        whole.put(_Exposed(light, *shown.guides), strip)
        traced.put(shown.traced, strip)
    bands = bands_around(places, camera.size, reach, overlap_px=_SHARED_PX)
    clean = lay_over(far.light, bands, [whole.part(band.whole).denoised().light for band in bands])
    return Photograph(
        light=_near_subject(clean, far.light, strips, traced, near), traced=traced, tracer=tracer, notes=notes
    )


@dataclass(frozen=True, slots=True)
class _Exposed:
    """Linear light and the denoiser's guides for it, each (H, W, 3)."""

    light: Floats
    albedo: Floats
    normals: Floats

    def copy(self) -> _Exposed:
        return _Exposed(self.light.copy(), self.albedo.copy(), self.normals.copy())

    def put(self, other: _Exposed, region: Region) -> None:
        for mine, theirs in ((self.light, other.light), (self.albedo, other.albedo), (self.normals, other.normals)):
            mine[region.rows, region.columns] = theirs

    def part(self, region: Region) -> _Exposed:
        return _Exposed(*(each[region.rows, region.columns] for each in (self.light, self.albedo, self.normals)))

    def denoised(self) -> _Exposed:
        denoise = load_denoiser()
        if denoise is None:
            return replace(self, light=denoise_plainly(self.light))
        return replace(self, light=denoise(self.light, self.albedo, self.normals))

    def enlarged(self, region: Region, camera: Camera) -> _Exposed:
        """A coarse exposure of the region at the camera's own size."""
        return _Exposed(*(_enlarged(each, region, camera) for each in (self.light, self.albedo, self.normals)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a camera's pixels show, and the denoiser's guides made of it: albedo and normals (H, W, 3)."""

    traced: Traced
    guides: tuple[Floats, Floats]


def _near_px(meshes: Sequence[Mesh], camera: Camera) -> float:
    """How far around the subject's outline the full exposure reaches: the lens blurs it that far, and more."""
    depths = np.concatenate([camera.viewpoint.depths(mesh.vertices[::16]) for mesh in meshes])
    ahead = depths[depths > 0]
    blur = float(camera.blur_px(ahead).max()) if len(ahead) else 0.0
    return min(0.5 * blur, 0.1 * camera.size.height_px) + max(4.0, _NEAR_SHARE * camera.size.height_px)


def _trace(
    meshes: Sequence[Mesh], stage: Stage, parts: Sequence[Camera], whole: Camera
) -> tuple[Tracer, list[_Seen], _Seen]:
    """What each part of the picture shows, and what the whole shows; ``whole`` sees all that the parts see."""
    tracer = Tracer(meshes, [stage.backdrop], within=whole)

    def seen(camera: Camera) -> _Seen:
        traced = tracer.trace(camera)
        return _Seen(traced, tracer.softened(traced, camera))

    return tracer, [seen(part) for part in parts], seen(whole)


def _enlarged(light: Floats, region: Region, camera: Camera) -> Floats:
    """A coarse picture at the camera's own size."""
    import cv2

    whole = cv2.resize(light, (region.width_px, region.height_px), interpolation=cv2.INTER_CUBIC)
    top, left = -region.top_px, -region.left_px
    return np.array(whole[top : top + camera.size.height_px, left : left + camera.size.width_px], np.float32)


def _near_subject(sharp: Floats, smooth: Floats, strips: Sequence[Region], seen: Traced, near_px: float) -> Floats:
    """The sharp picture near the subject, the smooth one away from it, one into the other between."""
    import cv2

    away = np.asarray((seen.part == NOTHING), np.uint8)
    if away.all():
        return smooth
    share = np.ones(away.shape, np.float32)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, 3)
    for strip in strips:
        near = distance[strip.rows, strip.columns] / near_px
        share[strip.rows, strip.columns] = np.clip((near - 1) / (_JOIN - 1), 0, 1)
    return np.asarray(sharp + (smooth - sharp) * share[..., None], np.float32)

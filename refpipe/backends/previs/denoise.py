"""Noise taken out of an exposure, guided by what is known without noise.

Belongs here: Intel Open Image Denoise (through the libraries that the ``oidn`` wheel carries) and the plain
denoiser that stands in where it cannot be loaded. Does not: rendering, tone.

The wheel names its libtbb differently from what the denoiser's library asks for; loading it first, for all
to see, is enough. Its own binding is left aside because it cannot say that a picture is linear light.
"""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from functools import cache
from pathlib import Path

import numpy as np

from refpipe.backends.previs.scene import Floats
from refpipe.domain.errors import PermanentFailureError

_FLOAT3 = 3
_EXPOSURE = 1.0
"""The studio is exposed for white at 1 already."""
_LIBRARIES = {
    # folder of the wheel → (thread library, denoiser)
    "lib.linux.x64": ("libtbb.so.*", "libOpenImageDenoise.so.*"),
    "lib.macos.aarch64": ("libtbb.*.dylib", "libOpenImageDenoise.*.dylib"),
}
PLAIN_NOTE = "denoised plainly: Intel Open Image Denoise could not be loaded"
PLAIN_SAMPLES_FACTOR = 4
"""The plain denoiser needs this many times the samples for a picture without blotches."""


class Denoiser:
    """Intel's denoiser on the processor. Calls take turns; each uses all cores."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._device = library.oidnNewDevice(0)
        library.oidnCommitDevice(self._device)
        self._check()

    def __call__(self, picture: Floats, albedo: Floats, normals: Floats) -> Floats:
        """The linear picture (H, W, 3) without noise; ``albedo`` and ``normals`` (H, W, 3) are its guides.

        Raises PermanentFailureError when the library refuses.
        """
        library = self._library
        height, width = picture.shape[:2]
        clean = np.empty((height, width, 3), np.float32)
        images = {"color": picture, "albedo": albedo, "normal": normals, "output": clean}
        held = {name: np.ascontiguousarray(image, np.float32) for name, image in images.items()}
        with self._lock:
            task = library.oidnNewFilter(self._device, b"RT")
            try:
                for name, image in held.items():
                    where = image.ctypes.data
                    library.oidnSetSharedFilterImage(task, name.encode(), where, _FLOAT3, width, height, 0, 0, 0)
                # the guides are sharp while the lens blurs the picture: they advise, they do not command
                library.oidnSetFilter1b(task, b"cleanAux", False)
                library.oidnSetFilter1b(task, b"hdr", True)
                # left to itself it measures the exposure with several threads, whose order shows in the last bits
                library.oidnSetFilter1f(task, b"inputScale", _EXPOSURE)
                library.oidnCommitFilter(task)
                library.oidnExecuteFilter(task)
                self._check()
            finally:
                library.oidnReleaseFilter(task)
        return clean

    def _check(self) -> None:
        message = ctypes.c_char_p()
        if self._library.oidnGetDeviceError(self._device, ctypes.byref(message)):
            reason = (message.value or b"no reason given").decode(errors="replace")
            raise PermanentFailureError(f"the denoiser failed: {reason}")


@cache
def load_denoiser() -> Denoiser | None:
    """The denoiser, loaded once; None where its libraries are missing or do not run on this machine."""
    found = importlib.util.find_spec("oidn")
    if found is None or not found.submodule_search_locations:
        return None
    for folder, (threads, denoiser) in _LIBRARIES.items():
        base = Path(next(iter(found.submodule_search_locations))) / folder
        library = _open_library(base, threads, denoiser)
        if library is not None:
            return Denoiser(library)
    return None


def _open_library(base: Path, threads: str, denoiser: str) -> ctypes.CDLL | None:
    try:
        for path in sorted(base.glob(threads)):
            ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        paths = sorted(base.glob(denoiser))
        if not paths:
            return None
        library = ctypes.CDLL(str(paths[0]))
    except OSError:
        return None
    return _declared(library)


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """The library with the arguments of its calls said. Source: oidn.h, version 1.4."""
    pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    library.oidnNewDevice.restype = pointer
    library.oidnNewDevice.argtypes = [ctypes.c_int]
    library.oidnCommitDevice.argtypes = [pointer]
    library.oidnGetDeviceError.argtypes = [pointer, ctypes.POINTER(text)]
    library.oidnNewFilter.restype = pointer
    library.oidnNewFilter.argtypes = [pointer, text]
    library.oidnSetSharedFilterImage.argtypes = [pointer, text, pointer, ctypes.c_int, size, size, size, size, size]
    library.oidnSetFilter1b.argtypes = [pointer, text, ctypes.c_bool]
    library.oidnSetFilter1f.argtypes = [pointer, text, ctypes.c_float]
    library.oidnCommitFilter.argtypes = [pointer]
    library.oidnExecuteFilter.argtypes = [pointer]
    library.oidnReleaseFilter.argtypes = [pointer]
    return library


def denoise_plainly(picture: Floats) -> Floats:
    """The linear picture (H, W, 3) with its noise averaged away by non-local means; no guides needed."""
    import cv2

    bright = np.sqrt(np.clip(picture, 0, 4) / 4)
    eight_bit = (bright * 255 + 0.5).astype(np.uint8)
    smooth = cv2.fastNlMeansDenoisingColored(eight_bit, None, 5, 5, 5, 15)
    return np.asarray((smooth.astype(np.float32) / 255) ** 2 * 4, np.float32)

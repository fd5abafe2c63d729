"""Noise taken out of an exposure, guided by what is known without noise.

Belongs here: Intel Open Image Denoise 2 (through the libraries that the ``pyoidn`` wheel carries) and the plain
denoiser that stands in where it cannot be loaded. Does not: rendering, tone.

The libraries are loaded in the order in which they need each other. The wheel's own binding is left aside: it
prints to the console and cannot be told to share an array's memory.
"""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from refpipe.backends.previs.scene import Floats
from refpipe.domain.errors import PermanentFailureError

_FLOAT3 = 3
_EXPOSURE = 1.0
"""The studio is exposed for white at 1 already."""
_PROCESSOR = 1
"""The library's number for a device that is the processor, whatever else the machine has."""
FAST = 4
"""The library's number for its quicker network: 0.2 dB further from a clean exposure here, in little more than half
the time."""
_LIBRARIES = (
    # names by system: thread library, the denoiser's two parts in the order in which they are loaded
    ("libtbb.so.12*", "libOpenImageDenoise_core.so*", "libOpenImageDenoise.so*"),
    ("libtbb.12*.dylib", "libOpenImageDenoise_core*.dylib", "libOpenImageDenoise.*dylib"),
)
PLAIN_NOTE = "denoised plainly: Intel Open Image Denoise could not be loaded"
PLAIN_SAMPLES_FACTOR = 4
"""The plain denoiser needs this many times the samples for a picture without blotches."""


class Denoiser:
    """Intel's denoiser on the processor. Calls take turns; each uses all cores."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._device = library.oidnNewDevice(_PROCESSOR)
        library.oidnCommitDevice(self._device)
        self._check()

    def __call__(self, picture: Floats, albedo: Floats, normals: Floats, *, quality: int | None = FAST) -> Floats:
        """The linear picture (H, W, 3) without noise; ``albedo`` and ``normals`` (H, W, 3) are its guides.

        ``quality`` is the library's own number, None for what it takes by itself.

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
                library.oidnSetFilterBool(task, b"cleanAux", False)
                library.oidnSetFilterBool(task, b"hdr", True)
                # left to itself it measures the exposure with several threads, whose order shows in the last bits
                library.oidnSetFilterFloat(task, b"inputScale", _EXPOSURE)
                if quality is not None:
                    library.oidnSetFilterInt(task, b"quality", quality)
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
    found = importlib.util.find_spec("pyoidn")
    if found is None or not found.submodule_search_locations:
        return None
    base = Path(next(iter(found.submodule_search_locations))) / "oidn" / "lib"
    for names in _LIBRARIES:
        library = _open_libraries(base, names)
        if library is not None:
            return Denoiser(library)
    return None


def _open_libraries(base: Path, names: Sequence[str]) -> ctypes.CDLL | None:
    library = None
    for name in names:
        # the plain name comes first and leads to the others
        path = next(iter(sorted(base.glob(name))), None)
        if path is None:
            return None
        try:
            library = ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        except OSError:
            return None
    return None if library is None else _declared(library)


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """The library with the arguments of its calls said. Source: oidn.h, version 2.5."""
    pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    library.oidnNewDevice.restype = pointer
    library.oidnNewDevice.argtypes = [ctypes.c_int]
    library.oidnCommitDevice.argtypes = [pointer]
    library.oidnGetDeviceError.argtypes = [pointer, ctypes.POINTER(text)]
    library.oidnNewFilter.restype = pointer
    library.oidnNewFilter.argtypes = [pointer, text]
    library.oidnSetSharedFilterImage.argtypes = [pointer, text, pointer, ctypes.c_int, size, size, size, size, size]
    library.oidnSetFilterBool.argtypes = [pointer, text, ctypes.c_bool]
    library.oidnSetFilterFloat.argtypes = [pointer, text, ctypes.c_float]
    library.oidnSetFilterInt.argtypes = [pointer, text, ctypes.c_int]
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

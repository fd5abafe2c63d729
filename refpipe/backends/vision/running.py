"""What a model runs on: device, precision, batch. Belongs here: choosing them, and vectors from a model's answer.

Does not: which model. Weights are converted once, never cast picture by picture (autocast was four times slower).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from refpipe.domain.errors import NotSetUpError, PermanentFailureError
from refpipe.domain.vectors import Vectors

if TYPE_CHECKING:
    import torch

    from refpipe.backends.vision.preparing import Preparation

Precision = Literal["auto", "bf16", "fp32"]
_CPU_BATCH, _GPU_BATCH = 8, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What was asked for. ``device``: auto, cpu, cuda, cuda:1 …; ``batch`` None: what suits the device."""

    device: str = "auto"
    precision: Precision = "auto"
    batch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a model runs on, decided. The same picture's vectors differ between precisions in about the third digit."""

    device: torch.device
    dtype: torch.dtype
    batch: int


def decide(runtime: Runtime) -> Ground:
    """Raises NotSetUpError for a device that is not there."""
    import torch

    asked = runtime.device if runtime.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    device = _device(asked)
    is_half = runtime.precision == "bf16" or (runtime.precision == "auto" and _does_bf16_well(device))
    batch = runtime.batch or (_CPU_BATCH if device.type == "cpu" else _GPU_BATCH)
    return Ground(device=device, dtype=torch.bfloat16 if is_half else torch.float32, batch=batch)


def _device(name: str) -> torch.device:
    import torch

    remedy = "Set REFPIPE_VISION__DEVICE to auto, cpu or cuda."
    try:
        device = torch.device(name)
    except RuntimeError:
        raise NotSetUpError(f"{name!r} is no device", remedy=remedy) from None
    count = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if (device.index or 0) >= count.get(device.type, 0):
        raise NotSetUpError(f"the device {name!r} is not in this machine", remedy=remedy)
    return device


def _does_bf16_well(device: torch.device) -> bool:
    """Whether bf16 is done in hardware; emulated it is slower than fp32."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        able = torch.cpu.get_capabilities()
        return any(bool(able.get(name)) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return False


def normalised(pixels: torch.Tensor, preparation: Preparation, ground: Ground) -> torch.Tensor:
    """uint8 (n, 3, h, w) as the model was trained to see it, on its device: bytes travel, not floats."""
    import torch

    on_device = pixels.to(ground.device, non_blocking=True).to(torch.float32)
    mean = torch.tensor(preparation.mean, device=ground.device).mul_(255).view(1, 3, 1, 1)
    std = torch.tensor(preparation.std, device=ground.device).mul_(255).view(1, 3, 1, 1)
    return on_device.sub_(mean).div_(std).to(ground.dtype)


def unit_rows(answers: torch.Tensor) -> Vectors:
    """A model's answers (n, d) as float32 rows of length 1. Raises PermanentFailureError where they are no numbers."""
    import torch

    rows = answers.to(torch.float32)
    lengths = rows.norm(dim=-1, keepdim=True)
    if not bool(torch.isfinite(lengths).all()) or not bool((lengths > 0).all()):
        raise PermanentFailureError("the model's answer is no vector: it is zero, infinite or not a number")
    result: Vectors = (rows / lengths).cpu().numpy()
    return result

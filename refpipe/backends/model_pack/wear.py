"""What befalls a picture between the camera and the model: crop, exposure, softness, noise, JPEG.

Belongs here: random changes that leave a picture's meaning. Does not: light in the scene (shading).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Generator, Tensor

_SOFT_SHARE, _NOISY_SHARE, _JPEG_SHARE = 0.25, 0.25, 0.2


def placed(pictures: Tensor, size: tuple[int, int], dice: Generator, *, is_flipped: Tensor) -> Tensor:
    """Pictures (n, c, h, w) cropped and stretched a little, at a size (height, width); ``is_flipped`` ones mirrored."""
    import torch

    count = len(pictures)

    def lots(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=dice)

    scale_x, scale_y = lots(0.88, 1.0), lots(0.88, 1.0)
    turn = lots(-0.04, 0.04)
    mirror = 1.0 - 2.0 * is_flipped.float()
    shift_x, shift_y = (1 - scale_x) * lots(-1, 1), (1 - scale_y) * lots(-1, 1)
    rows = [
        torch.stack([mirror * scale_x, -turn, mirror * shift_x], dim=1),
        torch.stack([mirror * turn, scale_y, shift_y], dim=1),
    ]
    theta = torch.stack(rows, dim=1)
    grid = torch.nn.functional.affine_grid(theta, [count, 1, *size], align_corners=False)
    return torch.nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def worn(pictures: Tensor, dice: Generator) -> Tensor:
    """sRGB pictures (n, 3, h, w) in 0..1 with exposure, contrast, softness, noise and JPEG's marks at random."""
    import torch

    count = len(pictures)

    def lots(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand((count, *shape), generator=dice)

    gain = lots(0.82, 1.16, 1, 1, 1) * lots(0.95, 1.05, 3, 1, 1)
    changed = (pictures.clamp(min=1e-4) ** lots(0.85, 1.18, 1, 1, 1)) * gain
    soft = torch.rand(count, generator=dice) < _SOFT_SHARE
    if soft.any():
        changed[soft] = _softened(changed[soft], float(torch.rand(1, generator=dice)))
    noisy = (torch.rand(count, generator=dice) < _NOISY_SHARE).nonzero()[:, 0]
    if len(noisy):
        grain = torch.randn((len(noisy), *changed.shape[1:]), generator=dice)
        changed[noisy] += grain * (0.03 * torch.rand((len(noisy), 1, 1, 1), generator=dice))
    changed = changed.clamp(0, 1)
    for index in (torch.rand(count, generator=dice) < _JPEG_SHARE).nonzero()[:, 0].tolist():
        changed[index] = _through_jpeg(changed[index], int(torch.randint(35, 90, (1,), generator=dice)))
    return changed


def _softened(pictures: Tensor, share: float) -> Tensor:
    import torch

    height, width = pictures.shape[2:]
    scale = 0.45 + 0.4 * share
    small = (max(8, round(height * scale)), max(8, round(width * scale)))
    less = torch.nn.functional.interpolate(pictures, small, mode="bilinear", antialias=True)
    return torch.nn.functional.interpolate(less, (height, width), mode="bilinear")


def _through_jpeg(picture: Tensor, quality: int) -> Tensor:
    import cv2
    import torch

    pixels = (255 * picture.permute(1, 2, 0).flip(-1)).byte().numpy()
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded: Any = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return torch.from_numpy(decoded[:, :, ::-1].copy()).permute(2, 0, 1).float() / 255

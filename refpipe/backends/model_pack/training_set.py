"""The rendered pictures as a training set: held in memory, handed out batch by batch, each time in other light.

Belongs here: from numbers of pictures to pixels for a network. Does not: which pictures make a batch, losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from refpipe.backends.model_pack.picture_cache import Picture
from refpipe.backends.model_pack.shading import shaded
from refpipe.backends.model_pack.wear import placed, worn

if TYPE_CHECKING:
    from torch import Generator, Tensor

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green, blue, as DINO's; both models of the pack use them."""
_NORMAL_X = 4


class PictureStore:
    """Pictures by number. A picture that was exposed has pixels, another has its surface to be shaded."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        import torch

        self.pictures = pictures
        self._pixels = [torch.from_numpy(np.ascontiguousarray(_planes(picture))) for picture in pictures]
        self.is_exposed = torch.tensor([picture.pixels is not None for picture in pictures])

    def batch(
        self, numbers: Tensor, size: tuple[int, int], dice: Generator, *, is_flipped: Tensor, is_worn: bool = True
    ) -> Tensor:
        """Normalised pictures (n, 3, height, width), shaded, placed and worn at random."""
        import torch

        seen = torch.zeros((len(numbers), 3, *size))
        for exposed in (True, False):
            mine = (self.is_exposed[numbers] == exposed).nonzero()[:, 0]
            if not len(mine):
                continue
            raw = torch.stack([self._pixels[number] for number in numbers[mine].tolist()]).float() / 255
            flips = is_flipped[mine]
            if not exposed:
                raw[flips, _NORMAL_X] = 1 - raw[flips, _NORMAL_X]
            raw = placed(raw, size, dice, is_flipped=flips)
            seen[mine] = raw if exposed else shaded(raw, dice)
        return normalised(worn(seen, dice) if is_worn else seen)


def normalised(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) in 0..1 as the networks want them."""
    import torch

    mean, std = (torch.tensor(values)[None, :, None, None] for values in (MEAN, STD))
    return (pictures - mean) / std


def _planes(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = picture.pixels if picture.pixels is not None else picture.surface
    if pixels is None:
        raise ValueError("a picture without pixels or surface")
    return pixels.transpose(2, 0, 1)

"""Drawn assets as a training set: kept in the cache directory, handed out batch by batch.

Belongs here: drawing them once, pixels for a network. Does not: the drawings (asset_pictures).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from refpipe.backends.model_pack.asset_pictures import AssetPicture, asset_picture
from refpipe.backends.model_pack.picture_cache import cache_directory
from refpipe.backends.model_pack.training_set import normalised
from refpipe.backends.model_pack.wear import placed, worn

if TYPE_CHECKING:
    from torch import Generator, Tensor

COUNTS = {"train": 4000, "dev": 200, "held_out": 600}
_SIDE_PX = 144


class AssetStore:
    """A part's asset pictures with their captions. Drawn on first use, transparent ones on white."""

    def __init__(self, part: str) -> None:
        path = cache_directory().parent / f"assets-{part}-{COUNTS[part]}.npz"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(2) as pool:
                drawn = list(pool.map(lambda number: _small(asset_picture(number, part)), range(COUNTS[part])))
            captions = json.dumps([caption for _, caption, _ in drawn])
            kinds = json.dumps([kind for _, _, kind in drawn])
            np.savez(path, pixels=np.stack([pixels for pixels, _, _ in drawn]), captions=captions, kinds=kinds)
        with np.load(path) as arrays:
            self.pixels = arrays["pixels"]
            self.captions: list[str] = json.loads(str(arrays["captions"]))
            self.kinds: list[str] = json.loads(str(arrays["kinds"]))

    def batch(self, numbers: Tensor, size: tuple[int, int], dice: Generator) -> Tensor:
        """Normalised pictures (n, 3, height, width), worn at random."""
        import torch

        raw = torch.from_numpy(self.pixels[numbers.numpy()]).permute(0, 3, 1, 2).float() / 255
        still = torch.zeros(len(numbers), dtype=torch.bool)
        return normalised(worn(placed(raw, size, dice, is_flipped=still), dice))


def _small(asset: AssetPicture) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], str, str]:
    import PIL.Image

    image = asset.image
    if image.mode == "RGBA":
        white = PIL.Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    small = image.convert("RGB").resize((_SIDE_PX, _SIDE_PX), PIL.Image.Resampling.BICUBIC)
    return np.asarray(small), asset.caption, asset.asset_type

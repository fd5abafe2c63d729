"""Command: train the pack's identity model, ``python -m refpipe.backends.model_pack.identity_training``.

Belongs here: the network, its loss. Does not: batches, the schedule (course), evaluation.

A DINOv3-type encoder from scratch, by supervised contrast on its class token: pictures of one person in one outfit
draw together, all others in the batch are pushed apart. Beside that, linear heads on the token name hair, skin, age and
gender; they are thrown away. First at three quarters of the size, then in full; the weights that are kept are a
moving average.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refpipe.backends.model_pack.course import Course, Pace, Round
from refpipe.backends.model_pack.identity_batches import TRAITS, UNKNOWN, Batch, IdentityBatches
from refpipe.backends.model_pack.picture_cache import cache_directory, read
from refpipe.backends.model_pack.training_set import PictureStore

if TYPE_CHECKING:
    from torch import Tensor

SIZE = (192, 128)
"""Height and width of what the model sees, pixels: 2:3, as reference pictures are."""
_FIRST_SIZE = (144, 96)
_FIRST_SHARE = 0.75
HIDDEN, _LAYERS, _HEADS, _PATCH = 192, 6, 3, 16
STEPS, FAMILIES_A_BATCH, SEED = 1200, 20, 7
_RATE, _DECAY = 1e-3, 0.05
_WARMTH, _TRAITS_SHARE = 0.08, 0.1


def network() -> Any:
    """The untrained encoder."""
    from transformers import DINOv3ViTConfig, DINOv3ViTModel

    return DINOv3ViTModel(
        DINOv3ViTConfig(
            image_size=SIZE[0],
            patch_size=_PATCH,
            hidden_size=HIDDEN,
            intermediate_size=4 * HIDDEN,
            num_hidden_layers=_LAYERS,
            num_attention_heads=_HEADS,
            num_register_tokens=4,
            layerscale_value=1.0,
            pos_embed_rescale=None,
        )
    )


def contrast(tokens: Tensor, labels: Tensor) -> Tensor:
    """Supervised contrastive loss of class tokens (n, d). Source: Khosla et al., "Supervised Contrastive Learning"."""
    import torch

    unit = torch.nn.functional.normalize(tokens, dim=1)
    likeness = unit @ unit.T / _WARMTH
    itself = torch.eye(len(labels), dtype=torch.bool)
    likeness = likeness.masked_fill(itself, -1e4)
    same = (labels[:, None] == labels[None]) & ~itself
    shares = likeness - likeness.logsumexp(1, keepdim=True)
    return -((shares * same).sum(1) / same.sum(1).clamp(min=1)).mean()


class IdentityTraining:
    """One run of the training. Broken off, it goes on from the last state that was kept."""

    def __init__(self, state_path: Path, *, steps: int = STEPS) -> None:
        import torch

        torch.manual_seed(SEED)
        heads = {trait: torch.nn.Linear(HIDDEN, len(names)) for trait, names in TRAITS.items()}
        pace = Pace(rounds=(Round(steps, _RATE),), decay=_DECAY)
        self.course = Course(state_path, pace, model=network(), heads=torch.nn.ModuleDict(heads))

    def run(self, store: PictureStore) -> None:
        """Train to the last step, telling how it goes."""
        import torch

        seed = SEED + self.course.step
        batches = IdentityBatches(store.pictures, families=FAMILIES_A_BATCH, seed=seed)
        dice = torch.Generator().manual_seed(seed)

        def losses() -> dict[str, tuple[float, Tensor]]:
            batch = batches.next()
            size = _FIRST_SIZE if self.course.share_of_round < _FIRST_SHARE else SIZE
            pictures = store.batch(batch.numbers, size, dice, is_flipped=batch.is_flipped)
            return self._losses(pictures[torch.arange(len(pictures))[:, None], batch.dyes], batch)

        self.course.run(losses)

    def _losses(self, pictures: Tensor, batch: Batch) -> dict[str, tuple[float, Tensor]]:
        import torch

        with torch.autocast("cpu", torch.bfloat16):
            tokens = self.course.model(pixel_values=pictures).pooler_output
        tokens = tokens.float()
        told = [
            torch.nn.functional.cross_entropy(
                self.course.heads[trait](tokens), batch.traits[:, place], ignore_index=UNKNOWN
            )
            for place, trait in enumerate(TRAITS)
            if (batch.traits[:, place] != UNKNOWN).any()
        ]
        traits = torch.stack(told).mean() if told else torch.zeros(())
        return {"contrast": (1.0, contrast(tokens, batch.labels)), "traits": (_TRAITS_SHARE, traits)}


def state_path() -> Path:
    return cache_directory().parent / "identity-state.pt"


def main(arguments: list[str]) -> None:
    steps = int(arguments[0]) if arguments else STEPS
    IdentityTraining(state_path(), steps=steps).run(PictureStore(read("train")))


if __name__ == "__main__":
    main(sys.argv[1:])

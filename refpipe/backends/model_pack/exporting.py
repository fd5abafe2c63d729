"""Command: what was trained as models that load the usual way, ``python -m refpipe.backends.model_pack.exporting``.

Belongs here: the directories of both models with weights in half precision, what prepares their pictures, their cards.
Does not: training, measuring.

The directories are those from which refpipe loads its own models; names and forms are open_clip's and transformers'.
"""

from __future__ import annotations

import copy
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from refpipe.backends.model_pack import clip_training, identity_training, tokenizing
from refpipe.backends.model_pack.asset_store import COUNTS
from refpipe.backends.model_pack.picture_cache import FAMILIES
from refpipe.backends.model_pack.training_set import MEAN, STD
from refpipe.backends.vision.model_files import shipped

CARD = "card.yaml"
MOST_BYTES = 15_000_000
"""What both models may take together."""
_DOMAIN = "pictures that previs renders, and simple drawn pictures of things and places; not photographs"


def export_identity(state_path: Path, directory: Path) -> None:
    """The moving average of the identity model, as transformers reads a DINOv3."""
    import torch
    from safetensors.torch import save_file
    from transformers import DINOv3ViTImageProcessor

    state = torch.load(state_path, weights_only=True)
    network = identity_training.network()
    network.load_state_dict(state["average"])
    directory.mkdir(parents=True, exist_ok=True)
    network.config.architectures = [type(network).__name__]
    network.config.save_pretrained(directory)
    save_file(_halved(network.state_dict()), directory / "model.safetensors", metadata={"format": "pt"})
    height, width = identity_training.SIZE
    DINOv3ViTImageProcessor(
        size={"height": height, "width": width}, resample=3, image_mean=list(MEAN), image_std=list(STD)
    ).save_pretrained(directory)
    people = {"families": FAMILIES["train"]}
    _write_card(directory, "identity: who is shown", state["step"], identity_training.SEED, people)


def export_clip(state_path: Path, tokenizer_directory: Path, directory: Path) -> None:
    """The moving average of the CLIP, as open_clip reads one from a directory."""
    import torch
    from safetensors.torch import save_file

    state = torch.load(state_path, weights_only=True)
    network = clip_training.network()
    network.load_state_dict(state["average"])
    directory.mkdir(parents=True, exist_ok=True)
    preprocess = {"mean": list(MEAN), "std": list(STD), "interpolation": "bicubic", "resize_mode": "squash"}
    model = copy.deepcopy(clip_training.CONFIG)
    model["text_cfg"]["hf_tokenizer_name"] = "own"
    _write_json(directory / "open_clip_config.json", {"model_cfg": model, "preprocess_cfg": preprocess})
    save_file(_halved(network.state_dict()), directory / "open_clip_model.safetensors", metadata={"format": "pt"})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer_directory / name, directory / name)
    pictures = {"families": FAMILIES["train"], "assets": COUNTS["train"], "vocabulary": tokenizing.VOCABULARY}
    _write_card(directory, "pictures and words in one space", state["step"], clip_training.SEED, pictures)


def size_bytes(root: Path) -> int:
    """What both models take, all their files together."""
    return sum(path.stat().st_size for what in ("clip", "dino") for path in (root / what).iterdir())


def _halved(weights: dict[str, Any]) -> dict[str, Any]:
    """Numbers in half precision; what only counts stays as it is."""
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous() for name, value in weights.items()
    }


def _write_card(directory: Path, purpose: str, steps: int, seed: int, trained_on: dict[str, int]) -> None:
    card = {
        "purpose": purpose,
        "domain": _DOMAIN,
        "trained_on": trained_on,
        "steps": steps,
        "seed": seed,
        "precision": "float16",
        "licence": "Apache-2.0",
        "made_by": "make models",
    }
    (directory / CARD).write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    root = Path(arguments[0]) if arguments else shipped("clip").parent
    export_identity(identity_training.state_path(), root / "dino")
    clip_training.tokenizer()
    export_clip(clip_training.state_path(), clip_training.tokenizer_directory(), root / "clip")
    size = size_bytes(root)
    if size > MOST_BYTES:
        raise SystemExit(f"both models take {size} bytes; {MOST_BYTES} are allowed")
    sys.stdout.write(f"{root}: {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main(sys.argv[1:])

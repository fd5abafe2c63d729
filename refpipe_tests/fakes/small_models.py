"""Small models of the real architectures with random weights, saved as real ones are, to be loaded the real way.

Belongs here: a CLIP, a DINOv3 and two DINOv2 in directories of their own. Their answers mean nothing: they show that
loading and running are right, never that a model is good.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CLIP_DIMENSION, DINO_DIMENSION = 48, 64
WORDS = ("a", "man", "woman", "red", "blue", "coat", "hat", "in", "front", "back", "of", "with")
_SIZE_PX, _CONTEXT = 64, 16


def save_clip(
    directory: Path,
    *,
    size_px: int = _SIZE_PX,
    fit: str = "shortest",
    seed: int = 1,
    dtype: str = "float16",
    dimension: int = CLIP_DIMENSION,
) -> Path:
    """An open_clip directory: open_clip_config.json, open_clip_model.safetensors, a tokenizer of its own."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    directory.mkdir(parents=True, exist_ok=True)
    vocabulary = _save_tokenizer(directory)
    tower: dict[str, Any] = {"width": 64, "layers": 2, "heads": 2}
    config = {
        "embed_dim": dimension,
        "vision_cfg": {"image_size": size_px, "patch_size": 16, "width": 64, "layers": 2, "head_width": 32},
        # the end's number is the highest, where this architecture looks for the text's meaning
        "text_cfg": {"context_length": _CONTEXT, "vocab_size": vocabulary, "hf_tokenizer_name": "own", **tower},
    }
    preprocess = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic", "resize_mode": fit}
    described = {"model_cfg": config, "preprocess_cfg": preprocess}
    (directory / "open_clip_config.json").write_text(json.dumps(described), encoding="utf-8")
    torch.manual_seed(seed)
    network = open_clip.CLIP(**config)
    weights = {name: value.to(getattr(torch, dtype)).contiguous() for name, value in network.state_dict().items()}
    save_file(weights, directory / "open_clip_model.safetensors")
    return directory


def _save_tokenizer(directory: Path) -> int:
    """A tokenizer that knows whole words; how many numbers it uses."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    names = ["<pad>", "<unknown>", *WORDS, "<start>", "<end>"]
    numbers = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="<unknown>"))  # noqa: S106 - no password
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [("<start>", numbers["<start>"]), ("<end>", numbers["<end>"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="<start> $A <end>", special_tokens=ends)
    marks = {"pad_token": "<pad>", "unk_token": "<unknown>", "bos_token": "<start>", "eos_token": "<end>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks).save_pretrained(directory)
    return len(names)


def save_dinov3(directory: Path, *, size_px: int = _SIZE_PX, registers: int = 4, seed: int = 2) -> Path:
    """A DINOv3 directory as transformers writes it."""
    import torch
    from transformers import DINOv3ViTConfig, DINOv3ViTImageProcessor, DINOv3ViTModel

    torch.manual_seed(seed)
    config = DINOv3ViTConfig(
        image_size=size_px,
        patch_size=16,
        hidden_size=DINO_DIMENSION,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_register_tokens=registers,
        initializer_range=0.2,
    )
    DINOv3ViTModel(config).save_pretrained(directory)
    DINOv3ViTImageProcessor(size={"height": size_px, "width": size_px}).save_pretrained(directory)
    return directory


def save_dinov2(directory: Path, *, registers: int = 0, seed: int = 3) -> Path:
    """A DINOv2 directory as transformers writes it: shortest side 72, the middle 56 of it, patches of 14."""
    import torch
    from transformers import (
        BitImageProcessor,
        Dinov2Config,
        Dinov2Model,
        Dinov2WithRegistersConfig,
        Dinov2WithRegistersModel,
    )

    torch.manual_seed(seed)
    sizes: dict[str, Any] = {
        "image_size": 70,
        "patch_size": 14,
        "hidden_size": DINO_DIMENSION,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "initializer_range": 0.2,
    }
    if registers:
        network = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**sizes, num_register_tokens=registers))
    else:
        network = Dinov2Model(Dinov2Config(**sizes))
    network.save_pretrained(directory)
    BitImageProcessor(
        size={"shortest_edge": 72}, crop_size={"height": 56, "width": 56}, do_center_crop=True, resample=3
    ).save_pretrained(directory)
    return directory

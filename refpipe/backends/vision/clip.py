"""Pictures and words in one space, through open_clip: implements domain.ports.vision.TextImageModel.

Belongs here: which CLIP a name means, loading it, running its two towers. Does not: keeping vectors, searching.

Names: a registered model with a pretrained tag or a file (``ViT-L-14`` with ``openai`` or ``dfn2b``,
``ViT-B-16-SigLIP2`` with ``webli``), ``hf-hub:owner/name``, or a directory (``local-dir:PATH``) with
open_clip_config.json, weights and tokenizer. No name: the small one that refpipe ships. A file of weights is taken with
OpenAI's way of preparing pictures and the architecture's own activation (so ``ViT-L-14-quickgelu`` for OpenAI's file);
where others belong to it, name a tag or a directory.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from refpipe.backends.vision import model_files
from refpipe.backends.vision.kept_models import KEPT, KeptModels
from refpipe.backends.vision.model_files import HUB_PREFIX, LOCAL_PREFIX, Standing
from refpipe.backends.vision.prefetching import vectors_in_order
from refpipe.backends.vision.preparing import PREPROCESSING, Fit, Preparation
from refpipe.backends.vision.running import Ground, Runtime, decide, normalised, unit_rows
from refpipe.domain.errors import NotSetUpError, RefusedInputError
from refpipe.domain.vectors import Vector, VectorModel, Vectors

if TYPE_CHECKING:
    import torch

SHIPPED = "refpipe-clip"
CONFIG = "open_clip_config.json"
_REMEDY = (
    "REFPIPE_VISION__CLIP names the model: a name that open_clip knows with REFPIPE_VISION__CLIP_PRETRAINED, "
    "hf-hub:owner/name, or local-dir:PATH."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipName:
    """What the settings say. ``name`` None: the shipped one. Finding nothing out costs nothing."""

    name: str | None = None
    pretrained: str | None = None

    @property
    def directory(self) -> Path | None:
        return model_files.shipped("clip") if self.name is None else model_files.local_directory(self.name)

    @property
    def label(self) -> str:
        """The name under which its vectors are kept: no path of this machine."""
        if self.name is None:
            return SHIPPED
        if self.directory is not None:
            return self.directory.name
        if self._is_in_hub:
            return self.name.removeprefix(HUB_PREFIX)
        return f"{self.name}/{Path(self.pretrained).stem}" if self.pretrained else self.name

    @property
    def _is_in_hub(self) -> bool:
        return self.name is not None and self.name.startswith(HUB_PREFIX)

    def standing(self) -> Standing:
        """Whether it can be loaded, without loading anything."""
        if self.directory is not None:
            return model_files.standing_of(self.directory, CONFIG)
        if self._is_in_hub:
            return model_files.hub_standing(self.label, CONFIG)
        return model_files.file_standing(self.pretrained or "")

    def find(self, runtime: Runtime) -> ClipChoice:
        """Which weights it is. Fetches a hub model's where they are not here. Raises NotSetUpError."""
        if self.pretrained and (self.directory is not None or self._is_in_hub):
            raise NotSetUpError(f"{self.label} brings its own weights", remedy="Unset REFPIPE_VISION__CLIP_PRETRAINED.")
        if self.directory is not None:
            return self._in_directory(self.directory, runtime)
        return self._in_hub(runtime) if self._is_in_hub else self._registered(self.name or "", runtime)

    def _in_directory(self, directory: Path, runtime: Runtime) -> ClipChoice:
        if model_files.standing_of(directory, CONFIG) is not Standing.HERE:
            what = (
                "this version of refpipe has no CLIP model of its own"
                if self.name is None
                else (f"{directory} holds no CLIP model: {CONFIG} and weights are needed")
            )
            raise NotSetUpError(what, remedy=f"Name one that is there. {_REMEDY}")
        return ClipChoice(
            label=self.label,
            source=f"{LOCAL_PREFIX}{directory}",
            revision=model_files.content_revision(model_files.model_files(directory)),
            dimension=_dimension(model_files.read_description(directory / CONFIG)),
            runtime=runtime,
        )

    def _in_hub(self, runtime: Runtime) -> ClipChoice:
        config = model_files.hub_file(self.label, CONFIG)
        return ClipChoice(
            label=self.label,
            source=f"{HUB_PREFIX}{self.label}",
            revision=model_files.file_revision(config),
            dimension=_dimension(model_files.read_description(config)),
            runtime=runtime,
        )

    def _registered(self, name: str, runtime: Runtime) -> ClipChoice:
        import open_clip

        architecture = open_clip.get_model_config(name)
        if architecture is None:
            near = difflib.get_close_matches(name, open_clip.list_models(), n=3)
            known = f"did you mean {', '.join(near)}?" if near else "open_clip knows no such model"
            raise NotSetUpError(f"there is no CLIP model {name!r}: {known}", remedy=_REMEDY)
        weights, is_quick = self._registered_weights(name)
        return ClipChoice(
            label=self.label,
            source=name,
            pretrained=self.pretrained,
            is_quick_gelu=is_quick or bool(architecture.get("quick_gelu")),
            revision=model_files.file_revision(weights),
            dimension=int(architecture["embed_dim"]),
            runtime=runtime,
        )

    def _registered_weights(self, name: str) -> tuple[Path, bool]:
        """The weights' file, and whether they were trained with the quick GELU (open_clip only warns of it)."""
        import open_clip

        given = self.pretrained
        if given is not None and Path(given).is_file():
            return Path(given), False
        if given is None or not open_clip.is_pretrained_cfg(name, given):
            tags = ", ".join(open_clip.list_pretrained_tags_by_model(name)) or "none, so name a file"
            said = f"has no weights {given!r}" if given else "needs its weights named"
            remedy = f"Set REFPIPE_VISION__CLIP_PRETRAINED to one of: {tags}."
            raise NotSetUpError(f"the CLIP model {name} {said}", remedy=remedy)
        tag = open_clip.get_pretrained_cfg(name, given)
        fetch: Callable[[], str] = lambda: open_clip.download_pretrained(tag)  # noqa: E731 - its type is wanted
        file = model_files.told(f"weights of {self.label}", fetch, remedy=model_files.OFFLINE_REMEDY)
        return Path(file), bool(tag.get("quick_gelu"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipChoice:
    """One CLIP with its weights and what it runs on: the key under which it is kept."""

    label: str
    source: str
    pretrained: str | None = None
    is_quick_gelu: bool = False
    revision: str
    dimension: int
    runtime: Runtime

    @property
    def model(self) -> VectorModel:
        return VectorModel(
            name=self.label, revision=self.revision, preprocessing=PREPROCESSING, dimension=self.dimension
        )

    def load(self) -> LoadedClip:
        """Raises NotSetUpError where the files are not what they should be; weights are never made up."""
        return model_files.told(f"the CLIP model {self.label}", self._load, remedy=_REMEDY)

    def _load(self) -> LoadedClip:
        import open_clip
        import torch

        ground = decide(self.runtime)
        network = open_clip.create_model(
            self.source,
            pretrained=self.pretrained,
            precision="pure_bf16" if ground.dtype is torch.bfloat16 else "fp32",
            device=ground.device,
            force_quick_gelu=self.is_quick_gelu,
            require_pretrained=True,
        )
        network.eval().requires_grad_(False)
        return LoadedClip(
            network=network,
            tokenizer=open_clip.get_tokenizer(self.source),
            preparation=_preparation(network.visual.preprocess_cfg),
            ground=ground,
        )


@dataclass(frozen=True, kw_only=True)
class LoadedClip:
    """Both towers in memory. Threads may share it; the tokenizer takes turns."""

    network: Any
    tokenizer: Callable[[list[str]], torch.Tensor]
    preparation: Preparation
    ground: Ground
    tokenizing: Lock = field(default_factory=Lock)

    def of_pictures(self, pixels: torch.Tensor) -> Vectors:
        """uint8 (n, 3, h, w) → (n, d)."""
        import torch

        with torch.inference_mode():
            return unit_rows(self.network.encode_image(normalised(pixels, self.preparation, self.ground)))

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, d); the tokenizer cuts what is longer than the model reads."""
        import torch

        with self.tokenizing:
            tokens = self.tokenizer(list(texts))
        with torch.inference_mode():
            return unit_rows(self.network.encode_text(tokens.to(self.ground.device)))


class OpenClipModel:
    """See the port ``TextImageModel``. Cheap until asked; the model is loaded once per process and kept."""

    def __init__(self, name: ClipName, runtime: Runtime | None = None, *, kept: KeptModels = KEPT) -> None:
        self._name = name
        self._runtime = runtime or Runtime()
        self._kept = kept

    @cached_property
    def _choice(self) -> ClipChoice:
        return self._name.find(self._runtime)

    @property
    def model(self) -> VectorModel:
        """Raises NotSetUpError where the model is not there."""
        return self._choice.model

    def embed_pictures(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        """See the port. Raises NotSetUpError where the model cannot be loaded."""
        loaded = self._kept.get(self._choice)
        return vectors_in_order(pictures, loaded.preparation, loaded.of_pictures, batch=loaded.ground.batch)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """See the port. Raises NotSetUpError where the model cannot be loaded."""
        loaded = self._kept.get(self._choice)
        size = loaded.ground.batch
        parts = [loaded.of_texts(texts[start : start + size]) for start in range(0, len(texts), size)]
        return np.concatenate([np.zeros((0, self.model.dimension), np.float32), *parts])


def _dimension(description: dict[str, Any]) -> int:
    return int(model_files.told("the model's size", lambda: description["model_cfg"]["embed_dim"], remedy=_REMEDY))


def _preparation(config: dict[str, Any]) -> Preparation:
    """What open_clip would do, as one of ours."""
    size = config["size"]
    height, width = (size, size) if isinstance(size, int) else size
    return Preparation(
        height_px=height,
        width_px=width,
        fit=Fit(config["resize_mode"]),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        is_bicubic=config["interpolation"] != "bilinear",
        fill=int(config["fill_color"]),
    )

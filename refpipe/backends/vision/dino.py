"""Who or what is shown, through transformers: implements domain.ports.vision.FeatureExtractor.

Belongs here: which DINO a name means, loading it, its whole-picture vector and its patches. Does not: what a
likeness means (calibrations).

Names: ``owner/name`` of the hub (DINOv3 S, B or L; DINOv2 with or without registers where the gated DINOv3 cannot be
had), or a directory (``local-dir:PATH``) with config.json, preprocessor_config.json and weights. No name: the small
one that refpipe ships.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refpipe.backends.vision import model_files
from refpipe.backends.vision.kept_models import KEPT, KeptModels
from refpipe.backends.vision.model_files import HUB_PREFIX, Standing
from refpipe.backends.vision.prefetching import vectors_in_order
from refpipe.backends.vision.preparing import PREPROCESSING, Fit, Preparation, prepare, prepare_mask
from refpipe.backends.vision.running import Ground, Runtime, decide, normalised, unit_rows
from refpipe.domain.errors import NotSetUpError, RefusedInputError
from refpipe.domain.vectors import Vector, VectorModel, Vectors

if TYPE_CHECKING:
    import torch

SHIPPED = "refpipe-dino"
CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
KINDS = ("dinov3_vit", "dinov2", "dinov2_with_registers")
_REMEDY = "REFPIPE_VISION__DINO names the model: owner/name of the hub, or local-dir:PATH."
_UNUSED = ("embeddings.mask_token",)
"""Used in training only; some files leave it out."""
_BICUBIC = 3
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DinoName:
    """What the settings say. ``name`` None: the shipped one. Finding nothing out costs nothing."""

    name: str | None = None

    @property
    def directory(self) -> Path | None:
        return model_files.shipped("dino") if self.name is None else model_files.local_directory(self.name)

    @property
    def label(self) -> str:
        """The name under which its vectors are kept: no path of this machine."""
        if self.name is None:
            return SHIPPED
        return self.directory.name if self.directory is not None else self.name.removeprefix(HUB_PREFIX)

    def standing(self) -> Standing:
        """Whether it can be loaded, without loading anything."""
        if self.directory is not None:
            return model_files.standing_of(self.directory, CONFIG)
        return model_files.hub_standing(self.label, CONFIG)

    def find(self, runtime: Runtime) -> DinoChoice:
        """Which weights it is. Fetches a hub model's description where it is not here. Raises NotSetUpError."""
        if self.directory is None:
            config = model_files.hub_file(self.label, CONFIG)
            revision, commit = model_files.file_revision(config), model_files.commit_of(config)
            return _choice(self.label, self.label, revision, config, runtime, commit=commit)
        if model_files.standing_of(self.directory, CONFIG) is not Standing.HERE:
            what = (
                "this version of refpipe has no DINO model of its own"
                if self.name is None
                else (f"{self.directory} holds no DINO model: {CONFIG} and weights are needed")
            )
            raise NotSetUpError(what, remedy=f"Name one that is there. {_REMEDY}")
        revision = model_files.content_revision(model_files.model_files(self.directory))
        return _choice(self.label, str(self.directory), revision, self.directory / CONFIG, runtime)


@dataclass(frozen=True, slots=True, kw_only=True)
class DinoChoice:
    """One DINO with its weights and what it runs on: the key under which it is kept."""

    label: str
    source: str
    commit: str | None
    revision: str
    dimension: int
    runtime: Runtime

    @property
    def model(self) -> VectorModel:
        return VectorModel(
            name=self.label, revision=self.revision, preprocessing=PREPROCESSING, dimension=self.dimension
        )

    def load(self) -> LoadedDino:
        """Raises NotSetUpError where the files are not what they should be; weights are never made up."""
        return model_files.told(f"the DINO model {self.label}", self._load, remedy=_REMEDY)

    def _load(self) -> LoadedDino:
        import torch
        from transformers import AutoImageProcessor, AutoModel

        ground = decide(self.runtime)
        is_local = self.commit is None or model_files.is_offline()
        where = {"revision": self.commit or "main", "local_files_only": is_local}
        with _without_progress_bars():
            network, loading = AutoModel.from_pretrained(
                self.source, dtype=torch.float32, output_loading_info=True, **where
            )
        absent = sorted(name for name in loading["missing_keys"] if name not in _UNUSED)
        if absent:
            raise ValueError(f"{len(absent)} weights are not in the file, {absent[0]} among them")
        network.eval().requires_grad_(False)
        for parameter in network.parameters():
            # tables of positions are buffers and stay as exact as they are
            parameter.data = parameter.data.to(ground.dtype)
        config = network.config
        return LoadedDino(
            network=network.to(ground.device),
            preparation=_preparation(AutoImageProcessor.from_pretrained(self.source, **where), self.source),
            ground=ground,
            patch_px=int(config.patch_size),
            registers=int(getattr(config, "num_register_tokens", 0)),
        )


@dataclass(frozen=True, kw_only=True)
class LoadedDino:
    """The network in memory. Threads may share it."""

    network: Any
    preparation: Preparation
    ground: Ground
    patch_px: int
    registers: int

    def tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 (n, 3, h, w) → (n, 1 + registers + patches, d)."""
        import torch

        with torch.inference_mode():
            answer = self.network(pixel_values=normalised(pixels, self.preparation, self.ground))
        tokens: torch.Tensor = answer.last_hidden_state
        return tokens

    def of_pictures(self, pixels: torch.Tensor) -> Vectors:
        """(n, d): the class token after the last norm."""
        return unit_rows(self.tokens(pixels)[:, 0])

    def on_subject(self, mask: torch.Tensor) -> torch.Tensor:
        """Which patches lie with their larger part on the subject: bool (patches,), rows from the top."""
        import torch

        shares = torch.nn.functional.avg_pool2d(mask[None, None], self.patch_px)
        return (shares > _MOSTLY).flatten()


class DinoExtractor:
    """See the port ``FeatureExtractor``. Cheap until asked; the model is loaded once per process and kept."""

    def __init__(self, name: DinoName, runtime: Runtime | None = None, *, kept: KeptModels = KEPT) -> None:
        self._name = name
        self._runtime = runtime or Runtime()
        self._kept = kept

    @cached_property
    def _choice(self) -> DinoChoice:
        return self._name.find(self._runtime)

    @property
    def model(self) -> VectorModel:
        """Raises NotSetUpError where the model is not there."""
        return self._choice.model

    def features(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        """See the port. Raises NotSetUpError where the model cannot be loaded."""
        loaded = self._kept.get(self._choice)
        return vectors_in_order(pictures, loaded.preparation, loaded.of_pictures, batch=loaded.ground.batch)

    def patches(self, picture: bytes, mask_png: bytes | None = None) -> Vectors:
        """See the port. The mask has the picture's framing, in any size; (0, d) where no patch is mostly on it."""
        loaded = self._kept.get(self._choice)
        pixels = prepare(picture, loaded.preparation)
        wanted = None
        if mask_png is not None:
            wanted = loaded.on_subject(prepare_mask(mask_png, picture, loaded.preparation))
        patches = loaded.tokens(pixels[None])[0, 1 + loaded.registers :]
        return unit_rows(patches if wanted is None else patches[wanted.to(patches.device)])


def _choice(
    label: str, source: str, revision: str, config: Path, runtime: Runtime, *, commit: str | None = None
) -> DinoChoice:
    description = model_files.read_description(config)
    kind, dimension = description.get("model_type"), description.get("hidden_size")
    if kind not in KINDS or not isinstance(dimension, int):
        raise NotSetUpError(f"{label} is no DINO: it is {kind!r}, known are {', '.join(KINDS)}", remedy=_REMEDY)
    return DinoChoice(
        label=label, source=source, commit=commit, revision=revision, dimension=dimension, runtime=runtime
    )


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """transformers draws one for every load, however short."""
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()


def _preparation(processor: Any, source: str) -> Preparation:
    """What the model's own processor would do, as one of ours. Raises ValueError for what is not known here."""
    size, crop = dict(processor.size), dict(processor.crop_size or {})
    as_is = "height" in size and not getattr(processor, "do_center_crop", False)
    is_cut = "shortest_edge" in size and bool(crop) and size["shortest_edge"] >= max(crop.values())
    if not as_is and not is_cut:
        raise ValueError(f"{source} prepares pictures in a way that is not known here: size {size}, crop {crop}")
    shape = size if as_is else crop
    return Preparation(
        height_px=shape["height"],
        width_px=shape["width"],
        fit=Fit.SQUASH if as_is else Fit.SHORTEST,
        edge_px=None if as_is else size["shortest_edge"],
        mean=tuple(processor.image_mean),
        std=tuple(processor.image_std),
        is_bicubic=int(processor.resample) == _BICUBIC,
    )

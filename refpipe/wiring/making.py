"""Settings → what makes pictures and judges them: the generator, its turns and runs, the gate.

Belongs here: the use cases of a reference set from plan to verdict. Does not: what is done with a set that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refpipe.domain.errors import NotSetUpError
from refpipe.domain.generation import Role
from refpipe.settings import Settings
from refpipe.wiring.roles import check_role
from refpipe.wiring.seeing import Seeing

if TYPE_CHECKING:
    from refpipe.backends.runs.process_launcher import ProcessRunLauncher
    from refpipe.domain.generation import Size
    from refpipe.domain.keys import CharacterKey
    from refpipe.domain.ports import ImageGenerator
    from refpipe.domain.ports.vision import TextImageModel
    from refpipe.domain.shots import ReferenceShot
    from refpipe.services.build_reference_set import BuildReferenceSet
    from refpipe.services.embed_images import EmbedImages
    from refpipe.services.plan_reference_set import PlanReferenceSet
    from refpipe.services.resolve_generation import ResolveGeneration
    from refpipe.services.review_images import ReviewImages
    from refpipe.services.set_master_reference import SetMasterReference


class Making(Seeing):
    """The parts that make pictures. ``generator`` takes the place of the one that the settings name."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        generator: ImageGenerator | None = None,
        text_image_model: TextImageModel | None = None,
    ) -> None:
        super().__init__(settings, text_image_model=text_image_model)
        self._given_generator = generator

    @cached_property
    def generator(self) -> ImageGenerator:
        """What makes reference images. Raises NotSetUpError where the settings ask for what is not there."""
        if self._given_generator is not None:
            return self._given_generator
        self.check_reference_images()
        from refpipe.backends.previs.generator import PrevisGenerator

        return PrevisGenerator(samples=self.settings.previs.samples_per_pixel)

    @cached_property
    def run_launcher(self) -> ProcessRunLauncher:
        """Starts runs on this home as processes of their own."""
        from refpipe.backends.runs.process_launcher import ProcessRunLauncher

        return ProcessRunLauncher(home=self.settings.home, logs=self.settings.logs_path)

    def turn_at(self, key: CharacterKey, *, told_to_wait: Callable[[str], None]) -> AbstractContextManager[None]:
        """Hold the making of this character's set; see ``turn_held``."""
        from refpipe.backends.runs.turns import turn_held

        return turn_held(self._turn_path(key), told_to_wait=told_to_wait)

    def sets_under_way(self, key: CharacterKey) -> list[str]:
        """Keys of other sets that are being made on this home now, by commands like this one."""
        from refpipe.backends.runs.turns import held_beside

        return held_beside(self._turn_path(key))

    def _turn_path(self, key: CharacterKey) -> Path:
        return self.settings.home / "turns" / f"{key}.lock"

    def check_reference_images(self) -> None:
        """Raises NotSetUpError when the settings ask for a way of making reference images that is not there."""
        if self._given_generator is None:
            check_role(self.settings, Role.REFERENCE_IMAGE)

    def check_picture_size(self, size: Size | None, shots: Sequence[ReferenceShot]) -> None:
        """Raises RefusedInputError where the shots cannot be made in this size; None: the size of the settings."""
        from refpipe.services.check_picture_size import check_picture_size

        check_picture_size(size or self.settings.size, shots, self.generator.capabilities)

    def build_reference_set(self) -> BuildReferenceSet:
        """The use case over this home's stores and generator."""
        from refpipe.backends.runs.holders import ProcessHolders
        from refpipe.services.build_reference_set import BuildReferenceSet

        return BuildReferenceSet(
            database=self.database,
            blobs=self.blobs,
            generator=self.generator,
            holders=ProcessHolders(),
            size=self.settings.size,
            seed=self.settings.seed,
            parameters=self._generation_parameters(),
            terms=self.settings.ledger.terms,
            tries=self.settings.ledger.tries_per_shot,
            # pictures of a generator that was put in its place are whatever the caller wants them to be
            judge=None if self._given_generator is not None else self.review_images(),
        )

    def _generation_parameters(self) -> dict[str, Any]:
        """What besides the request changes a picture of the chosen generator: part of its fingerprint."""
        if self._given_generator is not None:
            return {}
        from refpipe.backends.previs.denoise import load_denoiser

        denoiser = "oidn" if load_denoiser() is not None else "plain"
        return {"samples": self.settings.previs.samples_per_pixel, "denoiser": denoiser}

    def review_images(self) -> ReviewImages:
        """The gate over this home's stores, with the thresholds that the settings name."""
        from refpipe.services.review_images import ReviewImages

        return ReviewImages(
            database=self.database,
            blobs=self.blobs,
            scorer=self.image_scorer,
            thresholds=self.settings.gate.thresholds,
            consistency=self.consistency_measure(),
        )

    def embed_images(self) -> EmbedImages:
        """The use case over this home's stores, with the model that the settings name."""
        from refpipe.services.embed_images import EmbedImages

        return EmbedImages(
            database=self.database, blobs=self.blobs, model=self.text_image_model, search=self.vector_search
        )

    def resolve_generation(self) -> ResolveGeneration:
        """The use case over this home's database."""
        from refpipe.backends.runs.holders import ProcessHolders
        from refpipe.services.resolve_generation import ResolveGeneration

        return ResolveGeneration(database=self.database, holders=ProcessHolders())

    def set_master_reference(self) -> SetMasterReference:
        """The use case over this home's stores."""
        from refpipe.services.set_master_reference import SetMasterReference

        return SetMasterReference(database=self.database, blobs=self.blobs, reader=self.picture_reader)

    def planner_if_any(self) -> PlanReferenceSet | None:
        """What plans sets on this home; None where the settings ask for a generator that is not there."""
        from refpipe.services.plan_reference_set import PlanReferenceSet

        try:
            able = self.generator.capabilities
        except NotSetUpError:
            return None
        settings = self.settings
        return PlanReferenceSet(database=self.database, capabilities=able, size=settings.size, seed=settings.seed)

"""The one composition root: settings → stores → generator → services. Used by the three faces.

Belongs here: which implementation stands behind which port, and what is still to be set up. Does not:
any rule of the trade, any output.

Importing this module is cheap, and so is making a ``Wiring``: each part is built when it is first asked
for, and only then are its libraries imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from refpipe.domain.errors import NotSetUpError
from refpipe.domain.generation import Role
from refpipe.settings import Profile, Settings, StoreKind, load_settings

if TYPE_CHECKING:
    from refpipe.backends.database.session import PostgresDatabase
    from refpipe.backends.database.vector_search import PostgresVectorSearch
    from refpipe.backends.pictures.kept_copies import KeptCopies
    from refpipe.backends.runs.process_launcher import ProcessRunLauncher
    from refpipe.backends.storage.object_store import ObjectBlobStore
    from refpipe.backends.vision.analysis_client import AnalysisService
    from refpipe.backends.vision.calibration_files import CalibrationFiles
    from refpipe.backends.vision.clip import ClipName
    from refpipe.backends.vision.dino import DinoName
    from refpipe.backends.vision.model_files import Standing
    from refpipe.backends.vision.running import Runtime
    from refpipe.domain.characters import CharacterSheet
    from refpipe.domain.generation import Size
    from refpipe.domain.keys import CharacterKey
    from refpipe.domain.ports import (
        ContactSheetPainter,
        ImageGenerator,
        ImageScorer,
        PictureReader,
    )
    from refpipe.domain.ports.vision import FeatureExtractor, TextImageModel
    from refpipe.domain.shots import ReferenceShot, ShotSet
    from refpipe.domain.vectors import VectorModel
    from refpipe.services.build_reference_set import BuildReferenceSet
    from refpipe.services.draw_contact_sheet import DrawContactSheet
    from refpipe.services.embed_images import EmbedImages
    from refpipe.services.examine_set import SetExamination
    from refpipe.services.export_set import ExportSet
    from refpipe.services.find_reference import FindReference
    from refpipe.services.measure_consistency import MeasureConsistency
    from refpipe.services.plan_reference_set import PlanReferenceSet
    from refpipe.services.resolve_generation import ResolveGeneration
    from refpipe.services.review_images import ReviewImages
    from refpipe.services.seed_shots import SeedReport
    from refpipe.services.set_master_reference import SetMasterReference
    from refpipe.services.sweep_orphans import SweepOrphans

NOT_BUILT_YET = {
    Profile.GPU: "pictures by diffusers on a GPU are not part of this version",
    Profile.HOSTED: "pictures by a hosted provider are not part of this version",
}
ROLES_BUILT = frozenset({Role.REFERENCE_IMAGE, Role.FEATURES})
SERVED_BY = {Role.FEATURES: (Profile.PREVIS, Profile.GPU)}
"""Profiles that a role has a backend for where it is not previs alone; models that see run on either machine."""


def check_role(settings: Settings, role: Role) -> Profile:
    """The profile that serves the role. Raises NotSetUpError where this version has no backend for it."""
    profile = settings.profile_of(role)
    if role not in ROLES_BUILT:
        raise NotSetUpError(
            f"{role.value} is not part of this version yet",
            remedy="This version makes and judges reference images only.",
        )
    if profile not in SERVED_BY.get(role, (Profile.PREVIS,)):
        name = f"REFPIPE_ROLES__{role.value.upper()}"
        raise NotSetUpError(
            f"{role.value} is set to the profile {profile.value}: {NOT_BUILT_YET[profile]}",
            remedy=f"Set {name}=previs (or leave REFPIPE_PROFILE at previs) for what is built in.",
        )
    return profile


class Wiring:
    """refpipe's parts on one home. Use as a context: what was opened is closed on leaving.

    ``generator`` and ``text_image_model`` take the place of those that the settings name (tests, experiments).
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        generator: ImageGenerator | None = None,
        text_image_model: TextImageModel | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self._given_generator = generator
        self._given_text_image_model = text_image_model
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; the embedded server stops when nobody else uses it. Closing twice is allowed."""
        self._closing.close()
        seeing = ("analysis_service", "image_scorer", "feature_extractor")
        for name in ("database", "vector_search", "blobs", "generator", "database_url", *seeing):
            self.__dict__.pop(name, None)

    @cached_property
    def database_url(self) -> str:
        """A plain ``postgresql://`` URL; joins the embedded server first where no other is set. Holds a password."""
        if self.settings.database_url is not None:
            return self.settings.database_url.get_secret_value()
        from refpipe.backends.database.embedded import EmbeddedServer

        server = EmbeddedServer.join(self.settings.postgres_path)
        self._closing.callback(server.leave)
        return server.ensure_database()

    @cached_property
    def database(self) -> PostgresDatabase:
        """The database, its schema brought to the newest revision."""
        from refpipe.backends.database.migrations import migrate
        from refpipe.backends.database.session import PostgresDatabase

        migrate(self.database_url)
        database = PostgresDatabase(self.database_url)
        self._closing.callback(database.close)
        return database

    @cached_property
    def vector_search(self) -> PostgresVectorSearch:
        """Nearest vectors in the same database, over connections of its own."""
        from refpipe.backends.database.vector_search import PostgresVectorSearch

        _ = self.database  # reaches the server and brings the schema up to date
        search = PostgresVectorSearch(self.database_url)
        self._closing.callback(search.close)
        return search

    def database_version(self) -> tuple[str | None, str]:
        """The schema's version as it is and as it should be. Raises NotSetUpError when the server is not reached."""
        from refpipe.backends.database.migrations import HEAD, current_version

        _ = self.database  # reaches the server and brings the schema up to date
        return current_version(self.database_url), HEAD

    @cached_property
    def blobs(self) -> ObjectBlobStore:
        """The blob store that the settings name."""
        from refpipe.backends.storage import LocalBlobStore, S3BlobStore

        store = self.settings.store
        if store.kind is StoreKind.LOCAL:
            return LocalBlobStore(self.settings.blobs_path)
        return S3BlobStore(
            store.bucket,
            prefix=store.prefix,
            endpoint=store.endpoint,
            region=store.region,
            access_key_id=store.access_key_id.get_secret_value() if store.access_key_id else None,
            secret_access_key=store.secret_access_key.get_secret_value() if store.secret_access_key else None,
        )

    @cached_property
    def generator(self) -> ImageGenerator:
        """What makes reference images. Raises NotSetUpError where the settings ask for what is not there."""
        if self._given_generator is not None:
            return self._given_generator
        self.check_reference_images()
        from refpipe.backends.previs.generator import PrevisGenerator

        return PrevisGenerator(samples=self.settings.previs.samples_per_pixel)

    @cached_property
    def picture_reader(self) -> PictureReader:
        from refpipe.backends.pictures.picture_reader import PillowPictureReader

        limits = self.settings.uploads
        return PillowPictureReader(
            max_bytes=limits.max_bytes, max_pixels=limits.max_pixels, max_side_px=limits.max_side_px
        )

    @cached_property
    def analysis_service(self) -> AnalysisService | None:
        """The service that looks at pictures in place of this process; None where the settings name none."""
        from refpipe.backends.vision.analysis_client import AnalysisService

        asked = self.settings.vision
        if asked.service_url is None:
            return None
        service = AnalysisService(asked.service_url, patience_s=asked.service_patience_s)
        self._closing.callback(service.close)
        return service

    @cached_property
    def image_scorer(self) -> ImageScorer:
        """What measures pictures: this process or, where the settings name one, a service. Both say the same."""
        if self.analysis_service is not None:
            from refpipe.backends.vision.analysis_client import ServiceImageScorer

            return ServiceImageScorer(self.analysis_service)
        from refpipe.backends.vision.picture_scorer import PictureScorer

        return PictureScorer(self.kept_copies)

    @cached_property
    def feature_extractor(self) -> FeatureExtractor:
        """Who or what is shown, by the model that the settings name; nothing is loaded until it is used."""
        if self.analysis_service is not None:
            from refpipe.backends.vision.analysis_client import ServiceFeatureExtractor

            return ServiceFeatureExtractor(self.analysis_service)
        from refpipe.backends.vision.dino import DinoExtractor

        return DinoExtractor(self._dino_name, self._vision_runtime)

    @cached_property
    def text_image_model(self) -> TextImageModel:
        """Pictures and words in one space, by the model that the settings name; nothing is loaded until it is used."""
        if self._given_text_image_model is not None:
            return self._given_text_image_model
        from refpipe.backends.vision.clip import OpenClipModel

        return OpenClipModel(self._clip_name, self._vision_runtime)

    @property
    def has_feature_model(self) -> bool:
        """Whether there is a model to judge identity by: here, or to be had on first use. Loads nothing."""
        return self._dino_name.standing().may_be_used

    @property
    def has_text_image_model(self) -> bool:
        """Whether there is a model for pictures and words: here, or to be had on first use. Loads nothing."""
        return self._clip_name.standing().may_be_used

    def embedding_model(self) -> VectorModel | None:
        """What pictures are embedded with, found out without fetching anything; None: only known once it was fetched.

        Raises NotSetUpError where it is not there.
        """
        from refpipe.backends.vision.model_files import Standing

        is_given = self._given_text_image_model is not None
        if not is_given and self._clip_name.standing() is Standing.ON_FIRST_USE:
            return None
        return self.text_image_model.model

    @cached_property
    def calibrations(self) -> CalibrationFiles:
        """What cosines of feature models mean: fitted on this home, else as it comes with refpipe."""
        from refpipe.backends.vision.calibration_files import CalibrationFiles

        return CalibrationFiles(self.settings.home / "calibrations")

    @property
    def calibration_pairs(self) -> Path | None:
        """The labelled comparisons that lie beside the feature model's weights; None where there are none."""
        directory = self._dino_name.directory
        table = None if directory is None else directory / "calibration_pairs.csv.gz"
        return table if table is not None and table.is_file() else None

    def consistency_measure(self) -> MeasureConsistency | None:
        """What sees who is shown; None where no model is named and refpipe's own is not in this installation."""
        from refpipe.backends.vision.model_files import Standing
        from refpipe.services.measure_consistency import MeasureConsistency

        is_here = self.analysis_service is None
        if is_here and self.settings.vision.dino is None and self._dino_name.standing() is Standing.MISSING:
            return None
        extractor = self.feature_extractor
        return MeasureConsistency(
            database=self.database,
            blobs=self.blobs,
            extractor=extractor,
            calibration=self.calibrations.find(extractor.model),
        )

    def models_that_see(self) -> list[tuple[str, Standing]]:
        """Name and standing of the models that the settings name: first pictures and words, then identity."""
        return [(each.label, each.standing()) for each in (self._clip_name, self._dino_name)]

    @property
    def _clip_name(self) -> ClipName:
        from refpipe.backends.vision.clip import ClipName

        return ClipName(name=self.settings.vision.clip, pretrained=self.settings.vision.clip_pretrained)

    @property
    def _dino_name(self) -> DinoName:
        from refpipe.backends.vision.dino import DinoName

        return DinoName(name=self.settings.vision.dino)

    @property
    def _vision_runtime(self) -> Runtime:
        from refpipe.backends.vision.running import Runtime

        asked = self.settings.vision
        return Runtime(device=asked.device, precision=asked.precision, batch=asked.batch)

    @cached_property
    def kept_copies(self) -> KeptCopies:
        """Small copies of the pictures seen last."""
        from refpipe.backends.pictures.kept_copies import KeptCopies

        return KeptCopies()

    @cached_property
    def contact_sheet_painter(self) -> ContactSheetPainter:
        from refpipe.backends.pictures.contact_sheet import PillowContactSheetPainter

        return PillowContactSheetPainter(self.kept_copies)

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

        return EmbedImages(database=self.database, blobs=self.blobs, model=self.text_image_model)

    def examine_set(self, key: CharacterKey) -> SetExamination:
        """A set as a whole, in every respect that there is a check for."""
        from refpipe.backends.pictures.likeness import ThumbnailDuplicates
        from refpipe.services.examine_set import examine_set

        return examine_set(
            key,
            database=self.database,
            blobs=self.blobs,
            duplicates=ThumbnailDuplicates(self.kept_copies),
            thresholds=self.settings.gate.thresholds,
            embedded_by=lambda: self.text_image_model.model,
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

    def draw_contact_sheet(self) -> DrawContactSheet:
        """The use case over this home's stores."""
        from refpipe.services.draw_contact_sheet import DrawContactSheet

        return DrawContactSheet(database=self.database, blobs=self.blobs, painter=self.contact_sheet_painter)

    def find_reference(self) -> FindReference:
        """The use case over this home's database."""
        from refpipe.backends.scene_words import packaged_calibration, packaged_vocabulary
        from refpipe.services.find_reference import FindReference

        return FindReference(
            database=self.database, vocabulary=packaged_vocabulary(), calibration=packaged_calibration()
        )

    def export_set(self) -> ExportSet:
        """The use case over this home's stores."""
        from refpipe.backends.sheets.sheet_file import sheet_file
        from refpipe.services.export_set import ExportSet

        return ExportSet(
            database=self.database,
            blobs=self.blobs,
            contact_sheets=self.draw_contact_sheet(),
            sheet_file=sheet_file,
            planner=self.planner_if_any(),
        )

    def sweep_orphans(self) -> SweepOrphans:
        """The use case over this home's stores."""
        from refpipe.services.sweep_orphans import SweepOrphans

        return SweepOrphans(database=self.database, blobs=self.blobs, owner=self.settings.owner)

    def seed_shots(self, wanted: ShotSet | None = None, *, clean: bool = False, validate: bool = True) -> SeedReport:
        """Seed the owner's reference shots from the packaged library."""
        from refpipe.backends.shot_library import packaged_library
        from refpipe.domain.shots import ShotSet
        from refpipe.services.seed_shots import seed_shots

        return seed_shots(
            self.database,
            self.settings.owner,
            packaged_library(),
            wanted or ShotSet.ALL,
            clean=clean,
            validate=validate,
        )

    def seed_if_empty(self) -> bool:
        """Seed a home that has no active reference shot yet; whether it did."""
        with self.database.transaction(self.settings.owner) as records:
            if records.shots.all():
                return False
        self.seed_shots()
        return True

    def child_environment(self) -> dict[str, str]:
        """This process's environment with the homes pinned, for children that work on the same home."""
        homes = {"REFPIPE_HOME": str(self.settings.home), "DAGSTER_HOME": str(self.settings.dagster_home)}
        return {**os.environ, **homes}

    def published_contact_sheet(self, key: CharacterKey) -> str | None:
        """Path of the contact sheet as a file with a name of its own, None when there is none."""
        path = self._contact_sheet_path(key)
        return str(path) if path.is_file() else None

    def publish_contact_sheet(self, key: CharacterKey) -> str | None:
        """Copy the current contact sheet out of the blob store, as a file that people can open; its path."""
        from refpipe.domain.keys import contact_sheet_name

        with self.database.transaction(key.owner) as records:
            sha256 = records.blobs.resolve(contact_sheet_name(key))
        if sha256 is None:
            return None
        path = self._contact_sheet_path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.new")
        unfinished.write_bytes(self.blobs.get(sha256))
        unfinished.replace(path)
        return str(path)

    def withdraw_contact_sheets(self, sheet: CharacterSheet) -> None:
        """Remove a character's published contact sheets."""
        from refpipe.domain.upkeep import keys_of

        for key in keys_of(sheet):
            self._contact_sheet_path(key).unlink(missing_ok=True)

    def _contact_sheet_path(self, key: CharacterKey) -> Path:
        return self.settings.home / "contact_sheets" / key.owner / f"{key.character}~{key.outfit}.png"

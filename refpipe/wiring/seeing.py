"""Settings → what looks at pictures: models, scorers, readers, here or by a service.

Belongs here: which implementation looks, and whether it is there. Does not: what is done with what was seen.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from refpipe.settings import Settings
from refpipe.wiring.stores import Stores

if TYPE_CHECKING:
    from refpipe.backends.pictures.kept_copies import KeptCopies
    from refpipe.backends.vision.analysis_client import AnalysisService
    from refpipe.backends.vision.calibration_files import CalibrationFiles
    from refpipe.backends.vision.clip import ClipName
    from refpipe.backends.vision.dino import DinoName
    from refpipe.backends.vision.model_files import Standing
    from refpipe.backends.vision.running import Runtime
    from refpipe.domain.ports import ContactSheetPainter, ImageScorer, PictureReader
    from refpipe.domain.ports.vision import FeatureExtractor, TextImageModel
    from refpipe.domain.vectors import VectorModel
    from refpipe.services.measure_consistency import MeasureConsistency


class Seeing(Stores):
    """The parts that look at pictures. ``text_image_model`` takes the place of the one that the settings name."""

    def __init__(self, settings: Settings | None = None, *, text_image_model: TextImageModel | None = None) -> None:
        super().__init__(settings)
        self._given_text_image_model = text_image_model

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

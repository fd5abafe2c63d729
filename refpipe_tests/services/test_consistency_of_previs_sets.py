"""Previs sets judged by the identity model that comes with refpipe: somebody else in a set is noticed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from refpipe.backends.previs.generator import PrevisGenerator
from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.backends.vision.calibration_files import CalibrationFiles
from refpipe.backends.vision.dino import DinoExtractor, DinoName
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.generation import Capabilities, GeneratedImage, ImageRequest, Size
from refpipe.domain.ports import BlobStore, Database
from refpipe.domain.verdict import Verdict
from refpipe.services.measure_consistency import MeasureConsistency
from refpipe.services.review_images import ReviewImages
from refpipe.services.set_master_reference import SetMasterReference
from refpipe_tests.fakes.flawless_scorer import FlawlessScorer
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

MASTER = "85mm_front_mcu"
OWN = ("35mm_front_full", "85mm_left35_mcu", "85mm_right90_mcu", "35mm_back_full")
SLIPPED = ("50mm_front_cu", "85mm_right35_mcu", "85mm_left90_mcu", "50mm_back_three_quarter")
SIZE = Size(160, 240)


@dataclass(frozen=True)
class Impostor:
    """Previs, but in some shots it photographs somebody else."""

    real: PrevisGenerator
    other: CharacterSheet
    shots: frozenset[str]

    @property
    def capabilities(self) -> Capabilities:
        return self.real.capabilities

    def generate(self, request: ImageRequest) -> GeneratedImage:
        if request.shot.slug not in self.shots:
            return self.real.generate(request)
        return self.real.generate(replace(request, physical=self.other.physical, outfit=self.other.outfit(None)))


@pytest.fixture
def verdicts(
    jax: CharacterSheet, database: Database, blobs: BlobStore, builder: Builder, masters: SetMasterReference
) -> dict[str, Verdict]:
    """Verdicts on jax's set, with amina in four of its pictures; its master is one of its own."""
    generator = Impostor(PrevisGenerator(samples=8), sample_sheet("amina"), frozenset(SLIPPED))
    list(builder(generator, size=SIZE)(STREET, [SHOTS[slug] for slug in (MASTER, *OWN, *SLIPPED)]))
    with database.transaction("local") as records:
        chosen = records.gallery.get(STREET, MASTER)
    assert chosen is not None
    masters.promote("local", jax.slug, chosen.id)
    eye = DinoExtractor(DinoName())
    calibration = CalibrationFiles(Path("/nowhere")).find(eye.model)
    measure = MeasureConsistency(database=database, blobs=blobs, extractor=eye, calibration=calibration)
    gate = ReviewImages(database=database, blobs=blobs, scorer=FlawlessScorer(), consistency=measure)
    return {each.image.shot or "": each.verdict for each in gate.due("local")}


def test_somebody_else_slipped_into_a_set_never_passes_and_the_own_pictures_never_fail(
    verdicts: dict[str, Verdict],
) -> None:
    assert set(verdicts) == {MASTER, *OWN, *SLIPPED}
    assert ImageStatus.ACCEPTED not in {verdicts[shot].status for shot in SLIPPED}
    assert ImageStatus.FAILED not in {verdicts[shot].status for shot in OWN}
    failed = [shot for shot in SLIPPED if verdicts[shot].status is ImageStatus.FAILED]
    passed = [shot for shot in OWN if verdicts[shot].status is ImageStatus.ACCEPTED]
    assert len(failed) >= 3, "somebody else in other clothes is no matter of doubt"
    assert len(passed) >= 3, "nor is the character itself"

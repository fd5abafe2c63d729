"""Consistency in reviews: against a picture that a person chose, and due again when what measures changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from refpipe.domain.camera import ViewBin
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobStore, Database, PastVerdict
from refpipe.domain.quality import FailureReason
from refpipe.domain.verdict import Verdict
from refpipe.services.build_reference_set import BuildReferenceSet
from refpipe.services.measure_consistency import MeasureConsistency
from refpipe.services.review_images import ReviewImages
from refpipe.services.set_master_reference import SetMasterReference
from refpipe_tests.fakes.colour_features import (
    BLUE,
    PURPLE,
    RED,
    ColourFeatures,
    ColourGenerator,
    calibration_of,
)
from refpipe_tests.fakes.flawless_scorer import FlawlessScorer
from refpipe_tests.services.conftest import RAINCOAT, SHOTS, STREET, Builder

FRONT, FULL, LEFT, SIDE, BACK, HANDS = (
    "50mm_front_cu",
    "35mm_front_full",
    "85mm_left35_mcu",
    "85mm_left90_mcu",
    "35mm_back_full",
    "85mm_front_hands",
)
SIX = [SHOTS[slug] for slug in (FRONT, FULL, LEFT, SIDE, BACK, HANDS)]
ACCEPTED, FAILED, DOUBTFUL = ImageStatus.ACCEPTED, ImageStatus.FAILED, ImageStatus.NEEDS_REVIEW
PERSON = "ann"


@pytest.fixture
def eye() -> ColourFeatures:
    return ColourFeatures()


class House:
    """Jax's sets as they are made, judged and looked at."""

    def __init__(self, database: Database, blobs: BlobStore, build: Callable[..., BuildReferenceSet]) -> None:
        self.database, self.blobs, self._build = database, blobs, build

    def gate(self, eye: ColourFeatures | None, **calibration: Any) -> ReviewImages:
        measure = eye and MeasureConsistency(
            database=self.database,
            blobs=self.blobs,
            extractor=eye,
            calibration=calibration_of(eye, **calibration) if calibration.get("version") != "none" else None,
        )
        return ReviewImages(database=self.database, blobs=self.blobs, scorer=FlawlessScorer(), consistency=measure)

    def make(self, key: CharacterKey = STREET, **others: tuple[int, int, int]) -> None:
        """Six pictures that nobody has judged: red ones, but for ``others``."""
        slugs = {"front": FRONT, "full": FULL, "left": LEFT, "side": SIDE, "back": BACK, "hands": HANDS}
        generator = ColourGenerator(RED, {slugs[name]: colour for name, colour in others.items()})
        list(self._build(generator)(key, SIX))

    def image(self, shot: str, key: CharacterKey = STREET) -> GalleryImage:
        with self.database.transaction("local") as records:
            found = records.gallery.get(key, shot)
        assert found is not None
        return found

    def history(self, shot: str) -> list[PastVerdict]:
        with self.database.transaction("local") as records:
            return records.reviews.history(self.image(shot).id)


@pytest.fixture
def house(jax: CharacterSheet, database: Database, blobs: BlobStore, builder: Builder) -> House:
    return House(database, blobs, builder)


def judged(gate: ReviewImages) -> dict[str, Verdict]:
    return {each.image.shot or "": each.verdict for each in gate.due("local")}


def test_a_set_that_nobody_has_looked_at_is_not_measured_and_passes(house: House, eye: ColourFeatures) -> None:
    house.make(side=BLUE)
    verdicts = judged(house.gate(eye))
    assert {each.status for each in verdicts.values()} == {ACCEPTED}
    assert {each.scores.consistency for each in verdicts.values()} == {None}
    assert eye.seen == 0, "nothing is extracted where there is nothing to compare with"
    assert "there is no master reference" in verdicts[FRONT].notes[-1]


def test_another_character_slipped_into_a_set_is_caught_and_without_consistency_it_is_not(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make(side=BLUE, back=PURPLE)
    masters.promote("local", "jax", house.image(FRONT).id)
    blind = judged(house.gate(None))
    assert {each.status for each in blind.values()} == {ACCEPTED}
    gate = house.gate(eye)
    assert gate.mark_due("local") == 6, "pictures judged without a model become due when there is one"
    verdicts = judged(gate)
    assert (verdicts[SIDE].status, verdicts[SIDE].reasons) == (FAILED, (FailureReason.NOT_CONSISTENT,))
    assert "not like the master reference" in verdicts[SIDE].sentences[0]
    # purple is 82: above the threshold, but no surer than a look-alike would be
    assert (verdicts[BACK].status, verdicts[BACK].reasons) == (DOUBTFUL, ())
    assert verdicts[LEFT].status is ACCEPTED
    assert (verdicts[LEFT].scores.consistency or 0) > 95
    assert [house.image(shot).status for shot in (SIDE, BACK, LEFT)] == [FAILED, DOUBTFUL, ACCEPTED]


def test_a_replaced_master_makes_the_whole_set_due_and_gives_new_verdicts(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make(full=BLUE)
    gate = house.gate(eye)
    masters.promote("local", "jax", house.image(FRONT).id)
    first = judged(gate)
    assert judged(gate) == {}
    masters.promote("local", "jax", house.image(FULL).id)
    second = judged(gate)
    assert {shot: each.status for shot, each in first.items()} == {
        FRONT: ACCEPTED, FULL: FAILED, LEFT: ACCEPTED, SIDE: ACCEPTED, BACK: ACCEPTED, HANDS: ACCEPTED,
    }  # fmt: skip
    assert {shot: each.status for shot, each in second.items()} == {
        FRONT: FAILED, FULL: ACCEPTED, LEFT: FAILED, SIDE: FAILED, BACK: FAILED, HANDS: FAILED,
    }  # fmt: skip
    assert [each.status for each in house.history(FRONT)] == [ACCEPTED, FAILED]


def test_each_picture_is_extracted_once_and_a_set_in_one_batch(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make()
    masters.promote("local", "jax", house.image(FRONT).id)
    gate = house.gate(eye)
    judged(gate)
    assert (eye.seen, eye.calls) == (6, 1), "the master is one of the six"
    masters.promote("local", "jax", house.image(FULL).id)
    judged(gate)
    gate(house.image(SIDE))
    assert (eye.seen, eye.calls) == (6, 1)


def test_single_reviews_extract_what_they_need_and_say_the_same(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make(side=PURPLE)
    masters.promote("local", "jax", house.image(FRONT).id)
    gate = house.gate(eye)
    alone = gate(house.image(SIDE))
    assert eye.seen == 2
    assert judged(house.gate(ColourFeatures("2")))  # other features of the same pictures do not meet them
    again = house.gate(eye)(house.image(SIDE))
    assert alone.scores.consistency == again.scores.consistency is not None


def test_what_measures_is_named_and_pictures_measured_by_something_else_become_due_once(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make()
    masters.promote("local", "jax", house.image(FRONT).id)
    judged(house.gate(eye))
    assert house.history(FRONT)[-1].scorer == "flawless@1 + colours@1/1#1"
    for newer in (house.gate(eye, version="2"), house.gate(ColourFeatures("2"))):
        assert newer.mark_due("local") == 6
        judged(newer)
        assert newer.mark_due("local") == 0


def test_a_view_without_evidence_needs_a_person_whose_word_then_holds(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make()
    masters.promote("local", "jax", house.image(FRONT).id)
    gate = house.gate(eye, blind=(ViewBin.DETAIL,))
    verdicts = judged(gate)
    assert {shot for shot, each in verdicts.items() if each.status is DOUBTFUL} == {HANDS}
    assert verdicts[HANDS].scores.consistency is None
    assert "detail view: too few pairs" in verdicts[HANDS].notes[0]
    gate.decide("local", house.image(HANDS).id, ACCEPTED, by=PERSON)
    assert house.image(HANDS).status is ACCEPTED
    assert judged(gate) == {}, "accepting another picture than the standard makes nothing due"


def test_without_a_calibration_nothing_is_measured_and_that_is_said(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make(side=BLUE)
    masters.promote("local", "jax", house.image(FRONT).id)
    verdicts = judged(house.gate(eye, version="none"))
    assert verdicts[SIDE].status is ACCEPTED
    assert "has no calibration" in verdicts[SIDE].notes[-1]
    assert eye.seen == 0


def test_a_front_picture_that_a_person_accepted_stands_in_for_a_master(house: House, eye: ColourFeatures) -> None:
    house.make(side=BLUE)
    gate = house.gate(eye)
    judged(gate)
    gate.decide("local", house.image(LEFT).id, ACCEPTED, by=PERSON)
    assert judged(gate) == {}, "only a front picture stands in"
    gate.decide("local", house.image(FRONT).id, ACCEPTED, by=PERSON)
    verdicts = judged(gate)
    assert set(verdicts) == {shot.slug for shot in SIX}
    assert verdicts[SIDE].status is FAILED
    assert f"not like the accepted {FRONT}" in verdicts[SIDE].sentences[0]
    note = f"compared with {FRONT}, which {PERSON} accepted: there is no master reference"
    assert note in verdicts[HANDS].notes
    gate.decide("local", house.image(FRONT).id, FAILED, by=PERSON)
    assert judged(gate)[SIDE].scores.consistency is None, "a rejected picture stands in no more"


def test_a_set_in_another_outfit_than_the_masters_is_not_measured_by_it(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make()
    house.make(RAINCOAT, side=BLUE)
    masters.promote("local", "jax", house.image(FRONT).id)
    gate = house.gate(eye)
    list(gate.due("local", STREET))
    coats = {each.image.shot: each.verdict for each in gate.due("local", RAINCOAT)}
    assert {each.status for each in coats.values()} == {ACCEPTED}
    assert "the master reference wears another outfit" in coats[SIDE].notes[-1]
    gate.decide("local", house.image(FRONT, RAINCOAT).id, ACCEPTED, by=PERSON)
    assert {each.image.outfit for each in gate.due("local")} == {"raincoat"}
    assert house.image(SIDE, RAINCOAT).status is FAILED


def test_a_master_from_another_side_is_compared_with_nothing_and_choosing_it_says_so(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make(side=BLUE)
    done = masters.promote("local", "jax", house.image(BACK).id)
    assert "no front picture" in done.notes[0]
    verdicts = judged(house.gate(eye))
    assert verdicts[SIDE].status is ACCEPTED
    assert "is no front picture" in verdicts[SIDE].notes[-1]
    assert masters.promote("local", "jax", house.image(FRONT).id).notes == ()


def test_pictures_and_masters_that_cannot_be_read_stop_nobody(
    house: House, eye: ColourFeatures, masters: SetMasterReference, blobs: BlobStore
) -> None:
    house.make(side=BLUE)
    masters.promote("local", "jax", house.image(FRONT).id)
    blobs.delete([house.image(LEFT).picture_sha256])
    gate = house.gate(eye)
    verdicts = judged(gate)
    assert verdicts[LEFT].reasons == (FailureReason.UNREADABLE,)
    assert (verdicts[SIDE].status, verdicts[BACK].status) == (FAILED, ACCEPTED)
    blobs.delete([house.image(FRONT).picture_sha256])
    # what was seen of the master once is known
    assert gate(house.image(BACK)).status is ACCEPTED
    lost = house.gate(ColourFeatures("2"))(house.image(BACK))
    assert (lost.status, lost.scores.consistency) == (ACCEPTED, None)
    assert "the master reference cannot be read" in lost.notes[-1]


def test_thresholds_of_the_call_move_the_verdict_within_the_rule(
    house: House, eye: ColourFeatures, masters: SetMasterReference
) -> None:
    house.make(side=PURPLE)
    masters.promote("local", "jax", house.image(FRONT).id)
    certain = replace(calibration_of(eye).bins[ViewBin.PROFILE], different_below=1.0, same_from=0.0)
    base = house.gate(eye)
    assert isinstance(base.consistency, MeasureConsistency)
    calibration = replace(calibration_of(eye), bins=dict.fromkeys(ViewBin, certain))
    plain = replace(base, consistency=replace(base.consistency, calibration=calibration))
    image = house.image(SIDE)
    assert [plain(image, consistency=each).status for each in (60, 80, 85, 95)] == [ACCEPTED, ACCEPTED, FAILED, FAILED]
    assert [base(image, consistency=each).status for each in (60, 80, 95)] == [DOUBTFUL] * 3

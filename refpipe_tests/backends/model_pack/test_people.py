"""The persons of the model pack's pictures, and what is kept back from training."""

from __future__ import annotations

import numpy as np
import pytest

from refpipe.backends.model_pack.captions import caption
from refpipe.backends.model_pack.people import (
    HELD_GARMENTS,
    HELD_HAIR,
    HELD_HAT,
    PARTS,
    Person,
    family,
    is_kept_back,
)
from refpipe.backends.model_pack.shoots import views_of
from refpipe.domain.characters import GarmentKind, HairStyle

FAMILIES = range(30)


def persons(part: str) -> list[Person]:
    return [person for number in FAMILIES for person in family(number, part)]


def test_a_family_is_the_same_each_time_and_another_in_each_part() -> None:
    assert family(3, "train") == family(3, "train")
    bodies = [family(3, part)[0].physical for part in PARTS]
    assert all(one != other for place, one in enumerate(bodies) for other in bodies[:place])
    with pytest.raises(ValueError, match="none of train"):
        family(3, "trian")


def test_training_never_shows_what_is_kept_back_for_measuring() -> None:
    for person in persons("train"):
        assert person.physical.hair.style not in HELD_HAIR
        for garment in person.outfit.garments:
            assert garment.kind not in HELD_GARMENTS
            assert garment.kind is not GarmentKind.HAT or garment.hat is not HELD_HAT


def test_every_person_who_is_measured_on_has_something_never_seen_in_training() -> None:
    for person in persons("held_out"):
        worn = person.outfit.garments
        assert (
            person.physical.hair.style in HELD_HAIR
            or any(garment.kind in HELD_GARMENTS or garment.hat is HELD_HAT for garment in worn)
            or any(is_kept_back(kind, colour) for kind in GarmentKind for colour in person.words.values())
        )


def test_a_family_holds_the_same_body_in_other_clothes_and_another_body_in_the_same() -> None:
    for number in FAMILIES:
        members = {person.member: person for person in family(number, "calibration")}
        one = members["a"]
        assert members["build"].physical == one.physical
        assert members["build"].outfit != one.outfit
        assert members["clothes"].outfit == one.outfit
        assert members["clothes"].physical != one.physical
        if "mirror" in members:
            assert (members["mirror"].physical, members["mirror"].outfit) != (one.physical, one.outfit)


def test_views_are_the_same_each_time_and_begin_with_a_front_in_training() -> None:
    person = family(5, "train")[0]
    assert views_of(person) == views_of(person)
    assert any(abs(view.shot.relative_view_deg) <= 20 for view in views_of(person))


def test_full_captions_name_the_hair_in_varied_words() -> None:
    person = next(
        each
        for number in FAMILIES
        for each in family(number, "train")
        if each.physical.hair.style is HairStyle.PONYTAIL
        and not any(garment.kind is GarmentKind.HAT for garment in each.outfit.garments)
    )
    facts = {
        "crop": "cu", "view_bin": "front", "view_deg": 0.0, "elevation_deg": 0.0, "pose": "neutral",
        "expression": "neutral", "lens_mm": 85.0, "shot": "85mm_front_cu",
    }  # fmt: skip
    said = [caption(person, facts, np.random.default_rng(seed), is_full=True) for seed in range(20)]
    assert all("ponytail" in words for words in said)
    assert sum(person.words["hair"] in words for words in said) > 5
    assert len(set(said)) > 10

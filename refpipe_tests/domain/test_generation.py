"""What changes a generation's fingerprint, and what does not."""

from __future__ import annotations

import dataclasses

import pytest

from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.characters import read_sheet
from refpipe.domain.generation import FULL_SIZE, SMALL_SIZE, ImageRequest, ModelId, Reference, Role, Size, fingerprint

SHEET = {
    "slug": "jax",
    "name": "Jax",
    "physical": {"age_years": 41, "description": "Moves like a dancer."},
    "wardrobe": [
        {"description": "worn", "garments": [{"kind": "coat", "colour": "#c8202b", "description": "heavy"}]},
    ],
}
GOLDEN = "502e9791b67275fcf796ca837e980f4f72fee75af618e4cdb51fd884c8a12a6e"


def request(**changed) -> ImageRequest:
    sheet = read_sheet(changed.pop("sheet", SHEET))
    fields = {
        "role": Role.REFERENCE_IMAGE,
        "model": ModelId("previs", "1"),
        "physical": sheet.physical,
        "outfit": sheet.default_outfit,
        "shot": packaged_shots()[0],
        "size": FULL_SIZE,
        "seed": 7,
    }
    return ImageRequest(**{**fields, **changed})


def with_shot(**changed) -> ImageRequest:
    return request(shot=dataclasses.replace(packaged_shots()[0], **changed))


def test_the_fingerprint_of_a_known_request_never_changes():
    # a change here makes every stored picture unknown: raise FINGERPRINT_VERSION on purpose, not by accident
    assert fingerprint(request()) == GOLDEN


@pytest.mark.parametrize(
    "same",
    [
        request(),
        request(sheet={**SHEET, "persona": {"biography": "Someone else entirely."}}),
        request(sheet={**SHEET, "name": "Another name", "voice": {"description": "low"}}),
        request(sheet={**SHEET, "physical": {"age_years": 41, "description": "Other words."}}),
        request(
            sheet={
                **SHEET,
                "wardrobe": [
                    {"slug": "x", "garments": [{"kind": "coat", "colour": "#C8202B", "description": "light"}]}
                ],
            }
        ),
        with_shot(name="x", when_to_use="x", description="x", tags=("x",), priority=9, version=2),
    ],
)
def test_words_that_draw_nothing_leave_it_as_it_is(same):
    assert fingerprint(same) == GOLDEN


@pytest.mark.parametrize(
    "other",
    [
        request(sheet={**SHEET, "wardrobe": [{"garments": [{"kind": "coat", "colour": "#c8202c"}]}]}),
        request(sheet={**SHEET, "physical": {"age_years": 42}}),
        with_shot(azimuth_deg=1.0),
        with_shot(distance_m=3.5),
        with_shot(elevation_deg=1.0),
        with_shot(lens_mm=36.0),
        request(shot=packaged_shots()[1]),
        request(size=SMALL_SIZE),
        request(seed=8),
        request(model=ModelId("previs", "2")),
        request(model=ModelId("other", "1")),
        request(references=(Reference("0a" * 32, 0.9),)),
        request(prompt="a portrait"),
        request(parameters={"steps": 20}),
    ],
)
def test_what_changes_the_picture_changes_it(other):
    assert fingerprint(other) != GOLDEN


def test_the_weight_and_the_order_of_references_count():
    one, two = Reference("0a" * 32, 0.9), Reference("0b" * 32, 0.9)
    made = {
        fingerprint(request(references=refs)) for refs in ((one, two), (two, one), (one, Reference("0b" * 32, 0.5)))
    }
    assert len(made) == 3


@pytest.mark.parametrize("text", ["832x1248", "832X1248"])
def test_a_size_is_read_from_text(text):
    assert Size.parse(text) == FULL_SIZE
    assert str(FULL_SIZE) == "832x1248"


@pytest.mark.parametrize("text", ["832", "axb", ""])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - int() words its own message
        Size.parse(text)

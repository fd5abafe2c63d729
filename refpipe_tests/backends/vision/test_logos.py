"""What is measured of a picture for telling logos and kinds of assets apart."""

from __future__ import annotations

import numpy as np
import pytest

from refpipe.backends.asset_words import packaged_colour_names
from refpipe.backends.vision.colours import dominant_colours
from refpipe.backends.vision.grounds import encoded, seen
from refpipe.backends.vision.logos import FACTS, facts, logo_measures, style_facts
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.logo_cues import cue_score, logo_cues
from refpipe_tests.backends.vision.assets_at_hand import drawn, png, word_on_transparency

NAMES = packaged_colour_names()


def _facts(picture: bytes) -> dict[str, float]:
    read = seen(picture)
    measures = logo_measures(read, len(picture))
    return facts(read, measures, dominant_colours(read.pixels, NAMES), logo_cues(measures))


def test_a_white_logo_on_transparency_is_measured_on_black():
    read = seen(word_on_transparency((255, 255, 255)))
    assert read.ground == "black"
    measures = logo_measures(read, 2000)
    assert measures.edge_density > 0.01
    assert measures.grey_levels > 1


def test_a_dark_logo_is_measured_on_white_and_one_of_both_on_grey():
    assert seen(word_on_transparency((10, 10, 20))).ground == "white"
    both = np.zeros((100, 200, 4), np.uint8)
    both[20:80, 20:90] = (255, 255, 255, 255)
    both[20:80, 110:180] = (0, 0, 0, 255)
    assert seen(png(both)).ground == "grey"


def test_an_opaque_picture_is_laid_on_nothing_whatever_its_mode():
    opaque = np.full((80, 80, 4), 255, np.uint8)
    opaque[..., :3] = (200, 30, 30)
    read = seen(png(opaque))
    assert read.ground == ""
    assert logo_measures(read, 100).transparent_share == 0
    assert (read.laid == (200, 30, 30)).all()


def test_damage_is_refused():
    picture = word_on_transparency((0, 0, 0))
    for broken in (b"", b"no picture", picture[: len(picture) // 2]):
        with pytest.raises(RefusedInputError):
            seen(broken)


def test_pixels_survive_encoding():
    pixels = np.random.default_rng(1).integers(0, 256, (70, 90, 3)).astype(np.uint8)
    assert (seen(encoded(pixels)).laid == pixels).all()


def test_cues_are_measured_as_the_documents_have_them():
    picture = word_on_transparency((20, 40, 160))
    measures = logo_measures(seen(picture), original_bytes=8000)
    assert measures.bytes_a_pixel == pytest.approx(0.1)
    assert measures.aspect == 2.0
    assert 0.7 < measures.transparent_share < 0.98
    assert cue_score(logo_cues(measures)) >= 0.6


def test_every_fact_is_there_and_finite_also_for_extreme_pictures():
    wide = np.zeros((64, 8000, 3), np.uint8)
    for picture in (png(wide), png(np.zeros((64, 64, 4), np.uint8)), png(np.full((64, 64, 3), 255, np.uint8))):
        measured = _facts(picture)
        assert set(measured) == set(FACTS)
        assert all(np.isfinite(value) for value in measured.values())


def test_facts_tell_a_flat_logo_from_a_lit_thing_and_a_texture_from_a_place():
    logo, thing = _facts(drawn("logo on transparency")), _facts(drawn("product cut-out"))
    assert logo["flat"] > thing["flat"]
    texture, place = _facts(drawn("texture", 2)), _facts(drawn("environment", 4))
    assert texture["evenness"] > place["evenness"]


def test_tags_follow_from_what_was_measured():
    picture = word_on_transparency((200, 30, 30))
    read = seen(picture)
    measures = logo_measures(read, len(picture))
    colours = dominant_colours(read.pixels, NAMES)
    tags = style_facts(facts(read, measures, colours, logo_cues(measures)), colours, measures)
    assert {"cut_out", "flat", "minimal", "vivid"} <= set(tags)

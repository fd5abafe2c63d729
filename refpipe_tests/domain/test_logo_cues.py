"""The documents' cues of a logo, and uses of assets."""

from __future__ import annotations

import pytest

from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.asset_question import ShotTypeWord, UsageWord
from refpipe.domain.asset_uses import logo_position, recommended_shot_types, usage_contexts
from refpipe.domain.asset_vocabulary import LOGO_POSITIONS, SHOT_TYPES, TRAITS, USAGE_CONTEXTS
from refpipe.domain.logo_cues import LogoMeasures, cue_score, is_logo_by_cues, logo_cues

LOGO = LogoMeasures(transparent_share=0.7, bytes_a_pixel=0.05, grey_levels=20, edge_density=0.12, aspect=1.0)


def test_all_cues_together_weigh_one():
    cues = logo_cues(LOGO)
    assert [cue.weight for cue in cues] == [0.30, 0.20, 0.25, 0.15, 0.10]
    assert cue_score(cues) == 1.0


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({"transparent_share": 0.0}, 0.30),
        ({"bytes_a_pixel": 0.5}, 0.20),
        ({"grey_levels": 50}, 0.25),
        ({"edge_density": 0.1}, 0.15),
        ({"aspect": 2.01}, 0.10),
        ({"aspect": 0.49}, 0.10),
    ],
)
def test_a_cue_at_its_limit_does_not_hold(changed, lost):
    from dataclasses import replace

    cues = logo_cues(replace(LOGO, **changed))
    assert cue_score(cues) == pytest.approx(1.0 - lost)
    (failed,) = (cue for cue in cues if not cue.holds)
    assert failed.reason


def test_an_ordinary_product_cut_out_is_a_logo_by_the_documents_rule():
    cut_out = LogoMeasures(transparent_share=0.4, bytes_a_pixel=0.4, grey_levels=180, edge_density=0.04, aspect=0.8)
    assert cue_score(logo_cues(cut_out)) == pytest.approx(0.60)
    assert is_logo_by_cues(0.60)
    assert not is_logo_by_cues(0.50)


def test_shot_types_are_of_the_vocabulary_and_only_products_are_in_motion():
    for kind in AssetType:
        shots = recommended_shot_types(kind, TRAITS)
        assert shots
        assert set(shots) <= set(SHOT_TYPES)
        assert len(set(shots)) == len(shots)
        assert ("product_in_motion" in shots) == (kind is AssetType.PRODUCT)
    assert recommended_shot_types(None) == ()


def test_small_things_are_worth_an_extreme_close_up_and_flat_lays_a_look_from_above():
    assert "extreme_close_up" in recommended_shot_types(AssetType.PRODUCT, ("small",))
    assert "overhead" in recommended_shot_types(AssetType.PRODUCT, ("flat_lay",))
    assert "overhead" not in recommended_shot_types(AssetType.PRODUCT, ())


def test_uses_are_of_the_vocabulary():
    for kind in AssetType:
        uses = usage_contexts(kind, is_cut_out=True, has_plain_ground=True, traits=("worn",))
        assert set(uses) <= set(USAGE_CONTEXTS)
        assert uses
    assert "overlay" in usage_contexts(AssetType.LOGO, is_cut_out=True, has_plain_ground=False)
    assert "overlay" not in usage_contexts(AssetType.LOGO, is_cut_out=False, has_plain_ground=True)


@pytest.mark.parametrize(
    ("is_cut_out", "aspect", "position"),
    [(True, 1.0, "bottom_right"), (True, 3.0, "bottom_center"), (False, 3.0, "center")],
)
def test_a_logo_has_a_place_that_follows_from_its_shape_and_ground(is_cut_out, aspect, position):
    assert logo_position(is_logo=True, is_cut_out=is_cut_out, aspect=aspect) == position
    assert position in LOGO_POSITIONS
    assert logo_position(is_logo=False, is_cut_out=is_cut_out, aspect=aspect) is None


def test_a_vision_model_may_answer_with_the_same_words():
    from typing import get_args

    assert get_args(ShotTypeWord) == SHOT_TYPES
    assert set(get_args(UsageWord)) == set(USAGE_CONTEXTS)

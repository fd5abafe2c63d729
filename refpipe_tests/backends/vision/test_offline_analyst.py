"""Looking at assets without asking anybody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refpipe.backends.asset_words import packaged_asset_vocabulary
from refpipe.backends.vision.asset_fits import AssetFitFiles
from refpipe.backends.vision.logos import FACTS
from refpipe.backends.vision.zero_shot import INPUTS, ZeroShot
from refpipe.domain.asset_analysis import AssetAnalysis, AssetType
from refpipe.domain.asset_verdicts import AssetFit, Scorer
from refpipe.domain.asset_vocabulary import SHOT_TYPES, STYLE_TAGS, TRAITS
from refpipe.domain.errors import RefusedInputError
from refpipe_tests.backends.vision.assets_at_hand import (
    ColourWords,
    analyst,
    drawn,
    png,
    to_look_at,
    word_on_transparency,
)

WORDS = packaged_asset_vocabulary().version


def _plain(colour: tuple[int, int, int]) -> bytes:
    return png(np.full((80, 80, 3), colour, np.uint8))


RED, GREEN, BLUE = _plain((230, 10, 10)), _plain((10, 230, 10)), _plain((10, 10, 230))


def _scorer(inputs: tuple[str, ...], weights: dict[str, tuple[float, ...]]) -> Scorer:
    return Scorer(inputs=inputs, means=(0.0,) * len(inputs), spreads=(1.0,) * len(inputs), weights=weights)


def _fit_for(model: ColourWords | None, *, least_sure: float = 0.0) -> AssetFit:
    """One that believes the model; without one, that says logo for what uses alpha."""
    if model is None:
        logo = _scorer(("used_alpha",), {"yes": (-3.0, 6.0)})
        kinds = {kind.value: (0.0, 0.0) for kind in AssetType if kind is not AssetType.LOGO}
        kind = _scorer(("used_alpha",), kinds)
    else:
        others = tuple(f"shows_{kind.value}" for kind in AssetType if kind is not AssetType.LOGO)
        logo = _scorer(("shows_logo",), {"yes": (3.0, 3.0)})
        kind = _scorer(
            others,
            {
                name.removeprefix("shows_"): (0.0, *(float(at == each) for each in range(len(others))))
                for at, name in enumerate(others)
            },
        )
    return AssetFit(
        model=None if model is None else model.model, version="t", words=WORDS, scale=20.0, logo=logo, kind=kind,
        least_object=0.02, least_sure=least_sure,
    )  # fmt: skip


@pytest.fixture
def fits(tmp_path: Path) -> AssetFitFiles:
    """Files of a home, over no packaged ones."""
    return AssetFitFiles(tmp_path / "home", packaged=tmp_path / "packaged")


def _only(said: object) -> AssetAnalysis:
    (answer,) = list(said)  # type: ignore[call-overload]
    assert isinstance(answer, AssetAnalysis)
    return answer


def test_each_picture_has_its_answer_in_its_place_and_a_bad_one_its_error(fits):
    model = ColourWords()
    fits.put(_fit_for(model))
    pictures = [to_look_at(each) for each in (RED, b"no picture", GREEN, RED[:60], BLUE)]
    said = list(analyst(model, fits).analyse(pictures))
    kinds = [each.asset_type if isinstance(each, AssetAnalysis) else None for each in said]
    assert kinds == [AssetType.PRODUCT, None, AssetType.ENVIRONMENT, None, AssetType.LOGO]
    assert isinstance(said[1], RefusedInputError)
    assert isinstance(said[3], RefusedInputError)


def test_pictures_are_embedded_once_in_batches_and_texts_only_once(fits):
    model = ColourWords()
    fits.put(_fit_for(model))
    looks = analyst(model, fits)
    list(looks.analyse([to_look_at(RED)] * 40))
    texts = model.texts
    list(looks.analyse([to_look_at(BLUE)] * 3))
    assert model.batches == [32, 8, 3]
    assert model.texts == texts > 100


def test_what_the_model_sees_of_a_white_logo_is_laid_on_black(fits):
    model = ColourWords()
    fits.put(_fit_for(model))
    told = _only(analyst(model, fits).analyse([to_look_at(word_on_transparency((255, 255, 255)))]))
    assert told.full["logo"]["laid_on"] == "black"
    assert any("measured on black" in each for each in told.full["logo"]["reasons"])


def test_a_fitted_answer_has_a_type_a_confidence_an_object_and_all_its_reasons(fits):
    model = ColourWords()
    fits.put(_fit_for(model))
    told = _only(analyst(model, fits).analyse([to_look_at(RED, file_name="x.png")]))
    assert told.asset_type is AssetType.PRODUCT
    assert told.confidence == pytest.approx(told.full["types"]["product"], abs=1e-3)
    assert told.colours == ("red",)
    known = packaged_asset_vocabulary().find(told.primary_object)
    assert known is not None
    assert known.kind is AssetType.PRODUCT
    assert told.recommended_shot_types
    assert set(told.recommended_shot_types) <= set(SHOT_TYPES)
    assert set(told.style_tags) <= set(STYLE_TAGS)
    assert told.has_text is None
    assert "has_text" in told.full["not_measured"]
    logo = told.full["logo"]
    assert logo["verdict"] is False
    assert len(logo["by_cues"]["cues"]) == 5
    assert logo["by_model"] == {"log_share": pytest.approx(logo["by_model"]["log_share"]), "is_logo": False}
    assert logo["reasons"]
    assert told.full["model"] == str(model.model)
    assert told.full["cost_usd"] == 0
    assert json.loads(json.dumps(told.full)) == told.full


def test_the_answer_is_a_logo_exactly_where_its_type_is(fits):
    model = ColourWords()
    fits.put(_fit_for(model))
    said = list(analyst(model, fits).analyse([to_look_at(each) for each in (RED, GREEN, BLUE)]))
    for told in said:
        assert isinstance(told, AssetAnalysis)
        assert told.is_logo == (told.asset_type is AssetType.LOGO) == (told.logo_position_preference is not None)


def test_an_object_that_is_not_likely_enough_is_not_named(fits):
    model = ColourWords()
    fits.put(replace(_fit_for(model), least_object=0.99))
    told = _only(analyst(model, fits).analyse([to_look_at(RED)]))
    assert told.primary_object is None
    assert told.full["objects"][0]["share"] < 0.99


def test_a_model_that_nothing_was_fitted_for_has_no_confidence_and_says_so(fits):
    model = ColourWords()
    told = _only(analyst(model, fits).analyse([to_look_at(RED)]))
    assert told.asset_type is AssetType.PRODUCT
    assert told.confidence is None
    assert told.primary_object is None
    assert any("not measured" in note for note in told.notes)


def test_a_fit_of_another_model_or_of_other_words_is_not_used(fits):
    model = ColourWords()
    fits.put(_fit_for(model))
    other = ColourWords()
    other.model = replace(model.model, revision="2")
    assert fits.find(other.model, WORDS) is None
    assert fits.find(model.model, "another") is None
    assert fits.find(model.model, WORDS) == _fit_for(model)


def test_without_a_model_a_type_is_said_where_facts_are_sure_and_not_elsewhere(fits):
    fits.put(_fit_for(None, least_sure=0.9))
    looks = analyst(None, fits, why_no_model="there is none in this installation")
    sure, unsure = looks.analyse([to_look_at(word_on_transparency((0, 0, 0))), to_look_at(RED)])
    assert isinstance(sure, AssetAnalysis)
    assert isinstance(unsure, AssetAnalysis)
    assert (sure.asset_type, sure.is_logo) == (AssetType.LOGO, True)
    assert sure.confidence == pytest.approx(0.9526, abs=1e-3)
    assert (unsure.asset_type, unsure.confidence) == (None, None)
    assert unsure.recommended_shot_types == ()
    assert "asset_type" in unsure.full["not_measured"]
    assert unsure.colours == ("red",)
    assert all("there is none in this installation" in each.notes[0] for each in (sure, unsure))


def test_without_model_and_fit_only_what_is_measured_is_said(fits):
    told = _only(analyst(None, fits).analyse([to_look_at(drawn("product cut-out"))]))
    assert told.asset_type is None
    assert told.confidence is None
    assert told.full["logo"]["probability"] is None
    assert told.dominant_colours


def test_a_picture_that_is_transparent_everywhere_has_no_colours_and_says_so(fits):
    told = _only(analyst(None, fits).analyse([to_look_at(png(np.zeros((80, 80, 4), np.uint8)))]))
    assert told.colours == ()
    assert any("no colours" in note for note in told.notes)


def test_its_name_changes_with_the_model_and_with_the_fit(fits):
    model = ColourWords()
    before = analyst(model, fits).name
    fits.put(_fit_for(model))
    assert len({before, analyst(model, fits).name, analyst(None, fits).name}) == 3


def test_the_packaged_facts_fit_is_read_where_there_is_one_and_damage_is_told(tmp_path):
    files = AssetFitFiles(tmp_path)
    packaged = files.find(None, WORDS)
    if packaged is not None:
        assert set(packaged.kind.inputs) <= set(FACTS)
        assert 0 < packaged.least_sure <= 1
    (tmp_path / "facts-alone.yaml").write_text("model: null\nversion: 1\n", encoding="utf-8")
    with pytest.raises(RefusedInputError, match=r"facts-alone\.yaml.*no fit"):
        files.find(None, WORDS)


def test_zero_shot_inputs_are_log_shares_of_all_types():
    model = ColourWords()
    asked = ZeroShot(model, packaged_asset_vocabulary())
    (vector,) = model.embed_pictures([RED])
    told = asked.inputs(vector, 40.0)
    assert set(told) == set(INPUTS)
    assert np.exp([told[f"shows_{kind.value}"] for kind in AssetType]).sum() == pytest.approx(1, abs=1e-6)
    assert max(AssetType, key=lambda kind: told[f"shows_{kind.value}"]) is AssetType.PRODUCT


def test_the_packaged_words_are_whole():
    words = packaged_asset_vocabulary()
    assert {each.kind for each in words.objects} == set(AssetType)
    assert all(words.prompts[kind] and words.templates[kind] for kind in AssetType)
    assert {trait for each in words.objects for trait in each.traits} <= set(TRAITS)
    names = [each.name for each in words.objects]
    assert len(set(names)) == len(names)
    umbrella = words.find("umbrella")
    assert umbrella is not None
    assert "photo of an umbrella" in words.prompts_of(umbrella)

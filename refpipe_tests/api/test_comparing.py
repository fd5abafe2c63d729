"""Consistency and matching over the service: calibrated, in the picture's view, and silent where they cannot tell."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.services.register_character import register_character
from refpipe_tests.api.conftest import Serve, Stores, calibration_of, png
from refpipe_tests.api.test_analysis_service import problem
from refpipe_tests.fakes.colour_extractor import ColourExtractor

MASTERS = {"jax": 101, "amina": 102}


@pytest.fixture(scope="module")
def cast(stores: Stores) -> dict[str, str]:
    """Two characters with masters and one without; the masters' hashes."""
    masters = {}
    for slug in ("jax", "amina", "pip"):
        sheet = sample_sheet(slug)
        register_character(sheet, owner="local", database=stores.database)
    for slug, seed in MASTERS.items():
        blob = stores.blobs.put(png(seed), "image/png")
        masters[slug] = blob.sha256
        with stores.database.transaction("local") as records:
            records.characters.set_master(slug, blob, source="upload")
    return masters


def like(seed: int, *, noise: int = 12) -> bytes:
    """Nearly the picture of that seed."""
    rgb = np.asarray(Image.open(BytesIO(png(seed)))).astype(int)
    changed = rgb + np.random.default_rng(seed).integers(-noise, noise + 1, rgb.shape)
    encoded = BytesIO()
    Image.fromarray(changed.clip(0, 255).astype(np.uint8)).save(encoded, "PNG")
    return encoded.getvalue()


def ask(service: httpx.Client, verb: str, picture: bytes, **asked: Any) -> httpx.Response:
    files: dict[str, Any] = {"request": (None, json.dumps(asked)), "picture": ("p.png", picture)}
    return service.post(f"/{verb}", files=files)


def test_a_picture_of_the_character_is_like_its_master_and_one_of_another_is_not(
    service: httpx.Client, cast: dict[str, str], colours: ColourExtractor
) -> None:
    same = ask(service, "validate-consistency", like(101), character="jax", view="front").json()
    other = ask(service, "validate-consistency", like(102), character="jax", view="front").json()
    assert (same["stance"], other["stance"]) == ("same", "different")
    assert same["consistency"] > 90
    assert other["consistency"] < 30
    assert same["master_sha256"] == cast["jax"]
    assert same["calibration"] == calibration_of(colours.model).name
    by_shot = ask(service, "validate-consistency", like(101), character="jax", shot="50mm_front_cu").json()
    assert by_shot == same
    by_hash = ask(service, "validate-consistency", like(101), master=cast["jax"], view="front").json()
    assert by_hash["consistency"] == same["consistency"]


def test_a_cosine_is_the_one_that_the_gate_would_find(service: httpx.Client, colours: ColourExtractor) -> None:
    one, other = like(101), png(101)
    files = {"request": (None, '{"view": "front"}'), "picture": ("p", one), "master": ("m", other)}
    found = service.post("/validate-consistency", files=files).json()
    half = [np.asarray(each).astype(np.float16).astype(np.float32) for each in colours.features([one, other])]
    assert found["cosine"] == float(np.dot(*half))


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("asked", "why", "stance"),
    [
        ({"character": "jax", "view": "back"}, "back view: too few pairs", "undecided"),
        ({"character": "jax", "view": "profile"}, "profile view: no pairs of this view", "undecided"),
        ({"character": "jax", "outfit": "raincoat", "view": "front"}, "wears another outfit", None),
        ({"character": "pip", "view": "front"}, "no master reference", None),
    ],
)
def test_what_cannot_be_decided_or_compared_has_no_score_and_says_why(
    service: httpx.Client, asked: dict[str, str], why: str, stance: str | None
) -> None:
    found = ask(service, "validate-consistency", like(101), **asked).json()
    assert found["consistency"] is None
    assert found["stance"] == stance
    assert why in found["why"]


@pytest.mark.usefixtures("cast")
def test_who_is_shown_is_found_among_the_owners_characters(service: httpx.Client, cast: dict[str, str]) -> None:
    found = ask(service, "character-matching", like(102), view="front").json()
    assert (found["outcome"], found["character"]) == ("match", "amina")
    assert [each["character"] for each in found["candidates"]] == ["amina", "jax"]
    assert found["candidates"][0]["master_sha256"] == cast["amina"]
    assert {"pip", "jax"} == {each["character"] for each in found["not_compared"]}
    again = ask(service, "character-matching", like(102), view="front").json()
    assert again == found
    stranger = ask(service, "character-matching", png(500), view="front").json()
    assert (stranger["outcome"], stranger["character"]) == ("nobody", None)
    behind = ask(service, "character-matching", like(102), view="back").json()
    assert (behind["outcome"], behind["why"]) == ("undecided", "back view: too few pairs")
    only = ask(service, "character-matching", like(102), view="front", characters=["jax"]).json()
    assert only["outcome"] == "nobody"


def test_without_a_calibration_of_this_very_model_nothing_is_said(serve: Serve, cast: dict[str, str]) -> None:
    elsewhere = calibration_of(ColourExtractor(revision="2").model)
    url = serve(ColourExtractor(), calibration=elsewhere)
    with httpx.Client(base_url=f"{url}/api/v1/analysis") as service:
        found = ask(service, "validate-consistency", like(101), master=cast["jax"], view="front").json()
        assert found["consistency"] is None
        assert found["calibration"] is None
        assert "no calibration" in found["why"]


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("verb", "asked", "status", "code", "said"),
    [
        ("validate-consistency", {"character": "jax"}, 422, "invalid_request", "name the view"),
        ("validate-consistency", {"view": "front"}, 422, "invalid_request", "master: is missing"),
        ("validate-consistency", {"view": "sideways", "character": "jax"}, 422, "invalid_request", "view"),
        ("validate-consistency", {"shot": "odd", "character": "jax"}, 422, "invalid_request", "nothing about the view"),
        ("validate-consistency", {"view": "front", "character": "nobody"}, 404, "not_found", "nobody"),
        ("validate-consistency", {"view": "front", "character": "jax", "outfit": "gown"}, 422, "refused_input", "gown"),
        ("validate-consistency", {"view": "front", "master": "0" * 64}, 404, "media_not_held", "upload it"),
        ("validate-consistency", {"view": "front", "character": "jax", "threshold": 20}, 422, "invalid_request", "60"),
        ("character-matching", {}, 422, "invalid_request", "name the view"),
        ("character-matching", {"view": "front", "characters": ["nobody"]}, 404, "not_found", "nobody"),
        ("character-matching", {"view": "front", "characters": []}, 422, "invalid_request", "characters"),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    service: httpx.Client, verb: str, asked: dict[str, Any], status: int, code: str, said: str
) -> None:
    assert said in json.dumps(problem(ask(service, verb, png(1), **asked), status, code))


def test_a_bad_picture_or_master_is_refused_by_name(service: httpx.Client) -> None:
    files = {"request": (None, '{"view": "front"}'), "picture": ("p", png(1)), "master": ("m", png(1)[:200])}
    answer = problem(service.post("/validate-consistency", files=files), 422, "refused_input")
    assert answer["errors"][0]["field"] == "master"
    refused = problem(ask(service, "character-matching", b"nothing", view="front"), 422, "refused_input")
    assert refused["errors"][0]["field"] == "picture"


def test_a_master_that_is_gone_leaves_the_others_to_be_compared(
    serve: Serve, stores: Stores, cast: dict[str, str]
) -> None:
    from refpipe.domain.errors import NotFoundError

    class Forgetful:
        def get(self, sha256: str) -> bytes:
            if sha256 == cast["jax"]:
                raise NotFoundError("gone")
            return stores.blobs.get(sha256)

    url = serve(ColourExtractor(), blobs=Forgetful())
    with httpx.Client(base_url=f"{url}/api/v1/analysis") as service:
        found = ask(service, "character-matching", like(102), view="front").json()
        assert found["character"] == "amina"
        assert "cannot be read" in next(each["why"] for each in found["not_compared"] if each["outfit"] == "street")

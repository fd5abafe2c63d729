"""The service over a real connection: what it answers, what it refuses, and that many callers share one model."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import numpy as np
import pytest

from refpipe.api.app import create_app
from refpipe.api.engine import AnalysisLimits
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.errors import NotSetUpError, RetryableFailureError
from refpipe.domain.generation import Size
from refpipe.domain.quality import Expected
from refpipe_tests.api.conftest import MIB, Serve, Stores, png, served
from refpipe_tests.fakes.colour_extractor import POISON, ColourExtractor

VERBS = "/api/v1/analysis"
PLAIN = "secret-internal-words"


def file(data: bytes, name: str = "a.png") -> tuple[str, bytes]:
    return (name, data)


def vector(found: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(found["vector"]), "<f4")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, checked for what every one has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return document


def test_uploaded_media_are_asked_about_by_hash_and_files_directly(
    service: httpx.Client, colours: ColourExtractor
) -> None:
    one, other = png(1), png(2)
    uploaded = service.post("/upload-media", content=one, headers={"Content-Type": "image/png"})
    assert uploaded.status_code == 201
    (held,) = uploaded.json()["media"]
    assert held["sha256"] == hashlib.sha256(one).hexdigest()
    assert (held["width_px"], held["height_px"], held["media_type"]) == (64, 96, "image/png")
    form = {"request": (None, json.dumps({"pictures": [held["sha256"]]}))}
    answer = service.post("/extract-features", files=[*form.items(), ("picture", file(other))]).json()
    assert [each["sha256"] for each in answer["features"]] == [held["sha256"], hashlib.sha256(other).hexdigest()]
    expected = list(colours.features([one, other]))
    for found, mine in zip(answer["features"], expected, strict=True):
        assert np.array_equal(vector(found), mine)
    assert answer["model"] == {"name": "colours", "revision": "1", "preprocessing": "tiny-1", "dimension": 48}
    by_hash = service.post("/extract-features", json={"pictures": [held["sha256"]]}).json()
    assert by_hash["features"][0] == answer["features"][0]


def test_the_owners_own_pictures_need_no_upload_and_others_are_not_given_away(
    service: httpx.Client, stores: Stores
) -> None:
    mine, others = stores.blobs.put(png(3), "image/png"), stores.blobs.put(png(4), "image/png")
    with stores.database.transaction("local") as records:
        records.blobs.name("generations/mine", mine)
    with stores.database.transaction("somebody-else") as records:
        records.blobs.name("generations/theirs", others)
    assert service.post("/analyze-quality", json={"picture": mine.sha256}).status_code == 200
    problem(service.post("/analyze-quality", json={"picture": others.sha256}), 404, "media_not_held")


def test_one_bad_picture_of_several_stops_no_other(service: httpx.Client) -> None:
    files = [("picture", file(png(5))), ("picture", file(b"no picture")), ("picture", file(png(6)[:-200]))]
    features = service.post("/extract-features", files=files).json()["features"]
    assert features[0]["vector"]
    assert [each["error"]["code"] for each in features[1:]] == ["refused_input", "refused_input"]
    media = service.post("/upload-media", files=[("file", file(png(5))), ("file", file(b"x", "b.png"))]).json()
    assert len(media["media"]) == 1
    assert media["refused"] == [{"file": "b.png", "code": "refused_input", "reason": "is no PNG, JPEG or WebP picture"}]


def test_a_picture_that_breaks_the_model_fails_alone_and_says_nothing_of_the_inside(service: httpx.Client) -> None:
    poison = png(7, corner=POISON)
    answer = service.post("/extract-features", files=[("picture", file(png(8))), ("picture", file(poison))])
    good, bad = answer.json()["features"]
    assert good["vector"]
    assert bad["error"]["code"] == "unexpected"
    assert "ZeroDivision" not in answer.text
    assert "poison" not in answer.text


def test_patches_come_with_a_mask_or_without(service: httpx.Client, colours: ColourExtractor) -> None:
    picture = png(9)
    asked = {"request": (None, json.dumps({"patches": True})), "picture": file(picture)}
    (found,) = service.post("/extract-features", files=asked).json()["features"]
    rows = np.frombuffer(base64.b64decode(found["patches"]), "<f4").reshape(found["patch_count"], 48)
    assert np.array_equal(rows, colours.patches(picture))
    two = [*asked.items(), ("picture", file(png(1))), ("mask", file(png(1)))]
    assert "one picture" in problem(service.post("/extract-features", files=two), 422, "invalid_request")["detail"]


def test_quality_is_the_scorers_own_to_the_last_bit(service: httpx.Client) -> None:
    picture = png(10, size=(128, 192))
    answer = service.post("/analyze-quality", files={"picture": file(picture)}).json()
    scored = PictureScorer().score(picture, Expected(size=Size(128, 192)))
    assert answer["parts"]["quality"] == scored.quality.measured()
    assert answer["scores"]["quality"] == scored.quality.score
    assert answer["scorer"] == scored.scorer
    assert answer["status"] in {"validation_success", "validation_failed"}
    larger = {"request": (None, json.dumps({"width_px": 512, "height_px": 768})), "picture": file(picture)}
    assert "too_small" in [each["reason"] for each in service.post("/analyze-quality", files=larger).json()["reasons"]]


@pytest.mark.parametrize("verb", ["extract-features", "analyze-quality"])
@pytest.mark.parametrize(
    ("sent", "status", "code", "said"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "wrong_json", ""),
        ({"json": {"pictur": []}}, 422, "invalid_request", "pictur"),
        ({"json": {}}, 422, "invalid_request", "is missing"),
        ({"files": {"picture": b"no picture at all"}}, 422, "refused_input", "no PNG, JPEG or WebP"),
        ({"files": {"picture": png(1)[:300]}}, 422, "refused_input", "damaged or cut short"),
        ({"files": {"picture": b""}}, 422, "refused_input", "is empty"),
        ({"files": {"picture": png(1, size=(2010, 40))}}, 422, "refused_input", "2010x40"),
        ({"files": {"picture": b"x" * (MIB + 1)}}, 413, "too_large", "1.0 MiB"),
        ({"files": {"picture": b"x" * (3 * MIB)}}, 413, "too_large", "2.0 MiB"),
        ({"files": {"pics": png(1)}}, 422, "invalid_request", "is no part of this form"),
        ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "wrong_media_type", "multipart"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "wrong_request", "boundary"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    service: httpx.Client, verb: str, sent: dict[str, Any], status: int, code: str, said: str
) -> None:
    document = problem(service.post(f"/{verb}", **sent), status, code)
    assert said in json.dumps(document)


@pytest.mark.parametrize("verb", ["upload-media", "extract-features", "character-matching"])
def test_a_body_without_a_length_is_cut_off_at_the_limit(service: httpx.Client, verb: str) -> None:
    pieces = (b"x" * 65536 for _ in range(64))
    problem(
        service.post(f"/{verb}", content=pieces, headers={"Content-Type": "image/png"}),
        *((413, "too_large") if verb == "upload-media" else (415, "wrong_media_type")),
    )


def test_unknown_pages_and_methods_are_problems_too(service: httpx.Client) -> None:
    problem(service.get("/nothing"), 404, "no_such_page")
    problem(service.get("/upload-media"), 405, "wrong_method")
    kept = service.get("/nothing", headers={"X-Request-ID": "pipeline-7"})
    assert kept.headers["x-request-id"] == "pipeline-7"
    hostile = service.get("/nothing", headers={"X-Request-ID": "a b<script>"})
    assert hostile.headers["x-request-id"] != "a b<script>"


def test_what_fails_inside_is_told_without_its_words(serve: Serve) -> None:
    class Broken(PictureScorer):
        def score(self, picture: bytes, expected: Expected) -> Any:
            raise OSError(PLAIN)

    url = serve(ColourExtractor(), scorer=Broken())
    answer = httpx.post(f"{url}{VERBS}/analyze-quality", files={"picture": png(1)})
    problem(answer, 500, "unexpected")
    assert PLAIN not in answer.text


def test_what_cannot_be_done_now_is_no_fault_of_a_picture(serve: Serve) -> None:
    class Away(ColourExtractor):
        def features(self, pictures: Iterable[bytes]) -> Iterator[Any]:
            raise RetryableFailureError(PLAIN)

    answer = httpx.post(f"{serve(Away())}{VERBS}/extract-features", files=[("picture", png(1)), ("picture", b"none")])
    problem(answer, 503, "retryable_failure")
    assert int(answer.headers["retry-after"]) >= 1
    assert PLAIN not in answer.text


def test_callers_at_once_share_batches_and_each_gets_his_own(serve: Serve) -> None:
    extractor = ColourExtractor()
    url = serve(extractor, AnalysisLimits(max_batch=8, max_wait_s=0.05))
    extractor.batches.clear()
    pictures = [png(seed) for seed in range(24)]

    def ask(picture: bytes) -> np.ndarray:
        answer = httpx.post(f"{url}{VERBS}/extract-features", files={"picture": picture}, timeout=20)
        return vector(answer.json()["features"][0])

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(ask, pictures))
    sizes = list(extractor.batches)
    assert sum(sizes) == len(pictures)
    assert 1 < max(sizes) <= 8
    for answer, mine in zip(answers, extractor.features(pictures), strict=True):
        assert np.array_equal(answer, mine)


def test_a_full_queue_says_when_to_come_again_and_takes_on_afterwards(serve: Serve) -> None:
    extractor = ColourExtractor()
    service = serve(extractor, AnalysisLimits(max_batch=1, max_waiting=2, max_wait_s=0.0))
    url = f"{service}{VERBS}/extract-features"
    extractor.gate.clear()
    extractor.asked.clear()
    with ThreadPoolExecutor(3) as callers:
        first = callers.submit(httpx.post, url, files={"picture": png(1)}, timeout=20)
        assert extractor.asked.wait(10)
        waiting = callers.submit(httpx.post, url, files=[("picture", png(2)), ("picture", png(3))], timeout=20)
        try:
            until(lambda: httpx.get(f"{service}/readyz").json()["waiting"] == 2)
            told = httpx.post(url, files={"picture": png(5)}, timeout=20)
        finally:
            extractor.gate.set()
        problem(told, 503, "busy")
        assert int(told.headers["retry-after"]) >= 1
        assert first.result().status_code == waiting.result().status_code == 200
    assert httpx.post(url, files={"picture": png(4)}).status_code == 200


def test_whoever_hangs_up_is_not_worked_for(serve: Serve) -> None:
    extractor = ColourExtractor()
    url = serve(extractor, AnalysisLimits(max_batch=1, max_wait_s=0.0))
    verb = f"{url}{VERBS}/extract-features"
    extractor.gate.clear()
    extractor.asked.clear()
    with ThreadPoolExecutor(2) as callers:
        first = callers.submit(httpx.post, verb, files={"picture": png(1)}, timeout=20)
        assert extractor.asked.wait(10)
        with suppress(httpx.ReadTimeout):
            httpx.post(verb, files={"picture": png(2)}, timeout=httpx.Timeout(20, read=0.2))
        until(lambda: httpx.get(f"{url}/readyz").json()["waiting"] == 0)
        extractor.gate.set()
        assert first.result().status_code == 200
    assert httpx.post(verb, files={"picture": png(3)}).status_code == 200
    assert extractor.batches[-2:] == [1, 1]
    assert len(extractor.batches) == 2


def until(holds: Any) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_half_a_request_leaves_nothing_behind(serve: Serve) -> None:
    url = serve(ColourExtractor(), AnalysisLimits(in_flight_bytes=2 * MIB, max_file_bytes=MIB, beside_file_bytes=MIB))
    host, port = url.removeprefix("http://").split(":")
    head = f"POST {VERBS}/upload-media HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {MIB}\r\n\r\n"
    for _ in range(4):
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(head.encode() + b"x" * (MIB - 10))
    until(
        lambda: (
            httpx.post(f"{url}{VERBS}/upload-media", content=png(1), headers={"Content-Type": "image/png"}).is_success
        )
    )


def test_it_is_alive_at_once_and_ready_when_its_models_are_loaded() -> None:
    may_load, told = threading.Event(), list[BaseException]()

    def load() -> Any:
        may_load.wait(10)
        raise NotSetUpError(f"no weights in /{PLAIN}", remedy="Get some.")

    with served(create_app(load, on_failure=told.append), wait_ready=False) as url:
        assert httpx.get(f"{url}/healthz").json() == {"status": "alive"}
        assert httpx.get(f"{url}/readyz").json() == {"status": "loading", "waiting": 0}
        early = httpx.post(f"{url}{VERBS}/extract-features", files={"picture": png(1)})
        problem(early, 503, "not_ready")
        assert int(early.headers["retry-after"]) >= 1
        may_load.set()
        until(lambda: httpx.get(f"{url}/readyz").json()["status"] == "failed")
        assert PLAIN not in httpx.get(f"{url}{VERBS}").text
    assert isinstance(told[0], NotSetUpError)


def test_the_description_has_every_verb_with_examples_and_no_loose_ends(service: httpx.Client) -> None:
    document = httpx.get(str(service.base_url.copy_with(path="/openapi.json"))).json()
    verbs = ["upload-media", "extract-features", "validate-consistency", "character-matching", "analyze-quality"]
    for verb in verbs:
        content = document["paths"][f"{VERBS}/{verb}"]["post"]["requestBody"]["content"]
        assert "multipart/form-data" in content
    schemas = document["components"]["schemas"]
    for name in ("FeaturesAsked", "QualityAsked", "ConsistencyAsked", "MatchAsked", "Problem"):
        assert schemas[name]["examples"]
    references = {part.partition('"')[0] for part in json.dumps(document).split('"#/components/schemas/')[1:]}
    assert references <= set(schemas)

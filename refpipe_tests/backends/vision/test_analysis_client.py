"""QA by service: the same numbers as in process, and patience with a service that is busy, starting or gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refpipe.api.app import create_app
from refpipe.api.engine import AnalysisLimits
from refpipe.api.serving import load_parts
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.storage import LocalBlobStore
from refpipe.backends.vision.analysis_client import AnalysisService, ServiceFeatureExtractor, ServiceImageScorer
from refpipe.backends.vision.dino import DinoExtractor
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.errors import (
    NotFoundError,
    PermanentFailureError,
    RateLimitedError,
    RefusedInputError,
    RetryableFailureError,
)
from refpipe.domain.generation import Size
from refpipe.domain.quality import Expected
from refpipe.settings import Settings
from refpipe.wiring import Wiring
from refpipe_tests.api.conftest import Stores, parts_of, png, served
from refpipe_tests.backends.vision.drawn_person import draw_person
from refpipe_tests.fakes.colour_extractor import ColourExtractor
from refpipe_tests.fakes.small_models import save_dinov3


@pytest.fixture
def stores(database_url: str, tmp_path: Path) -> Iterator[Stores]:
    database = PostgresDatabase(database_url)
    yield Stores(database, LocalBlobStore(tmp_path / "storage"))
    database.close()


@contextmanager
def talking_to(url: str, *, patience_s: float = 20.0) -> Iterator[AnalysisService]:
    service = AnalysisService(url, patience_s=patience_s)
    try:
        yield service
    finally:
        service.close()


def test_a_real_model_and_the_scorer_say_the_same_in_process_and_by_service(database_url: str, tmp_path: Path) -> None:
    name = f"local-dir:{save_dinov3(tmp_path / 'dino')}"
    home = {"home": tmp_path / "home", "database_url": database_url}
    with Wiring(Settings(**home, vision={"dino": name})) as here:  # type: ignore[arg-type]
        assert isinstance(here.feature_extractor, DinoExtractor)
        with served(create_app(lambda: load_parts(here), AnalysisLimits(max_batch=8))) as url:
            by_service = Wiring(Settings(**home, vision={"service_url": url}))  # type: ignore[arg-type]
            with by_service as there:
                assert isinstance(there.feature_extractor, ServiceFeatureExtractor)
                assert isinstance(there.image_scorer, ServiceImageScorer)
                assert isinstance(there.review_images().scorer, ServiceImageScorer)
                check_features(here, there)
                check_scores(here, there)


def check_features(here: Wiring, there: Wiring) -> None:
    pictures = [png(seed) for seed in range(20)] + [b"no picture", png(1, size=(300, 100))]
    assert there.feature_extractor.model == here.feature_extractor.model
    one_by_one = [next(here.feature_extractor.features([picture])) for picture in pictures]
    by_service = list(there.feature_extractor.features(iter(pictures)))
    assert len(by_service) == len(pictures)
    for mine, theirs in zip(one_by_one, by_service, strict=True):
        if isinstance(mine, RefusedInputError):
            assert str(theirs) == str(mine)
            continue
        assert isinstance(theirs, np.ndarray)
        # a batch of another size may round otherwise in the last digits
        assert np.abs(theirs - mine).max() < 1e-6
    (alone,) = there.feature_extractor.features(pictures[:1])
    assert np.array_equal(np.asarray(alone), np.asarray(one_by_one[0]))
    mask = Image.new("L", (64, 96))
    mask.paste(255, (0, 0, 64, 48))
    encoded = BytesIO()
    mask.save(encoded, "PNG")
    for half in (None, encoded.getvalue()):
        assert np.array_equal(
            there.feature_extractor.patches(pictures[0], half), here.feature_extractor.patches(pictures[0], half)
        )
    with pytest.raises(RefusedInputError, match="no PNG, JPEG or WebP"):
        there.feature_extractor.patches(b"no picture")


def check_scores(here: Wiring, there: Wiring) -> None:
    person = draw_person()
    for asked in (person.expected, Expected(size=Size(832, 1248))):
        mine = here.image_scorer.score(person.png, asked)
        assert there.image_scorer.score(person.png, asked) == mine
    assert mine.technical.measured() == {"presence": 100.0}
    assert there.image_scorer.name == here.image_scorer.name == PictureScorer().name
    with pytest.raises(RefusedInputError, match="no PNG, JPEG or WebP"):
        there.image_scorer.score(b"no picture", person.expected)


def test_many_pictures_travel_in_parcels_and_a_parcel_of_bad_ones_says_why_of_each(stores: Stores) -> None:
    extractor = ColourExtractor()
    with served(create_app(lambda: parts_of(stores, extractor))) as url, talking_to(url) as service:
        there = ServiceFeatureExtractor(service)
        answers = list(there.features([b"", b"nothing", png(1)[:200]]))
        assert [str(answer) for answer in answers] == [
            "picture: is empty",
            "picture: is no PNG, JPEG or WebP picture",
            "picture: is damaged or cut short (image file is truncated)",
        ]
        assert len(list(there.features(png(seed) for seed in range(40)))) == 40
        assert list(there.features([])) == []


def test_another_model_behind_the_same_address_is_refused_until_asked_again(stores: Stores) -> None:
    extractor = ColourExtractor()
    with served(create_app(lambda: parts_of(stores, extractor))) as url, talking_to(url) as service:
        there = ServiceFeatureExtractor(service)
        assert there.model.revision == "1"
        extractor.model = ColourExtractor(revision="2").model
        with pytest.raises(RetryableFailureError, match="colours@2"):
            list(there.features([png(1)]))
        assert there.model.revision == "2"
        assert len(list(there.features([png(1)]))) == 1


Answer = tuple[int, dict[str, str], object]


@contextmanager
def saying(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers one after the other, the last one for ever; its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, document = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


DESCRIBED = {"model": {"name": "m", "revision": "1", "preprocessing": "p", "dimension": 3}, "scorer": "s@1"}
BUSY: Answer = (503, {"Retry-After": "3"}, {"code": "busy", "detail": "more work waits than may"})


def test_a_busy_service_is_asked_again_when_it_said() -> None:
    pauses: list[float] = []
    with saying(BUSY, BUSY, (200, {}, DESCRIBED)) as (url, asked):
        service = AnalysisService(url, pause=pauses.append)
        assert ServiceImageScorer(service).name == "s@1"
        assert ServiceFeatureExtractor(service).model.dimension == 3
        assert len(asked) == 3
        assert pauses[0] == 3
        assert pauses[1] >= 3
        service.close()


@pytest.mark.parametrize("status", [429, 502, 504])
def test_what_stands_before_a_service_that_is_started_anew_is_no_reason_to_give_up(status: int) -> None:
    with saying((status, {"Content-Type": "text/html"}, "<html>"), (200, {}, DESCRIBED)) as (url, asked):
        service = AnalysisService(url, pause=lambda _: None)
        assert ServiceImageScorer(service).name == "s@1"
        assert len(asked) == 2
        service.close()


def test_patience_ends() -> None:
    with saying(BUSY) as (url, _), talking_to(url, patience_s=1.0) as service:
        with pytest.raises(RateLimitedError, match="more work waits") as told:
            service.described()
        assert told.value.retry_after_s == 3


def test_a_service_that_comes_up_late_is_waited_for_and_one_that_is_gone_is_named() -> None:
    with saying((200, {}, DESCRIBED)) as (url, _):
        pass
    with (
        talking_to(url, patience_s=0.5) as service,
        pytest.raises(RetryableFailureError, match="does not answer") as told,
    ):
        service.described()
    assert "refpipe analysis serve" in str(told.value)
    assert not isinstance(told.value, RateLimitedError)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            (422, {}, {"detail": "x", "errors": [{"field": "picture", "reason": "is empty"}]}),
            RefusedInputError,
            "is empty",
        ),
        ((404, {}, {"code": "not_found", "detail": "no jax"}), NotFoundError, "no jax"),
        ((404, {}, {"code": "no_such_page", "detail": "Not Found"}), PermanentFailureError, "Not Found"),
        (
            (500, {}, {"code": "unexpected", "detail": "failed", "request_id": "r7"}),
            PermanentFailureError,
            "request r7",
        ),
        ((404, {"Content-Type": "text/html"}, "<html>"), PermanentFailureError, "no analysis service"),
        ((200, {}, ["not", "ours"]), PermanentFailureError, "no analysis service"),
    ],
)
def test_answers_become_errors_in_our_words(answer: Answer, kind: type[Exception], said: str) -> None:
    with saying(answer) as (url, asked), talking_to(url) as service:
        with pytest.raises(kind, match=said):
            service.described()
        assert len(asked) == 1


@pytest.mark.parametrize("url", ["127.0.0.1:8100", "ftp://x", "http://user:secret@x", "http://"])
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a service"):
        Settings(vision={"service_url": url})  # type: ignore[arg-type]

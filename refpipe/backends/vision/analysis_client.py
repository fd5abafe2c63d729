"""Pictures seen and measured by an analysis service: FeatureExtractor and ImageScorer over HTTP.

Belongs here: talking to the service, trying again, its errors in refpipe's words. Does not: what answers there.

Every question may be asked again without harm, so a lost connection and a busy or starting service are met with
patience. Numbers travel whole (base64 float32, JSON's shortest exact decimals): answers are those of a process by
itself, to the bit where the model's batches are alike.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from refpipe.domain.errors import (
    NotFoundError,
    PermanentFailureError,
    RateLimitedError,
    RefpipeError,
    RefusedInputError,
    RetryableFailureError,
)
from refpipe.domain.quality import CompositionParts, Expected, QualityParts, Scored, TechnicalParts
from refpipe.domain.vectors import Vector, VectorModel, Vectors

if TYPE_CHECKING:
    import httpx

_ROOT = "/api/v1/analysis"
_PICTURES_AT_ONCE, _BYTES_AT_ONCE = 16, 8 * 2**20
_CONNECT_S, _ANSWER_S = 5.0, 120.0
_LEAST_PAUSE_S, _MOST_PAUSE_S = 0.25, 15.0
_REFUSALS = (400, 413, 415, 422)
_NOT_NOW = (429, 502, 503, 504)
"""Said by the service, or by what stands before it while it is started anew."""

Files = Sequence[tuple[str, tuple[str, bytes, str]]]


class AnalysisService:
    """One service. Threads may share it. ``patience_s`` is how long it is asked again when it does not answer or is
    busy; ``answer_s`` how long one answer may take.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float = 120.0,
        answer_s: float = _ANSWER_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._patience_s, self._answer_s, self._pause = patience_s, answer_s, pause
        self._lock = Lock()
        self._opened: httpx.Client | None = None
        self._known: dict[str, Any] | None = None

    def close(self) -> None:
        """Let go of its connections. It may be asked again afterwards."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def described(self) -> Mapping[str, Any]:
        """What stands behind it, as it said when first asked (or when ``forget`` was called)."""
        if self._known is None:
            self._known = self.ask("GET", "")
        return self._known

    def forget(self) -> None:
        """Something else stands behind it by now: ask again when it matters."""
        self._known = None

    def ask(self, method: str, verb: str, *, files: Files = ()) -> dict[str, Any]:
        """The answer's document.

        Raises RefusedInputError, NotFoundError, RateLimitedError (busy until patience ended), RetryableFailureError
        (not reached), PermanentFailureError (it failed, or is no analysis service).
        """
        import httpx

        deadline = time.monotonic() + self._patience_s
        pause_s = _LEAST_PAUSE_S
        while True:
            try:
                response = self._client().request(method, f"{self.url}{_ROOT}{verb}", files=files or None)
            except httpx.TransportError as error:
                trouble: RetryableFailureError = self._not_reached(error)
            else:
                if response.status_code not in _NOT_NOW:
                    return self._read(response)
                trouble = self._busy(response)
                pause_s = max(pause_s, trouble.retry_after_s or 0.0)
            if time.monotonic() + pause_s > deadline:
                raise trouble
            self._pause(min(pause_s, _MOST_PAUSE_S))
            pause_s = min(2 * pause_s, _MOST_PAUSE_S)

    def _client(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._opened is None:
                # its own address, never a proxy's or a redirect's
                timeout = httpx.Timeout(self._answer_s, connect=_CONNECT_S)
                self._opened = httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False)
            return self._opened

    def _not_reached(self, error: Exception) -> RetryableFailureError:
        words = " ".join(str(error).split()) or type(error).__name__
        return RetryableFailureError(
            f"the analysis service at {self.url} does not answer ({words}); start it with refpipe analysis serve, "
            "or unset REFPIPE_VISION__SERVICE_URL"
        )

    def _busy(self, response: httpx.Response) -> RateLimitedError:
        asked = response.headers.get("Retry-After", "")
        retry_after_s = float(asked) if asked.isascii() and asked.isdecimal() else None
        problem = _problem(response)
        return RateLimitedError(
            f"the analysis service at {self.url} cannot answer now: {problem.get('detail', 'it is busy')}",
            retry_after_s=retry_after_s,
        )

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        if response.is_success:
            try:
                document = response.json()
            except ValueError:
                document = None
            if isinstance(document, dict):
                return document
            raise PermanentFailureError(f"what answers at {self.url} is no analysis service")
        raise self._failure(response)

    def _failure(self, response: httpx.Response) -> RefpipeError:
        problem = _problem(response)
        if not problem:
            return PermanentFailureError(f"what answers at {self.url} is no analysis service ({response.status_code})")
        detail = str(problem.get("detail", problem.get("title", "")))
        if response.status_code in _REFUSALS:
            first: dict[str, Any] = next(iter(problem.get("errors", ())), {})
            return RefusedInputError(str(first.get("reason", detail)), field=first.get("field"))
        if response.status_code == 404 and problem.get("code") != "no_such_page":
            return NotFoundError(detail)
        return PermanentFailureError(
            f"the analysis service at {self.url} failed: {detail} (request {problem.get('request_id', 'unknown')})"
        )


class ServiceFeatureExtractor:
    """See the port ``FeatureExtractor``. Pictures are sent some at a time; the service joins those of all its callers.

    Where the service runs another model than it did, the answer is refused: vectors of two models never meet.
    """

    def __init__(self, service: AnalysisService) -> None:
        self._service = service

    @property
    def model(self) -> VectorModel:
        """The service's. Raises as ``AnalysisService.ask`` does."""
        return VectorModel(**self._service.described()["model"])

    def features(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        """See the port. Raises as ``AnalysisService.ask`` does, and RetryableFailureError for another model."""
        for some in _parcels(pictures):
            yield from self._features(some)

    def patches(self, picture: bytes, mask_png: bytes | None = None) -> Vectors:
        """See the port."""
        files = [_document({"patches": True}), *_file("picture", picture)]
        if mask_png is not None:
            files += _file("mask", mask_png)
        answer = self._service.ask("POST", "/extract-features", files=files)
        model = self._same_model(answer)
        (found,) = answer["features"]
        return _unpacked(found["patches"], model).reshape(found["patch_count"], model.dimension)

    def _features(self, pictures: Sequence[bytes]) -> Iterator[Vector | RefusedInputError]:
        files = [part for picture in pictures for part in _file("picture", picture)]
        try:
            answer = self._service.ask("POST", "/extract-features", files=files)
        except RefusedInputError as error:
            if len(pictures) == 1:
                yield error
                return
            # all were refused, or all together were too much: each has a reason of its own
            for picture in pictures:
                yield from self._features([picture])
            return
        model = self._same_model(answer)
        if len(answer["features"]) != len(pictures):
            raise PermanentFailureError("the analysis service left pictures out")
        for found in answer["features"]:
            yield _vector(found, model)

    def _same_model(self, answer: Mapping[str, Any]) -> VectorModel:
        made_by, known = VectorModel(**answer["model"]), self.model
        if made_by != known:
            self._service.forget()
            raise RetryableFailureError(f"the analysis service runs {made_by} now, not {known}; run again")
        return made_by


class ServiceImageScorer:
    """See the port ``ImageScorer``."""

    def __init__(self, service: AnalysisService) -> None:
        self._service = service

    @property
    def name(self) -> str:
        """The service's scorer. Raises as ``AnalysisService.ask`` does."""
        return str(self._service.described()["scorer"])

    def score(self, picture: bytes, expected: Expected) -> Scored:
        """See the port. Raises as ``AnalysisService.ask`` does."""
        asked = {
            "width_px": expected.size.width_px,
            "height_px": expected.size.height_px,
            "thirds": expected.thirds,
            "headroom": expected.headroom,
        }
        guides = {"mask": expected.mask_png, "edges": expected.edges_png, "keypoints": expected.keypoints_json}
        files = [_document(asked), *_file("picture", picture)]
        for name, guide in guides.items():
            if guide is not None:
                files += _file(name, guide)
        answer = self._service.ask("POST", "/analyze-quality", files=files)
        if answer["scorer"] != self.name:
            self._service.forget()
        parts = answer["parts"]
        return Scored(
            quality=QualityParts(**parts["quality"]),
            technical=TechnicalParts(**parts["technical"]),
            composition=CompositionParts(**parts["composition"]),
            scorer=answer["scorer"],
            notes=tuple(answer["notes"]),
        )


@dataclass(slots=True)
class _Parcel:
    """Pictures that travel together."""

    pictures: list[bytes]
    size_bytes: int = 0

    def has_room_for(self, picture: bytes) -> bool:
        if not self.pictures:
            return True
        return len(self.pictures) < _PICTURES_AT_ONCE and self.size_bytes + len(picture) <= _BYTES_AT_ONCE


def _parcels(pictures: Iterable[bytes]) -> Iterator[list[bytes]]:
    parcel = _Parcel([])
    for picture in pictures:
        if not parcel.has_room_for(picture):
            yield parcel.pictures
            parcel = _Parcel([])
        parcel.pictures.append(picture)
        parcel.size_bytes += len(picture)
    if parcel.pictures:
        yield parcel.pictures


def _vector(found: Mapping[str, Any], model: VectorModel) -> Vector | RefusedInputError:
    error = found.get("error")
    if error is None:
        return _unpacked(found["vector"], model)
    if error["code"] == RefusedInputError.code:
        return RefusedInputError(error["reason"], field="picture")
    raise PermanentFailureError(f"the analysis service failed at a picture: {error['reason']}")


def _unpacked(text: str, model: VectorModel) -> Vectors:
    numbers = np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)
    if numbers.size % model.dimension:
        raise PermanentFailureError(f"the analysis service's vector has not {model.dimension} numbers")
    return numbers


def _document(asked: Mapping[str, Any]) -> tuple[str, tuple[str, bytes, str]]:
    return "request", ("request.json", json.dumps(asked).encode(), "application/json")


def _file(part: str, data: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [(part, (part, data, "application/octet-stream"))]


def _problem(response: httpx.Response) -> dict[str, Any]:
    """The problem document of an answer; empty where it has none."""
    if "json" not in response.headers.get("content-type", ""):
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}

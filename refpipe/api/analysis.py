"""The verbs of the analysis service that look at pictures by themselves (R-QA-7), below ``/api/v1/analysis``.

Belongs here: what each of them reads, asks for and answers. Does not: comparing with characters (comparing), lanes and
models (engine), bodies and limits (bodies, request_frame).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import PurePath

from fastapi import APIRouter, Request

from refpipe.api import schemas
from refpipe.api.bodies import FORM, Sent, SentFile, media_type_of, read_files, read_raw, read_sent
from refpipe.api.body_documents import UPLOAD_BODY, body_of
from refpipe.api.picture_desk import Admitted
from refpipe.api.problems import (
    PROBLEM_RESPONSES,
    AllRefusedError,
    InvalidRequestError,
    WrongMediaTypeError,
    problem_of,
    request_id_of,
)
from refpipe.api.rooms import Rooms, rooms_of, while_wanted
from refpipe.domain.errors import RefusedInputError, RetryableFailureError
from refpipe.domain.generation import Size
from refpipe.domain.quality import Expected, Scored
from refpipe.domain.vectors import Vectors
from refpipe.domain.verdict import Thresholds, as_document, judge

router = APIRouter(prefix="/api/v1/analysis", tags=["analysis"], responses=dict(PROBLEM_RESPONSES))
_log = logging.getLogger(__name__)


@router.get("", summary="What stands behind the service, and its limits")
async def describe(request: Request) -> schemas.ServiceDescribed:
    engine = rooms_of(request).engine
    parts, limits = engine.parts, engine.limits
    return schemas.ServiceDescribed(
        model=schemas.ModelNamed.of(parts.extractor.model),
        scorer=parts.scorer.name,
        calibration=parts.calibration.name if parts.calibration else None,
        max_file_bytes=limits.max_file_bytes,
        max_request_bytes=limits.max_request_bytes,
        max_pictures=schemas.MOST_PICTURES,
        max_batch=limits.max_batch,
        waiting=engine.waiting,
    )


@router.post("/upload-media", status_code=201, summary="Hold pictures for a while", openapi_extra=UPLOAD_BODY)
async def upload_media(request: Request) -> schemas.MediaAnswer:
    """Send one picture as the body, or several as parts ``file`` of a form. Each is read to its end.

    What is refused stops no other; where all are, the request is. Others of these verbs take the hashes.
    """
    rooms = rooms_of(request)
    reader, most_bytes = rooms.engine.parts.reader, rooms.engine.limits.max_file_bytes
    media_type = media_type_of(request)
    if media_type == FORM:
        files = await read_files(request, "file", most=schemas.MOST_PICTURES, most_bytes=most_bytes)
    elif media_type.startswith("image/") or media_type == "application/octet-stream":
        files = [SentFile("body", await read_raw(request, most_bytes=most_bytes))]
    else:
        raise WrongMediaTypeError(f"send a picture, or {FORM} with files", field="content-type")
    answer = await asyncio.to_thread(rooms.desk.upload, files, reader)
    _refuse_if_all(
        [RefusedInputError(each.reason, field="file", source=PurePath(each.file).name) for each in answer.refused],
        of=len(files),
    )
    return answer


@router.post(
    "/extract-features",
    summary="Identity vectors of pictures",
    openapi_extra=body_of(schemas.FeaturesAsked, several="picture", one=["mask"]),
)
async def extract_features(request: Request) -> schemas.FeaturesAnswer:
    """One picture that cannot be used stops no other: ``error`` stands in its place. Where all are such, the request
    is refused. What the service could not do now is not held against a picture: the answer is 503, to ask again.
    """
    rooms = rooms_of(request)
    parts = rooms.engine.parts
    sent = await read_sent(
        request,
        schemas.FeaturesAsked,
        parts={"picture": schemas.MOST_PICTURES, "mask": 1},
        most_bytes=rooms.engine.limits.max_file_bytes,
    )
    admitted = await rooms.pictures(sent.asked.pictures, sent.files.get("picture", ()))
    if len(admitted) > schemas.MOST_PICTURES:
        raise InvalidRequestError([("pictures", f"are more than {schemas.MOST_PICTURES}")])
    mask = await rooms.guide(sent.asked.mask, sent.only("mask"), field="mask")
    if mask is not None and (len(admitted) != 1 or not sent.asked.patches):
        raise InvalidRequestError([("mask", "goes with one picture and with patches")])
    sound = [each for each in admitted if isinstance(each, Admitted)]
    seen = iter(await while_wanted(request, _seen(rooms, sound, with_patches=sent.asked.patches, mask_png=mask)))
    answers = [each if isinstance(each, RefusedInputError) else next(seen) for each in admitted]
    for answer in answers:
        if isinstance(answer, RetryableFailureError):
            raise answer
    _refuse_if_all([each for each in answers if isinstance(each, RefusedInputError)], of=len(answers))
    return schemas.FeaturesAnswer(
        model=schemas.ModelNamed.of(parts.extractor.model),
        features=[_told(each, request_id_of(request)) for each in answers],
    )


async def _seen(
    rooms: Rooms, pictures: Sequence[Admitted], *, with_patches: bool, mask_png: bytes | None
) -> list[schemas.PictureFeatures | Exception]:
    data = [each.data for each in pictures]
    vectors = await rooms.engine.features(data)
    if not with_patches:
        return [_features(each, vector) for each, vector in zip(pictures, vectors, strict=True)]
    patches = await rooms.engine.patches(data, mask_png)
    return [_features(*each) for each in zip(pictures, vectors, patches, strict=True)]


def _features(
    picture: Admitted, vector: Vectors | Exception, patches: Vectors | Exception | None = None
) -> schemas.PictureFeatures | Exception:
    if isinstance(vector, Exception):
        return vector
    if isinstance(patches, Exception):
        return patches
    return schemas.PictureFeatures(
        sha256=picture.sha256,
        vector=schemas.packed(vector),
        patches=None if patches is None else schemas.packed(patches),
        patch_count=None if patches is None else len(patches),
    )


def _told(answer: schemas.PictureFeatures | Exception, request_id: str) -> schemas.PictureFeatures:
    if not isinstance(answer, Exception):
        return answer
    if not isinstance(answer, RefusedInputError):
        _log.error("request %s: one picture failed", request_id, exc_info=answer)
    problem = problem_of(answer, request_id)
    reason = answer.reason if isinstance(answer, RefusedInputError) else problem.detail
    return schemas.PictureFeatures(error=schemas.PictureError(code=problem.code, reason=reason))


@router.post(
    "/analyze-quality",
    summary="Quality, technical and composition of one picture",
    openapi_extra=body_of(schemas.QualityAsked, one=["picture", "mask", "edges", "keypoints"]),
)
async def analyze_quality(request: Request) -> schemas.QualityAnswer:
    """What is measured, part by part, and what the gate says of it. What needs a guide is null without one."""
    rooms = rooms_of(request)
    parts = rooms.engine.parts
    sent = await read_sent(
        request,
        schemas.QualityAsked,
        parts={"picture": 1, "mask": 1, "edges": 1, "keypoints": 1},
        most_bytes=rooms.engine.limits.max_file_bytes,
    )
    picture = await rooms.picture(sent.asked.picture, sent.only("picture"))
    expected = await _expected(rooms, sent, picture.size)
    thresholds = parts.thresholds.but(quality=sent.asked.quality_threshold)
    scored = await while_wanted(request, rooms.engine.score(picture.data, expected))
    return _quality(picture.sha256, scored, thresholds)


async def _expected(rooms: Rooms, sent: Sent[schemas.QualityAsked], size: Size) -> Expected:
    asked = sent.asked
    if (asked.width_px is None) != (asked.height_px is None):
        raise InvalidRequestError([("width_px", "goes with height_px")])
    if asked.width_px is not None and asked.height_px is not None:
        size = Size(asked.width_px, asked.height_px)
    return Expected(
        size=size,
        thirds=asked.thirds,
        headroom=asked.headroom,
        mask_png=await rooms.guide(asked.mask, sent.only("mask"), field="mask"),
        edges_png=await rooms.guide(asked.edges, sent.only("edges"), field="edges"),
        keypoints_json=await rooms.guide(None, sent.only("keypoints"), field="keypoints"),
    )


def _quality(sha256: str, scored: Scored, thresholds: Thresholds) -> schemas.QualityAnswer:
    verdict = judge(scored, thresholds)
    document = as_document(verdict)
    return schemas.QualityAnswer.model_validate(
        {
            "sha256": sha256,
            "scorer": scored.scorer,
            "scores": {name: document["scores"][name] for name in schemas.ScoresAnswer.model_fields},
            "parts": document["parts"],
            "notes": list(scored.notes),
            "status": document["status"],
            "reasons": document["reasons"],
            "thresholds": document["thresholds"],
        }
    )


def _refuse_if_all(refused: Sequence[RefusedInputError], *, of: int) -> None:
    """Raises AllRefusedError where nothing is left to answer."""
    if of and len(refused) == of:
        raise AllRefusedError(refused)

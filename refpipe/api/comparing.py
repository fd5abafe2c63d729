"""The verbs of the analysis service that compare a picture with characters (R-QA-7).

Belongs here: what they read, whose vectors they need, what they answer. Does not: what a cosine means
(domain.consistency), whom a picture shows (domain.character_match), which picture stands for a character (services).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
from fastapi import APIRouter, Request

from refpipe.api import schemas
from refpipe.api.bodies import Sent, read_sent
from refpipe.api.body_documents import body_of
from refpipe.api.engine import raised_or
from refpipe.api.picture_desk import Admitted
from refpipe.api.problems import PROBLEM_RESPONSES, InvalidRequestError
from refpipe.api.rooms import Rooms, rooms_of, while_wanted
from refpipe.api.standard_vectors import as_kept
from refpipe.domain.camera import ViewBin, view_bin
from refpipe.domain.character_match import Compared, Likely, Match, match_character
from refpipe.domain.consistency import Calibration, Consistency, not_measured
from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe.domain.keys import CharacterKey
from refpipe.domain.shots import parse_slug
from refpipe.domain.vectors import Vector
from refpipe.services.choose_standard import NoStandard, Standard
from refpipe.services.find_standards import find_standard, find_standards

router = APIRouter(prefix="/api/v1/analysis", tags=["analysis"], responses=dict(PROBLEM_RESPONSES))
_UNREADABLE = (RefusedInputError, NotFoundError, PermanentFailureError)


@router.post(
    "/validate-consistency",
    summary="Whether a picture shows the same character as a master",
    openapi_extra=body_of(schemas.ConsistencyAsked, one=["picture", "master"]),
)
async def validate_consistency(request: Request) -> schemas.ConsistencyAnswer:
    """The calibrated probability in the picture's view, and where it cannot be told, why. A character is compared by
    the picture that a person has chosen for it, in the outfit named (without one: the default outfit).
    """
    rooms = rooms_of(request)
    most_bytes = rooms.engine.limits.max_file_bytes
    sent = await read_sent(request, schemas.ConsistencyAsked, parts={"picture": 1, "master": 1}, most_bytes=most_bytes)
    view = _view(sent.asked.view, sent.asked.shot)
    picture = await rooms.picture(sent.asked.picture, sent.only("picture"))
    standard = await _standard(rooms, sent)
    return await while_wanted(
        request, _compare(rooms, picture, standard, view, _threshold(rooms, sent.asked.threshold))
    )


@router.post(
    "/character-matching",
    summary="Which of the owner's characters a picture shows",
    openapi_extra=body_of(schemas.MatchAsked, one=["picture"]),
)
async def character_matching(request: Request) -> schemas.MatchAnswer:
    """The picture is compared with every outfit of every character (or of those named) that a person has chosen a
    picture for. Where that does not settle it, the answer is ``undecided``: a person has to look.
    """
    rooms = rooms_of(request)
    most_bytes = rooms.engine.limits.max_file_bytes
    sent = await read_sent(request, schemas.MatchAsked, parts={"picture": 1}, most_bytes=most_bytes)
    view = _view(sent.asked.view, sent.asked.shot)
    picture = await rooms.picture(sent.asked.picture, sent.only("picture"))
    threshold = _threshold(rooms, sent.asked.threshold)
    return await while_wanted(request, _match(rooms, picture, sent.asked.characters, view, threshold))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a picture is compared with, and its vector where it could be read."""

    standard: Standard
    vector: Vector | Exception


async def _compare(
    rooms: Rooms, picture: Admitted, standard: Standard | NoStandard | Admitted, view: ViewBin, threshold: float
) -> schemas.ConsistencyAnswer:
    if isinstance(standard, NoStandard):
        return _consistency(rooms, picture, view, threshold, not_measured(standard.why))
    if isinstance(standard, Admitted):
        seen, other = await rooms.engine.features([picture.data, standard.data])
        beside = _Beside(Standard(standard.sha256, called="the picture sent"), other)
    else:
        vectors = await rooms.standards([standard.sha256])
        seen = (await rooms.engine.features([picture.data]))[0]
        beside = _Beside(standard, vectors[standard.sha256])
    vector = as_kept(raised_or(seen))
    if isinstance(standard, Admitted) and isinstance(beside.vector, RefusedInputError):
        raise RefusedInputError(beside.vector.reason, field="master")
    if isinstance(beside.vector, _UNREADABLE):
        why = not_measured(f"{beside.standard.called} cannot be read")
        return _consistency(rooms, picture, view, threshold, why, standard=beside.standard)
    cosine = float(np.dot(vector, as_kept(raised_or(beside.vector))))
    found = _said(rooms, cosine, view)
    return _consistency(rooms, picture, view, threshold, found, standard=beside.standard, cosine=cosine)


def _said(rooms: Rooms, cosine: float, view: ViewBin) -> Consistency:
    """What the calibration says of a cosine."""
    calibration = _calibration(rooms)
    if calibration is None:
        name = rooms.engine.parts.extractor.model.name
        return Consistency(score=None, is_abstention=True, why=f"the model {name} has no calibration")
    return calibration.consistency(cosine, view)


def _calibration(rooms: Rooms) -> Calibration | None:
    """That of the model in use; one of another model says nothing here."""
    parts = rooms.engine.parts
    found = parts.calibration
    return found if found is not None and found.model == parts.extractor.model else None


def _consistency(
    rooms: Rooms,
    picture: Admitted,
    view: ViewBin,
    threshold: float,
    found: Consistency,
    *,
    standard: Standard | None = None,
    cosine: float | None = None,
) -> schemas.ConsistencyAnswer:
    calibration, is_scored = _calibration(rooms), found.score is not None
    return schemas.ConsistencyAnswer(
        sha256=picture.sha256,
        master_sha256=standard.sha256 if standard else None,
        beside=standard.called if standard else "",
        view=view,
        consistency=found.score,
        cosine=cosine,
        stance=found.stance(threshold),
        threshold=threshold,
        different_below=found.different_below if is_scored else None,
        same_from=found.same_from if is_scored else None,
        model=schemas.ModelNamed.of(rooms.engine.parts.extractor.model),
        calibration=calibration.name if calibration else None,
        why=found.why,
        note=standard.note if standard else "",
    )


async def _match(
    rooms: Rooms, picture: Admitted, characters: list[str] | None, view: ViewBin, threshold: float
) -> schemas.MatchAnswer:
    parts = rooms.engine.parts
    found = await asyncio.to_thread(find_standards, parts.owner, parts.database, characters)
    standards = {key: each for key, each in found.items() if isinstance(each, Standard)}
    vectors = await rooms.standards([each.sha256 for each in standards.values()])
    seen = as_kept(raised_or((await rooms.engine.features([picture.data]))[0]))
    skipped = {key: each.why for key, each in found.items() if isinstance(each, NoStandard)}
    compared: list[Compared] = []
    for key, standard in standards.items():
        vector = vectors[standard.sha256]
        if isinstance(vector, _UNREADABLE):
            skipped[key] = f"{standard.called} cannot be read"
            continue
        compared.append(_compared(rooms, key, standard, float(np.dot(seen, raised_or(vector))), view))
    match = match_character(compared, threshold)
    return _matched(rooms, picture, view, threshold, match, skipped)


def _compared(rooms: Rooms, key: CharacterKey, standard: Standard, cosine: float, view: ViewBin) -> Compared:
    return Compared(
        character=key.character,
        outfit=key.outfit,
        sha256=standard.sha256,
        beside=standard.called,
        cosine=cosine,
        consistency=_said(rooms, cosine, view),
    )


def _matched(
    rooms: Rooms,
    picture: Admitted,
    view: ViewBin,
    threshold: float,
    match: Match,
    skipped: dict[CharacterKey, str],
) -> schemas.MatchAnswer:
    calibration, found = _calibration(rooms), match.found
    return schemas.MatchAnswer(
        sha256=picture.sha256,
        view=view,
        outcome=match.outcome,
        character=found.best.character if found else None,
        probability=found.probability if found else None,
        threshold=threshold,
        candidates=[_candidate(each, threshold) for each in match.candidates],
        not_compared=[
            schemas.NotCompared(character=key.character, outfit=key.outfit, why=why)
            for key, why in sorted(skipped.items())
        ],
        model=schemas.ModelNamed.of(rooms.engine.parts.extractor.model),
        calibration=calibration.name if calibration else None,
        why=match.why,
    )


def _candidate(likely: Likely, threshold: float) -> schemas.Candidate:
    best = likely.best
    return schemas.Candidate(
        character=best.character,
        outfit=best.outfit,
        master_sha256=best.sha256,
        beside=best.beside,
        consistency=best.consistency.score,
        probability=likely.probability,
        cosine=best.cosine,
        stance=best.consistency.stance(threshold),
    )


async def _standard(rooms: Rooms, sent: Sent[schemas.ConsistencyAsked]) -> Standard | NoStandard | Admitted:
    """What is asked to be compared with."""
    asked, file = sent.asked, sent.only("master")
    if asked.character is None:
        if asked.outfit is not None:
            raise InvalidRequestError([("outfit", "goes with character")])
        return await rooms.picture(asked.master, file, field="master")
    if asked.master is not None or file is not None:
        raise InvalidRequestError([("character", "or a master: not both")])
    parts = rooms.engine.parts
    return await asyncio.to_thread(find_standard, parts.owner, parts.database, asked.character, asked.outfit)


def _view(view: ViewBin | None, shot: str | None) -> ViewBin:
    """The view that a picture was taken from. Raises InvalidRequestError where that is not said, or said twice."""
    if (view is None) == (shot is None):
        views = ", ".join(ViewBin)
        raise InvalidRequestError([("view", f"name the view ({views}), or the shot that the picture was made for")])
    if view is not None:
        return view
    slug = parse_slug(shot or "")
    if slug is None:
        raise InvalidRequestError([("shot", f"{shot} says nothing about the view: name the view")])
    return view_bin(slug.view_deg, slug.crop)


def _threshold(rooms: Rooms, asked: float | None) -> float:
    return rooms.engine.parts.thresholds.consistency if asked is None else asked

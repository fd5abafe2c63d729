"""For those who run the service: is it alive, is it ready. Belongs here: their two pages."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from refpipe.api.engine import AnalysisEngine, Readiness

router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Whether questions are answered now. ``waiting``: pieces of work that nobody has begun."""

    status: Readiness
    waiting: int


@router.get("/healthz", summary="Whether the process answers")
async def healthz() -> Alive:
    return Alive()


@router.get("/readyz", summary="Whether the models are loaded", responses={503: {"model": Ready}})
async def readyz(request: Request, response: Response) -> Ready:
    engine: AnalysisEngine = request.app.state.engine
    response.status_code = 200 if engine.readiness is Readiness.READY else 503
    return Ready(status=engine.readiness, waiting=engine.waiting)

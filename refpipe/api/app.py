"""The analysis service as an app.

Belongs here: which routes it has, what surrounds them, what happens at its start and end. Does not: any route.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

import refpipe
from refpipe.api import analysis, comparing, operations
from refpipe.api.body_documents import describe_bodies
from refpipe.api.engine import AnalysisEngine, AnalysisLimits, AnalysisParts
from refpipe.api.picture_desk import PictureDesk
from refpipe.api.problems import tell_problems
from refpipe.api.request_frame import BodyLimits, RequestFrame
from refpipe.api.rooms import CallerGoneError, Rooms
from refpipe.api.standard_vectors import StandardVectors

_DESCRIPTION = """Looks at pictures for several pipelines with one set of models, kept warm.

Questions name held pictures by SHA-256 (`application/json`; see upload-media, or the owner's own), or bring files along
(`multipart/form-data`: the document in the part `request`). What comes at once is worked on together. When too much
waits the answer is 503 with `Retry-After`. Errors are `application/problem+json` with a stable `code`."""
_CLIENT_CLOSED_REQUEST = 499


def create_app(
    load: Callable[[], AnalysisParts],
    limits: AnalysisLimits | None = None,
    *,
    on_failure: Callable[[BaseException], None] = lambda _: None,
) -> FastAPI:
    """The app. ``load`` is called once, in a thread, when the app starts; ``on_failure`` gets what it raises."""
    taken = limits or AnalysisLimits()
    engine = AnalysisEngine(load, taken, on_failure=on_failure)
    desk = PictureDesk(taken)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        try:
            yield
        finally:
            await engine.close()

    app = FastAPI(
        title="refpipe analysis",
        version=refpipe.__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,
    )
    app.state.engine = engine
    app.state.rooms = Rooms(engine, desk, StandardVectors(engine, desk))
    app.include_router(analysis.router)
    app.include_router(comparing.router)
    app.include_router(operations.router)
    tell_problems(app)
    app.add_exception_handler(CallerGoneError, _nobody_listens)
    describe_bodies(app)
    app.add_middleware(
        RequestFrame, limits=BodyLimits(one_bytes=taken.max_request_bytes, all_bytes=taken.in_flight_bytes)
    )
    return app


async def _nobody_listens(_: Request, __: Exception) -> Response:
    return Response(status_code=_CLIENT_CLOSED_REQUEST)

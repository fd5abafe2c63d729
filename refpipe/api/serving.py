"""Serves the analysis of one home over HTTP until it is told to stop.

Belongs here: settings turned into the app's parts and limits, the server, its log. Does not: routes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO

import uvicorn

from refpipe.api.app import create_app
from refpipe.api.engine import AnalysisLimits, AnalysisParts, raised_or
from refpipe.domain.errors import RefpipeError
from refpipe.settings import Settings
from refpipe.wiring import Wiring

_STOP_PATIENCE_S = 30
_TALKATIVE = ("alembic", "httpx", "transformers")
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def serve(settings: Settings, *, host: str, port: int, load: Callable[[Wiring], AnalysisParts] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, then finish what is being worked on. 0, or 1 where models could not be loaded."""
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    here = settings.model_copy(update={"vision": settings.vision.model_copy(update={"service_url": None})})
    failures: list[BaseException] = []

    def give_up(error: BaseException) -> None:
        failures.append(error)
        server.should_exit = True

    with Wiring(here) as wiring:
        app = create_app(lambda: (load or load_parts)(wiring), limits_of(here), on_failure=give_up)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_STOP_PATIENCE_S,
                server_header=False,
            )
        )
        server.run()
    for error in failures:
        words = str(error) if isinstance(error, RefpipeError) else f"unexpected {type(error).__name__}: {error}"
        logging.getLogger(__name__).error("%s", " ".join(words.split()))
    return 1 if failures or not server.started else 0


def limits_of(settings: Settings) -> AnalysisLimits:
    """The limits that the settings name."""
    asked = settings.analysis
    return AnalysisLimits(
        max_file_bytes=settings.uploads.max_bytes,
        in_flight_bytes=max(asked.in_flight_mib * 2**20, 2 * settings.uploads.max_bytes),
        max_batch=asked.max_batch,
        max_wait_s=asked.max_wait_ms / 1000,
        max_waiting=asked.max_waiting,
        held_bytes=asked.held_mib * 2**20,
        held_for_s=asked.held_for_s,
    )


def load_parts(wiring: Wiring) -> AnalysisParts:
    """The home's parts, its model loaded and used once, so that the first question does not wait.

    Raises NotSetUpError where the model or a store is not there.
    """
    settings = wiring.settings
    extractor = wiring.feature_extractor
    for answer in extractor.features([_first_picture()]):
        raised_or(answer)
    return AnalysisParts(
        extractor=extractor,
        scorer=wiring.image_scorer,
        reader=wiring.picture_reader,
        database=wiring.database,
        blobs=wiring.blobs,
        calibration=wiring.calibrations.find(extractor.model),
        owner=settings.owner,
        thresholds=settings.gate.thresholds,
    )


def _first_picture() -> bytes:
    from PIL import Image

    encoded = BytesIO()
    Image.new("RGB", (64, 96), (120, 130, 140)).save(encoded, "PNG")
    return encoded.getvalue()

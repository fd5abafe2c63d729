"""The analysis service as it runs: a real server on a free port, over a real database and blob store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO

import httpx
import numpy as np
import pytest
import uvicorn
from PIL import Image

from refpipe.api.app import create_app
from refpipe.api.engine import AnalysisLimits, AnalysisParts
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.pictures.picture_reader import PillowPictureReader
from refpipe.backends.storage import LocalBlobStore
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import BinCalibration, Calibration
from refpipe.domain.ports.vision import FeatureExtractor
from refpipe.domain.vectors import VectorModel
from refpipe.domain.verdict import Thresholds
from refpipe_tests.fakes.colour_extractor import ColourExtractor

MIB = 2**20
QUICK = AnalysisLimits(max_file_bytes=MIB, beside_file_bytes=MIB, max_wait_s=0.01, measuring_threads=2)


def png(seed: int, *, size: tuple[int, int] = (64, 96), corner: tuple[int, int, int] | None = None) -> bytes:
    """Blocks of colours by chance, the same for the same seed."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
    image = Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST)
    if corner:
        image.putpixel((0, 0), corner)
    encoded = BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()


def calibration_of(model: VectorModel) -> Calibration:
    """Front decides, the back has too little to go by."""
    front = BinCalibration(slope=40.0, intercept=-32.0, different_below=0.3, same_from=0.7, same=50, other=50)
    back = BinCalibration(
        slope=0, intercept=0, different_below=0, same_from=1, same=3, other=3, why_not="too few pairs"
    )
    return Calibration(model=model, version="7", bins={ViewBin.FRONT: front, ViewBin.BACK: back})


@contextmanager
def served(app: uvicorn.config.ASGIApplication, *, wait_ready: bool = True) -> Iterator[str]:
    """The app on a free port; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        while wait_ready and httpx.get(f"{url}/readyz").status_code != 200:
            time.sleep(0.01)
        yield url
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the server did not stop"


@dataclass(frozen=True)
class Stores:
    """What lies behind a service."""

    database: PostgresDatabase
    blobs: LocalBlobStore


@pytest.fixture(scope="module")
def stores(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    database = PostgresDatabase(module_database_url)
    yield Stores(database, LocalBlobStore(tmp_path_factory.mktemp("storage")))
    database.close()


def parts_of(stores: Stores, extractor: FeatureExtractor, **changes: object) -> AnalysisParts:
    given = {
        "extractor": extractor,
        "scorer": PictureScorer(),
        "reader": PillowPictureReader(max_bytes=MIB, max_pixels=MIB, max_side_px=2000),
        "database": stores.database,
        "blobs": stores.blobs,
        "calibration": calibration_of(extractor.model),
        "owner": "local",
        "thresholds": Thresholds(),
    }
    return AnalysisParts(**(given | changes))  # type: ignore[arg-type]


Serve = Callable[..., str]


@pytest.fixture
def serve(stores: Stores) -> Iterator[Serve]:
    """Starts a service over the extractor given; its address."""
    with ExitStack() as running:

        def start(extractor: FeatureExtractor, limits: AnalysisLimits = QUICK, **changes: object) -> str:
            return running.enter_context(served(create_app(lambda: parts_of(stores, extractor, **changes), limits)))

        yield start


@pytest.fixture(scope="module")
def colours() -> ColourExtractor:
    return ColourExtractor()


@pytest.fixture(scope="module")
def service(stores: Stores, colours: ColourExtractor) -> Iterator[httpx.Client]:
    """A client of one service that many tests share."""
    with (
        served(create_app(lambda: parts_of(stores, colours), QUICK)) as url,
        httpx.Client(base_url=f"{url}/api/v1/analysis", timeout=20) as client,
    ):
        yield client

"""analysis_service: the batched service with sixteen callers, against the bare forward pass of the same network.

Belongs here: DINOv3 S/16 with random weights (what it answers does not matter for time), pictures of 512×768 as the
gallery has them. The service runs as it is deployed, in a process of its own, over HTTP; callers ask for one picture
at a time. Beside it: the network alone on batches that are ready, the extractor in this process end to end, and the
service with a single caller, whose questions nobody can bring together. ``REFPIPE_BENCH_ROUNDS`` rounds (5) of
``REFPIPE_BENCH_PICTURES`` pictures (64). About two minutes on two cores, if nothing else runs there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import local
from typing import Any

import httpx
import numpy as np

from refpipe.backends.runs.supervisor import free_port
from refpipe_tests.bench.machine import described, spread

RESULTS = Path(__file__).parent / "results" / "analysis_service.md"
ROUNDS = int(os.environ.get("REFPIPE_BENCH_ROUNDS", "5"))
PICTURES = int(os.environ.get("REFPIPE_BENCH_PICTURES", "64"))
CALLERS = 16
SIZE_PX = (512, 768)
PHOTOGRAPHS = Path(__file__).parents[2] / "refpipe" / "backends" / "previs" / "look"
READY_S = 300.0
Task = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Round:
    """Pictures a second of one round."""

    bare: float
    in_process: float
    sixteen: float
    one: float


def main() -> str:
    """The table, written to the results as well."""
    from refpipe.backends.vision.dino import DinoExtractor, DinoName
    from refpipe.backends.vision.running import Runtime

    machine = described()
    pictures = _pictures(PICTURES)
    with tempfile.TemporaryDirectory(prefix="refpipe-bench-") as place:
        model = DinoName(name=f"local-dir:{_save_model(Path(place) / 'dinov3-s')}")
        extractor = DinoExtractor(model, Runtime(device="cpu"))
        with _served(Path(place), str(model.name)) as url:
            likeness = _likeness(extractor, url, pictures[:8])
            tasks = _tasks(model.find(Runtime(device="cpu")).load(), extractor, url, pictures)
            for task in tasks.values():
                task()  # what is done once is done
            rounds = [_round(tasks, backwards=bool(number % 2)) for number in range(ROUNDS)]
    text = _table(machine, rounds, likeness)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _table(machine: str, rounds: Sequence[Round], likeness: float) -> str:
    def rates(of: Callable[[Round], float]) -> str:
        return spread([of(each) for each in rounds])

    return "\n".join(
        [
            "# The analysis service with sixteen callers, and the forward pass alone",
            "",
            f"{machine} {len(rounds)} rounds of {PICTURES} PNGs of {SIZE_PX[0]}×{SIZE_PX[1]}, in turns; DINOv3 S/16,",
            "random weights. The service and the network alone take turns on all cores; the callers share them too.",
            "",
            "| | pictures a second, median (least – most) |",
            "| --- | --- |",
            f"| the network alone, batches ready | {rates(lambda it: it.bare)} |",
            f"| the extractor in process, from PNGs | {rates(lambda it: it.in_process)} |",
            f"| the service, {CALLERS} callers with one picture at a time | {rates(lambda it: it.sixteen)} |",
            f"| the service, one caller with one picture at a time | {rates(lambda it: it.one)} |",
            f"| {CALLERS} callers over the network alone, by round | {rates(lambda it: it.sixteen / it.bare)} |",
            f"| {CALLERS} callers over one process, by round | {rates(lambda it: it.sixteen / it.in_process)} |",
            f"| {CALLERS} callers over one caller, by round | {rates(lambda it: it.sixteen / it.one)} |",
            "",
            f"Largest difference of a number of a vector, by service and in process: {likeness:.1e}.",
            "",
        ]
    )


def _tasks(loaded: Any, extractor: Any, url: str, pictures: Sequence[bytes]) -> dict[str, Task]:
    import torch

    from refpipe.backends.vision.preparing import prepare
    from refpipe.backends.vision.running import normalised

    pixels = [prepare(each, loaded.preparation) for each in pictures]
    size = loaded.ground.batch
    parts = [torch.stack(pixels[start : start + size]) for start in range(0, len(pixels), size)]
    ready = [normalised(each, loaded.preparation, loaded.ground) for each in parts]

    def bare() -> None:
        with torch.inference_mode():
            for each in ready:
                loaded.network(pixel_values=each)

    return {
        "bare": bare,
        "in_process": lambda: deque(extractor.features(pictures), maxlen=0).clear(),
        "sixteen": lambda: _call(url, pictures, callers=CALLERS),
        "one": lambda: _call(url, pictures, callers=1),
    }


def _round(tasks: dict[str, Task], *, backwards: bool) -> Round:
    """One of each, the other way round in every second round."""
    rates: dict[str, float] = {}
    for name in list(tasks)[:: -1 if backwards else 1]:
        began = time.perf_counter()
        tasks[name]()
        rates[name] = PICTURES / (time.perf_counter() - began)
    return Round(**rates)


def _call(url: str, pictures: Sequence[bytes], *, callers: int) -> None:
    """All pictures, each in a request of its own, by callers that keep their connections."""
    of_thread = local()
    clients: list[httpx.Client] = []

    def ask(picture: bytes) -> None:
        client = getattr(of_thread, "client", None)
        if client is None:
            client = of_thread.client = httpx.Client(timeout=120, trust_env=False)
            clients.append(client)
        client.post(f"{url}/api/v1/analysis/extract-features", files={"picture": picture}).raise_for_status()

    with ThreadPoolExecutor(callers) as pool:
        for _ in pool.map(ask, pictures):
            pass
    for client in clients:
        client.close()


def _likeness(extractor: Any, url: str, pictures: Sequence[bytes]) -> float:
    from refpipe.backends.vision.analysis_client import AnalysisService, ServiceFeatureExtractor

    service = AnalysisService(url)
    theirs, mine = list(ServiceFeatureExtractor(service).features(pictures)), list(extractor.features(pictures))
    service.close()
    return float(np.abs(np.stack(theirs) - np.stack(mine)).max())


@contextmanager
def _served(place: Path, model: str) -> Iterator[str]:
    """The service on a home of its own; its address once its model is loaded."""
    port = free_port("127.0.0.1", 8150)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REFPIPE_")},
        "REFPIPE_HOME": str(place / "home"),
        "REFPIPE_VISION__DINO": model,
        "REFPIPE_VISION__DEVICE": "cpu",
    }
    command = [sys.executable, "-m", "refpipe.api", "--host", "127.0.0.1", "--port", str(port)]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_S
        while not _is_ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((place / "log").read_text(encoding="utf-8"))
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _save_model(directory: Path) -> Path:
    import torch
    from transformers import DINOv3ViTConfig, DINOv3ViTImageProcessor, DINOv3ViTModel

    torch.manual_seed(0)
    DINOv3ViTModel(DINOv3ViTConfig(num_register_tokens=4)).save_pretrained(directory)
    DINOv3ViTImageProcessor().save_pretrained(directory)
    return directory


def _pictures(count: int) -> list[bytes]:
    """Pieces of refpipe's own pictures."""
    from PIL import Image

    sources = [Image.open(path).convert("RGB") for path in sorted(PHOTOGRAPHS.glob("*.webp"))]
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        source = sources[number % len(sources)]
        height = min(source.height, source.width * 3 // 2)
        width = height * 2 // 3
        left, top = int(rng.integers(0, source.width - width + 1)), int(rng.integers(0, source.height - height + 1))
        buffer = BytesIO()
        source.crop((left, top, left + width, top + height)).resize(SIZE_PX).save(buffer, "PNG", compress_level=3)
        made.append(buffer.getvalue())
    return made

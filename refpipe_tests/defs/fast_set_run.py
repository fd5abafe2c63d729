"""``refpipe.defs.set_run`` with a generator that draws at once: ``python -m refpipe_tests.defs.fast_set_run …``.

``FAST_FAILING`` names shots that fail, ``FAST_SECONDS`` is what a picture takes, and the file ``FAST_CALLS`` gets a
line for each picture that was drawn to its end: the shot's slug.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from refpipe.defs.set_run import main
from refpipe.domain.generation import ImageRequest
from refpipe.wiring import Wiring
from refpipe_tests.fakes.image_generator import DrawingGenerator


def take_time(request: ImageRequest) -> None:
    # in small steps, as a renderer's samples: an interrupt need not wait for the whole picture
    for _ in range(int(float(os.environ.get("FAST_SECONDS", "0")) * 100)):
        time.sleep(0.01)
    calls = os.environ.get("FAST_CALLS")
    if calls:
        with Path(calls).open("a", encoding="utf-8") as log:
            log.write(f"{request.shot.slug}\n")


def open_wiring() -> Wiring:
    failing = tuple(os.environ.get("FAST_FAILING", "").split(","))
    return Wiring(generator=DrawingGenerator(failing=failing, break_on=take_time))


if __name__ == "__main__":
    raise SystemExit(main(open_wiring=open_wiring))

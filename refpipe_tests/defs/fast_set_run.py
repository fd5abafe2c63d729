"""``refpipe.defs.set_run`` with the fast generator: ``python -m refpipe_tests.defs.fast_set_run ARGUMENTS``.

``FAST_BROKEN`` names shots that fail, ``FAST_SECONDS`` is what a picture takes.
"""

from __future__ import annotations

import os

from refpipe.defs.set_run import main
from refpipe.wiring import Wiring
from refpipe_tests.fakes.fast_images import FastImageGenerator


def open_wiring() -> Wiring:
    broken = os.environ.get("FAST_BROKEN", "").split(",")
    return Wiring(generator=FastImageGenerator(broken=broken, seconds=float(os.environ.get("FAST_SECONDS", "0"))))


if __name__ == "__main__":
    raise SystemExit(main(open_wiring=open_wiring))

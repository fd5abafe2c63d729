"""``refpipe`` with another run behind ``generate``: ``python -m refpipe_tests.cli.program``.

Without ``SET_RUN_MODULE`` it is the one of the fakes, which leaves Dagster out.
"""

from __future__ import annotations

import os

from refpipe.backends.runs import process_launcher
from refpipe.cli import main

if __name__ == "__main__":
    process_launcher.SET_RUN_MODULE = os.environ.get("SET_RUN_MODULE", "refpipe_tests.fakes.set_run")
    raise SystemExit(main())

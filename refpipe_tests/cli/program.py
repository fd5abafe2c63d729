"""``refpipe`` with another run behind ``generate``: ``python -m refpipe_tests.cli.program``.

Without ``SET_RUN_MODULE`` it is the one of the fakes, which leaves Dagster out. ``ANALYSIS_MODULE`` names another
program behind ``analysis serve``.
"""

from __future__ import annotations

import os

from refpipe.backends.runs import process_launcher
from refpipe.cli import analysis, main

if __name__ == "__main__":
    process_launcher.SET_RUN_MODULE = os.environ.get("SET_RUN_MODULE", "refpipe_tests.fakes.set_run")
    analysis.MODULE = os.environ.get("ANALYSIS_MODULE", analysis.MODULE)
    raise SystemExit(main())

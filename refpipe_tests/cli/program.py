"""``refpipe`` with the run behind ``generate`` taken from the fakes: ``python -m refpipe_tests.cli.program``."""

from __future__ import annotations

from refpipe.backends.runs import process_launcher
from refpipe.cli import main

if __name__ == "__main__":
    process_launcher.SET_RUN_MODULE = "refpipe_tests.fakes.set_run"
    raise SystemExit(main())

"""Runs the benchmarks named on the command line, or all of them: ``python -m refpipe_tests.bench [NAME…]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import refpipe_tests.bench as benches

PREFIX = "bench_"


def available() -> list[str]:
    """Names of the benchmarks there are, without their prefix."""
    found = (module.name for module in pkgutil.iter_modules(benches.__path__))
    return sorted(name.removeprefix(PREFIX) for name in found if name.startswith(PREFIX))


def main(names: list[str]) -> int:
    """Print each benchmark's table. 0 done, 2 for a name that is none."""
    known = available()
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.stderr.write(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known) or 'none'}\n")
        return 2
    if not known:
        sys.stdout.write("There are no benchmarks yet, so nothing was measured.\n")
        return 0
    for name in names or known:
        sys.stdout.write(importlib.import_module(f"{benches.__name__}.{PREFIX}{name}").main() + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

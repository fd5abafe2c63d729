"""The program ``python -m refpipe.api``: the analysis service in a process of its own."""

from __future__ import annotations

import argparse
import sys

from refpipe.domain.errors import RefpipeError


def main() -> int:
    """0 stopped on request, 1 something failed, 2 wrong usage or settings."""
    from refpipe.settings import load_settings

    parser = argparse.ArgumentParser(prog="python -m refpipe.api")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    try:
        settings = load_settings()
        from refpipe.api.serving import serve

        return serve(settings, host=given.host, port=given.port)
    except RefpipeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())

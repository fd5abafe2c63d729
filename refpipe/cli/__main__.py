"""``python -m refpipe.cli`` is the same as ``refpipe``."""

from refpipe.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

"""Commands over the services: reading what was asked, showing what came of it. No rule of the trade lives here."""

from refpipe.cli.entry import main

__all__ = ["main"]

"""The home that a command works on. Belongs here: opening it, and what is to be said of its settings on the way."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from refpipe.cli import output

if TYPE_CHECKING:
    from refpipe.wiring import Wiring


def open_home() -> Wiring:
    """The wiring of the settings in force; misspelt variables are told on stderr, since they change nothing."""
    from refpipe.settings import ENV_PREFIX, Settings, load_settings, unknown_variables
    from refpipe.wiring import Wiring

    known = [f"{ENV_PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in unknown_variables():
        near = get_close_matches(name, known, n=1)
        output.note(f"warning: {name} is no setting" + (f"; did you mean {near[0]}?" if near else ""))
    return Wiring(load_settings())

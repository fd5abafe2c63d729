"""What is packaged of asset analysis. Belongs here: reading its vocabularies in ``data``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from refpipe.domain.colours import RGB, ColourNames


@cache
def packaged_colour_names() -> ColourNames:
    """The names of colours that refpipe knows, read once."""
    return ColourNames(
        {name: [_rgb(shade) for shade in shades] for name, shades in _read("colour_names")["names"].items()}
    )


def _rgb(shade: str) -> RGB:
    red, green, blue = (int(shade[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _read(name: str) -> Any:
    return yaml.safe_load(files("refpipe").joinpath(f"data/{name}.yaml").read_text(encoding="utf-8"))

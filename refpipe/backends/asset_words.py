"""What is packaged of asset analysis. Belongs here: reading its vocabularies in ``data``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.asset_vocabulary import AssetObject, AssetVocabulary
from refpipe.domain.colours import RGB, ColourNames


@cache
def packaged_colour_names() -> ColourNames:
    """The names of colours that refpipe knows, read once."""
    names = _read("colour_names")["names"]
    return ColourNames({name: [_rgb(shade) for shade in shades] for name, shades in names.items()})


@cache
def packaged_asset_vocabulary() -> AssetVocabulary:
    """What refpipe looks for in a picture of an asset, read once."""
    data = _read("asset_words")
    types = {AssetType(name): told for name, told in data["types"].items()}
    return AssetVocabulary(
        version=str(data["version"]),
        objects=tuple(
            AssetObject(name=name, kind=kind, words=tuple(each.get("words", ())), traits=tuple(each.get("traits", ())))
            for kind, told in types.items()
            for name, each in told["objects"].items()
        ),
        prompts={kind: tuple(told["prompts"]) for kind, told in types.items()},
        templates={kind: tuple(told["templates"]) for kind, told in types.items()},
    )


def _rgb(shade: str) -> RGB:
    red, green, blue = (int(shade[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _read(name: str) -> Any:
    return yaml.safe_load(files("refpipe").joinpath(f"data/{name}.yaml").read_text(encoding="utf-8"))

"""The price table. Belongs here: reading ``data/prices.yaml``, and the home's own over it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import yaml

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.pricing import PriceTable, TokenPrice


def price_table(home: Path | None = None) -> PriceTable:
    """The home's ``prices.yaml`` where there is one, else the packaged. Raises RefusedInputError naming the file."""
    own = home / "prices.yaml" if home is not None else None
    packaged = Path(str(files("refpipe").joinpath("data/prices.yaml")))
    path = own if own is not None and own.is_file() else packaged
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return PriceTable(
            as_of=str(data["as_of"]),
            tokens={
                str(model): TokenPrice(input_usd=float(told["input_usd"]), output_usd=float(told["output_usd"]))
                for model, told in data["tokens"].items()
            },
            asset_analysis_usd=float(data["asset_analysis_usd"]),
        )
    except OSError as error:
        raise RefusedInputError(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        words = " ".join(str(error).split())
        raise RefusedInputError(f"is no price table: {type(error).__name__}: {words}", source=str(path)) from None

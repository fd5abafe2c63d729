"""The analysis service's program with an extractor that sees colours only: up without loading a model's libraries."""

from __future__ import annotations

import argparse

from refpipe.api.engine import AnalysisParts
from refpipe.api.serving import load_parts, serve
from refpipe.settings import load_settings
from refpipe.wiring import Wiring
from refpipe_tests.fakes.colour_extractor import ColourExtractor


def load(wiring: Wiring) -> AnalysisParts:
    """The home's parts, but for the extractor."""
    wiring.feature_extractor = ColourExtractor()
    return load_parts(wiring)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    raise SystemExit(serve(load_settings(), host=given.host, port=given.port, load=load))

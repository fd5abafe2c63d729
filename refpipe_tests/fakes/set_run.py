"""The run behind ``generate`` without Dagster and renderer: the same lines on stdout, the same services and stores.

REFPIPE_TEST_FAIL names shots that fail; REFPIPE_TEST_SLOW_S is the time that each shot takes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from typing import Any

from refpipe.backends.previs.generator import REVISION
from refpipe.domain.errors import RefpipeError
from refpipe.domain.generation import ImageRequest, Size
from refpipe.domain.keys import CharacterKey
from refpipe.services.choose_shots import choose_shots
from refpipe.wiring import Wiring
from refpipe_tests.fakes.image_generator import DrawingGenerator


def tell(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def take_time(request: ImageRequest) -> None:
    del request
    time.sleep(float(os.environ.get("REFPIPE_TEST_SLOW_S", "0")))


def make(key: CharacterKey, slugs: list[str], seed: int | None, size: Size) -> bool:
    failing = tuple(os.environ.get("REFPIPE_TEST_FAIL", "").split(","))
    counts: Counter[str] = Counter()
    # under the name of the generator that it stands in for: what is made is what the settings ask for
    drawing = DrawingGenerator(failing=failing, break_on=take_time, name="previs", revision=REVISION)
    with Wiring(generator=drawing) as wiring:
        shots = choose_shots(key.owner, slugs=slugs, database=wiring.database)
        tell("started", run_id="run-1", total=len(shots))
        for outcome in wiring.build_reference_set()(key, shots, seed=seed, size=size):
            counts[outcome.result.value] += 1
            tell("shot", shot=outcome.shot, outcome=outcome.result.value, reason=outcome.reason)
        wiring.draw_contact_sheet()(key)
    is_success = not counts["failed"]
    tell("finished", success=is_success, **{name: counts[name] for name in ("generated", "from_ledger", "failed")})
    return is_success


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("--character", "--shots", "--size"):
        parser.add_argument(name)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    sys.stderr.write("a word for the log\n")
    try:
        size = Size.parse(given.size) if given.size else Size(32, 48)
        return 0 if make(CharacterKey.parse(given.character), given.shots.split(","), given.seed, size) else 1
    except RefpipeError as error:
        tell("error", code=error.code, message=str(error))
        return 1


if __name__ == "__main__":
    raise SystemExit(main())

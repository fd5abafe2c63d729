"""What loading the body model leaves undone, and that it stays available to others."""

from __future__ import annotations

import subprocess
import sys

LOAD = """
import sys
from refpipe.backends.previs.anatomy import anatomy
anatomy()
print("torch._dynamo" in sys.modules)
import torch
torch._dynamo.disable(len)
print("torch._dynamo" in sys.modules)
"""
LOAD_AFTER_THE_COMPILER = """
import torch._dynamo
there = torch._dynamo
from refpipe.backends.previs.anatomy import anatomy
anatomy()
print(torch._dynamo is there)
"""


def run(code: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_the_body_model_loads_without_torchs_compiler_which_others_still_get() -> None:
    assert run(LOAD) == ["False", "True"]


def test_a_compiler_that_is_loaded_already_stays() -> None:
    assert run(LOAD_AFTER_THE_COMPILER) == ["True"]

"""What the wheel ships: refpipe and its data, not the tests beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from setuptools import find_namespace_packages

ROOT = Path(__file__).parents[1]


def test_only_refpipe_is_packed() -> None:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    packed = find_namespace_packages(str(ROOT), include=found["include"])
    assert {name.partition(".")[0] for name in packed} == {"refpipe"}
    modules = {path.parent.relative_to(ROOT) for path in (ROOT / "refpipe").rglob("*.py")}
    assert {str(module).replace("/", ".") for module in modules} <= set(packed)

"""The machine that a benchmark ran on, and medians with their spread. Belongs here: what every table needs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median


def described() -> str:
    """Cores, processor, Python, and how busy the machine was before."""
    cpu = next((line.split(":", 1)[1].strip() for line in _cpu_lines() if line.startswith("model name")), "")
    return (
        f"{os.cpu_count()} cores, {cpu or platform.processor()}; Python {platform.python_version()}. "
        f"Load before: {os.getloadavg()[0]:.1f}."
    )


def spread(values: Sequence[float]) -> str:
    """``median (least – most)``."""
    return f"{median(values):.2f} ({min(values):.2f} – {max(values):.2f})"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

"""Processes as holders of claims: named so that no other is mistaken for them, and known to be gone.

Belongs here: a process's name across machines and restarts. Does not: leases, what is held.

The name holds the machine's boot, the process-number space (a container has its own), the process number and
when the process began. Of another boot or space nothing is known from here; its lease has to run out.
"""

from __future__ import annotations

import os
import socket
from functools import cached_property
from pathlib import Path
from uuid import uuid4

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SPACE = Path("/proc/self/ns/pid")
_DEAD = ("Z", "X")


class ProcessHolders:
    """See the port ``Holders``."""

    @cached_property
    def me(self) -> str:
        """``place.process number.start``, the same for as long as this process lives."""
        return f"{_place()}.{os.getpid()}.{_began(os.getpid()) or uuid4().hex}"

    def is_gone(self, holder: str) -> bool:
        """Whether that process has surely ended; False for any of another place."""
        place, number, began = holder.rsplit(".", 2) if holder.count(".") >= 2 else ("", "", "")
        return place == _place() and number.isdecimal() and _began(int(number)) != began


def _place() -> str:
    """Where process numbers mean what they mean here."""
    try:
        return f"{socket.gethostname()}.{_BOOT.read_text().strip()[:8]}.{_SPACE.stat().st_ino}"
    except OSError:  # no such files on this system: no process but this one can be told from here
        return f"{socket.gethostname()}.{uuid4().hex}"


def _began(number: int) -> str:
    """When the process began, in the kernel's own count; empty when there is none, or it is dead and not buried."""
    try:
        told = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return ""
    # the name in parentheses may hold anything; state is the first field after it, the start the twentieth
    fields = told.rpartition(")")[2].split()
    return "" if fields[0] in _DEAD else fields[19]

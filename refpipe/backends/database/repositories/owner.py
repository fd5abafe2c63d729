"""Whose rows a repository works on.

Belongs here: the owner as repositories are given it. Does not: how owners log in.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner's row and slug."""

    id: UUID
    slug: str

"""Seeds: the same set asked for again is the same set.

Belongs here: how seeds follow from names and from one another. Does not: what a generator does with one.
"""

from __future__ import annotations

import hashlib

MAX_SEED = 2**31 - 1


def character_seed(owner: str, character: str) -> int:
    """The seed of a character's sets when none is asked for, 0–2³¹−1; outfits share it, so that they match."""
    return _seed_from(f"{owner}.{character}")


def shot_seed(set_seed: int, shot: str) -> int:
    """The seed of one shot of a set, 0–2³¹−1: always the same for the same set and shot."""
    return _seed_from(f"{set_seed}/{shot}")


def attempt_seed(shot_seed: int, attempt: int) -> int:
    """The seed of a further attempt at a shot, 0–2³¹−1; the first attempt (1) keeps the shot's own."""
    return shot_seed if attempt == 1 else _seed_from(f"{shot_seed}#{attempt}")


def _seed_from(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & MAX_SEED

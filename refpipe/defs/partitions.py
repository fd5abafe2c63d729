"""Partitions and the keys that name them. Belongs here: how a key or a range is made and read, nothing that runs.

A cell is one character in one outfit for one reference shot. Shots stand in the library's order, so
that each of its sets but the turnaround is one unbroken range.
"""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    EXTERNALLY_MANAGED_ASSETS_TAG,
    MULTIDIMENSIONAL_PARTITION_PREFIX,
    PARTITION_NAME_TAG,
)

from refpipe.backends.shot_library import packaged_shots

CHARACTER = "character"
SHOT = "shot"
CHARACTERS_NAME = "characters"
CHARACTER_TAG = "refpipe/character"
"""For the list of runs, which shows no ranges."""

SHOT_SLUGS: tuple[str, ...] = tuple(shot.slug for shot in packaged_shots() if shot.active)

characters = dg.DynamicPartitionsDefinition(name=CHARACTERS_NAME)
shots = dg.StaticPartitionsDefinition(list(SHOT_SLUGS))
cells = dg.MultiPartitionsDefinition({CHARACTER: characters, SHOT: shots})


def cell_key(character: str, shot: str) -> dg.MultiPartitionKey:
    """The partition key of one cell."""
    return dg.MultiPartitionKey({CHARACTER: character, SHOT: shot})


def cell_tags(key: dg.MultiPartitionKey) -> dict[str, str]:
    """The dimensions of a cell as event tags: without them a logged event is invisible to queries by dimension."""
    return {f"{MULTIDIMENSIONAL_PARTITION_PREFIX}{name}": part for name, part in key.keys_by_dimension.items()}


def shots_by_character(keys: Iterable[str], only: Sequence[str] = ()) -> dict[str, list[str]]:
    """Character → its shots among the cells, in their order; all of them, or those that ``only`` names."""
    wanted = frozenset(only)
    found: dict[str, list[str]] = {}
    for key in keys:
        character, _, shot = key.partition("|")
        if not wanted or shot in wanted:
            found.setdefault(character, []).append(shot)
    return found


def range_tags(character: str, wanted: Sequence[str] = SHOT_SLUGS) -> dict[str, str]:
    """Run tags for the shortest unbroken range of a character's cells that holds the wanted shots.

    Raises ValueError for a shot that the library does not have, or for none at all.
    """
    places = [SHOT_SLUGS.index(shot) for shot in wanted]
    # a reversed range would silently be empty, so the ends are taken from the places, not from the order given
    first, last = SHOT_SLUGS[min(places)], SHOT_SLUGS[max(places)]
    return {
        ASSET_PARTITION_RANGE_START_TAG: cell_key(character, first),
        ASSET_PARTITION_RANGE_END_TAG: cell_key(character, last),
        CHARACTER_TAG: character,
    }


def narrowed_tags(character: str, wanted: Sequence[str]) -> dict[str, str]:
    """Run tags for a run whose config names exactly the wanted shots.

    Dagster would plan every cell of the range that spans them, and a run that fails would turn the others red.
    """
    return {**range_tags(character, wanted), EXTERNALLY_MANAGED_ASSETS_TAG: "true"}


def character_tags(character: str) -> dict[str, str]:
    """Run tags for one character's set."""
    return {PARTITION_NAME_TAG: character}


def character_of_cell(key: str) -> str:
    """The character of a cell's or a character's own partition key."""
    return key.partition("|")[0]


def parts_of_cell(key: str) -> tuple[str, str]:
    """Character and shot of a cell's partition key."""
    character, _, shot = key.partition("|")
    return character, shot


def characters_of_run(tags: Mapping[str, str]) -> set[str]:
    """The characters that a run works on, as its tags tell."""
    named = (PARTITION_NAME_TAG, ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG)
    return {character_of_cell(tags[tag]) for tag in named if tag in tags}

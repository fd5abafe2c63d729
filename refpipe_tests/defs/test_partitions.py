"""Keys and ranges of cells."""

from __future__ import annotations

import pytest

from refpipe.defs.partitions import SHOT_SLUGS, cell_key, characters_of_run, range_tags, shots_by_character

JAX = "local.jax~default"
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def test_the_cells_shots_are_the_library_in_its_order() -> None:
    assert len(SHOT_SLUGS) == 33
    assert (SHOT_SLUGS[0], SHOT_SLUGS[-1]) == ("35mm_front_full", "35mm_right135_full")


def test_a_whole_character_is_the_range_from_the_first_shot_to_the_last() -> None:
    tags = range_tags(JAX)
    assert (tags[START], tags[END]) == (f"{JAX}|35mm_front_full", f"{JAX}|35mm_right135_full")


def test_shots_named_out_of_order_give_a_range_that_is_not_reversed() -> None:
    tags = range_tags(JAX, ["50mm_front_cu", "35mm_front_full"])
    assert (tags[START], tags[END]) == (f"{JAX}|35mm_front_full", f"{JAX}|50mm_front_cu")


def test_a_shot_that_the_library_does_not_have_has_no_range() -> None:
    with pytest.raises(ValueError, match="not in"):
        range_tags(JAX, ["99mm_from_the_moon"])


def test_cells_are_told_apart_by_character_and_may_be_narrowed() -> None:
    keys = [cell_key(who, shot) for who in (JAX, "local.zed~default") for shot in SHOT_SLUGS[:2]]
    assert shots_by_character(keys) == {JAX: list(SHOT_SLUGS[:2]), "local.zed~default": list(SHOT_SLUGS[:2])}
    assert shots_by_character(keys, [SHOT_SLUGS[1]]) == {JAX: [SHOT_SLUGS[1]], "local.zed~default": [SHOT_SLUGS[1]]}


def test_a_runs_tags_tell_its_characters() -> None:
    assert characters_of_run(range_tags(JAX)) == {JAX}
    assert characters_of_run({"dagster/partition": f"{JAX}|50mm_front_cu"}) == {JAX}
    assert characters_of_run({"owner": "somebody"}) == set()

"""What is due: partitions in step with characters, contact sheets in step with pictures."""

from refpipe.domain.upkeep import partition_changes, sets_due

JAX, ZED, MIA = "local.jax~default", "local.zed~default", "studio.mia~default"


def test_a_new_character_gets_a_partition() -> None:
    changes = partition_changes({"local": {JAX, ZED}}, {JAX}, set(), set())
    assert changes.add == (ZED,)
    assert changes.remove == ()


def test_a_character_that_is_gone_loses_its_partition() -> None:
    assert partition_changes({"local": {JAX}}, {JAX, ZED}, set(), set()).remove == (ZED,)


def test_a_partition_with_a_run_in_flight_is_never_taken_away() -> None:
    assert partition_changes({"local": set()}, {JAX, ZED}, {ZED}, set()).remove == (JAX,)


def test_a_partition_with_pictures_keeps_its_history() -> None:
    assert partition_changes({"local": set()}, {JAX}, set(), {JAX}).remove == ()


def test_an_owner_that_could_not_be_read_loses_nothing() -> None:
    assert partition_changes({"local": {JAX}}, {JAX, MIA}, set(), set()).remove == ()
    assert partition_changes({}, {JAX, MIA}, set(), set()).remove == ()


def test_new_pictures_ask_for_a_contact_sheet_once() -> None:
    decided = sets_due({JAX: (11, 43)}, {}, set(), cursor=10)
    assert decided.due == ((JAX, 43),)
    assert decided.cursor == 43


def test_a_sheet_drawn_after_the_last_picture_is_not_drawn_again() -> None:
    decided = sets_due({JAX: (11, 43)}, {JAX: 44}, set(), cursor=10)
    assert decided.due == ()
    assert decided.cursor == 43


def test_a_sheet_older_than_the_last_picture_is_drawn_again() -> None:
    assert sets_due({JAX: (11, 43)}, {JAX: 20}, set(), cursor=10).due == ((JAX, 43),)


def test_a_character_whose_shots_are_being_made_waits_and_is_read_again() -> None:
    decided = sets_due({JAX: (11, 43), ZED: (20, 50)}, {}, {ZED}, cursor=10)
    assert decided.due == ((JAX, 43),)
    assert decided.cursor == 19


def test_nothing_new_leaves_the_cursor_where_it_was() -> None:
    decided = sets_due({}, {}, set(), cursor=10)
    assert decided.due == ()
    assert decided.cursor == 10

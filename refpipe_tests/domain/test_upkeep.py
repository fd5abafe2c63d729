"""What is due: partitions in step with characters, contact sheets in step with pictures."""

from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.upkeep import embeddings_due, masters_due, partition_changes, reviews_due, sets_due

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


def test_a_picture_without_a_review_is_asked_for_and_one_reviewed_since_is_not() -> None:
    made = {(JAX, "front"): (11, 11), (JAX, "back"): (13, 13)}
    decided = reviews_due(made, {(JAX, "front"): 12}, {}, set(), cursor=10)
    assert [(character, shots) for character, shots, _ in decided.due] == [(JAX, ("back",))]
    assert decided.cursor == 13


def test_a_picture_made_again_after_its_review_is_asked_for_again() -> None:
    decided = reviews_due({(JAX, "front"): (11, 15)}, {(JAX, "front"): 12}, {}, set(), cursor=10)
    assert [shots for _, shots, _ in decided.due] == [("front",)]


def test_rows_that_wait_are_asked_for_without_any_event_and_once_until_something_happens() -> None:
    first = reviews_due({}, {}, {JAX: {"front"}}, set(), cursor=10)
    again = reviews_due({}, {}, {JAX: {"front"}}, set(), cursor=first.cursor)
    after_a_review = reviews_due({}, {(ZED, "front"): 12}, {JAX: {"front"}}, set(), cursor=10)
    assert first.due == again.due
    assert first.due[0][2] != after_a_review.due[0][2]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, str]]:
    """What happens, in order: a picture is made, its review ends, a character becomes busy or free, or a tick."""
    happening = st.sampled_from(["made", "reviewed", "busy", "free", "tick"])
    return draw(st.lists(st.tuples(happening, st.sampled_from([JAX, ZED])), max_size=40))


@given(histories())
def test_no_picture_without_a_review_is_forgotten_whatever_the_order_of_events(history: list[tuple[str, str]]) -> None:
    cursor = 0
    made: dict[str, list[int]] = {JAX: [], ZED: []}
    reviewed: dict[str, int] = {}
    busy: set[str] = set()
    asked: dict[tuple[str, str], int] = {}

    def tick() -> None:
        nonlocal cursor
        fresh = {key: [each for each in events if each > cursor] for key, events in made.items()}
        decided = reviews_due(
            {(key, "front"): (events[0], events[-1]) for key, events in fresh.items() if events},
            {(key, "front"): at for key, at in reviewed.items() if at > cursor},
            {},
            busy,
            cursor=cursor,
        )
        for key, _, mark in decided.due:
            asked[(key, mark)] = made[key][-1]  # the same mark is launched once: it is the run's key
        assert decided.cursor >= cursor
        cursor = decided.cursor

    for event, (what, key) in enumerate(history, start=1):
        if what == "made":
            made[key].append(event)
        elif what == "reviewed" and made[key]:
            reviewed[key] = event
        elif what == "busy":
            busy.add(key)
        elif what == "free":
            busy.discard(key)
        else:
            tick()
    busy.clear()
    tick()

    for key, events in made.items():
        if events and events[-1] > reviewed.get(key, -1):
            assert events[-1] in [at for (name, _), at in asked.items() if name == key]


def test_accepted_pictures_without_a_vector_are_asked_for_once_a_character() -> None:
    given_on = [(11, JAX), (12, ZED), (14, JAX)]
    decided = embeddings_due(given_on, {JAX: {"front", "back"}}, set(), cursor=10)
    assert [(character, shots) for character, shots, _ in decided.due] == [(JAX, ("back", "front"))]
    assert decided.cursor == 14
    assert embeddings_due(given_on, {JAX: {"back", "front"}}, set(), cursor=14).due == decided.due


def test_what_a_broken_run_left_is_asked_for_under_another_mark() -> None:
    first = embeddings_due([(11, JAX)], {JAX: {"front", "back"}}, set(), cursor=10)
    rest = embeddings_due([(11, JAX)], {JAX: {"back"}}, set(), cursor=11)
    assert first.due[0][2] != rest.due[0][2]
    assert rest == embeddings_due([(11, JAX)], {JAX: {"back"}}, set(), cursor=11)


def test_a_busy_character_with_something_to_embed_holds_the_cursor_and_one_without_does_not() -> None:
    given_on = [(11, JAX), (12, ZED), (14, JAX)]
    held = embeddings_due(given_on, {JAX: {"front"}, ZED: {"front"}}, {JAX}, cursor=10)
    assert [character for character, _, _ in held.due] == [ZED]
    assert held.cursor == 10
    assert embeddings_due(given_on, {ZED: {"front"}}, {JAX}, cursor=10).cursor == 14


def test_verdicts_read_again_never_take_the_cursor_back() -> None:
    again = embeddings_due([(3, JAX), (9, ZED)], {JAX: {"front"}}, {JAX}, cursor=10)
    assert (again.due, again.cursor) == ((), 10)


OVERLAP = 10


class Embeddings:
    """A small world of accepted pictures, runs that embed them, and the sensor that asks for such runs."""

    def __init__(self) -> None:
        self.visible: list[tuple[int, str]] = []
        self.late: list[tuple[int, str]] = []
        self.waiting: dict[str, set[str]] = {JAX: set(), ZED: set()}
        self.busy: set[str] = set()
        self.launched: dict[tuple[str, str], tuple[str, ...]] = {}
        self.cursor = 0

    def happens(self, number: int, what: str, key: str) -> None:
        if self.late and number - self.late[0][0] >= OVERLAP - 1:
            self.commit()
        if what == "accepted late":
            self.late.append((number, key))
        elif what == "accepted":
            self.show(number, key)
        elif what == "embedded":
            self.waiting[key] -= {shot for (who, _), shots in self.launched.items() if who == key for shot in shots}
        elif what in {"busy", "free"}:
            (self.busy.add if what == "busy" else self.busy.discard)(key)
        elif what == "visible":
            self.commit()
        else:
            self.tick()

    def show(self, number: int, key: str) -> None:
        self.visible.append((number, key))
        self.waiting[key].add(f"shot {number}")

    def commit(self) -> None:
        for number, key in self.late:
            self.show(number, key)
        self.late.clear()

    def tick(self) -> None:
        judged = sorted(each for each in self.visible if each[0] > self.cursor - OVERLAP)
        decided = embeddings_due(judged, self.waiting, self.busy, cursor=self.cursor)
        for key, shots, mark in decided.due:
            self.launched.setdefault((key, mark), shots)  # it is the run's key: the same one is launched once
        assert decided.cursor >= self.cursor
        self.cursor = decided.cursor


@st.composite
def embedding_histories(draw: st.DrawFn) -> list[tuple[str, str]]:
    """A picture is accepted, its verdict becomes visible late, a run embeds, someone is busy or free, or a tick."""
    happening = st.sampled_from(["accepted", "accepted late", "visible", "embedded", "busy", "free", "tick"])
    return draw(st.lists(st.tuples(happening, st.sampled_from([JAX, ZED])), max_size=40))


@given(embedding_histories())
def test_no_accepted_picture_is_forgotten_whatever_the_order_of_events(history: list[tuple[str, str]]) -> None:
    world = Embeddings()
    for number, (what, key) in enumerate(history, start=1):
        world.happens(number, what, key)
    world.commit()
    world.busy.clear()
    world.tick()
    for key, shots in world.waiting.items():
        asked = {shot for (who, _), named in world.launched.items() if who == key for shot in named}
        assert shots <= asked


def test_a_new_master_is_shown_once_and_again_when_it_comes_back() -> None:
    first = masters_due({JAX: "a"}, {})
    assert first.due == ((JAX, 1),)
    assert masters_due({JAX: "a"}, first.known).due == ()
    second = masters_due({JAX: "b"}, first.known)
    third = masters_due({JAX: "a"}, second.known)
    assert (second.due, third.due) == (((JAX, 2),), ((JAX, 3),))


def test_a_character_whose_master_could_not_be_read_is_not_forgotten() -> None:
    known = masters_due({JAX: "a"}, {}).known
    assert masters_due({}, known).known == known

"""What is due: decisions taken from what was just read, for whatever looks in from time to time.

Belongs here: pure decisions of sensors and schedules. Does not: reading, launching, clocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from zlib import crc32

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.keys import CharacterKey


def keys_of(sheet: CharacterSheet) -> list[CharacterKey]:
    """One key for each outfit of the sheet, in wardrobe order."""
    return [CharacterKey(sheet.owner, sheet.slug, outfit.slug) for outfit in sheet.wardrobe]


@dataclass(frozen=True, slots=True)
class PartitionChanges:
    """Character keys to add to and to take from the partitions, each in order."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def partition_changes(
    wanted: Mapping[str, AbstractSet[str]],
    existing: AbstractSet[str],
    in_flight: AbstractSet[str],
    recorded: AbstractSet[str],
) -> PartitionChanges:
    """What brings the partitions in step with the characters that the database knows.

    ``wanted`` holds, for each owner that could be read, the keys there should be. An owner that is not
    named there could not be read: nothing of theirs is taken away. A key stays as long as a run works on
    it (``in_flight``) or anything was ever made for it (``recorded``): a worn-out outfit keeps its history.
    """
    all_wanted: set[str] = set().union(*wanted.values())
    surplus = {key for key in existing - all_wanted if key.partition(".")[0] in wanted}
    return PartitionChanges(
        add=tuple(sorted(all_wanted - existing)), remove=tuple(sorted(surplus - in_flight - recorded))
    )


@dataclass(frozen=True, slots=True)
class SetsDue:
    """Characters whose set is to be drawn again, with the event that asks for it, and where to read on.

    ``cursor`` is the last event that needs no second look.
    """

    due: tuple[tuple[str, int], ...] = ()
    cursor: int = 0


def sets_due(
    cells: Mapping[str, tuple[int, int]], drawn: Mapping[str, int], busy: AbstractSet[str], *, cursor: int
) -> SetsDue:
    """Which characters have a picture newer than their contact sheet.

    ``cells``: character → (first, last) event among those read after ``cursor``; ``drawn``: character →
    event of its last contact sheet; ``busy``: characters whose shots are being made right now. A busy
    character waits, and the cursor waits with it, so that its events are read again.
    """
    waiting = [first for key, (first, _) in cells.items() if key in busy]
    seen = max((last for _, last in cells.values()), default=cursor)
    due = tuple(
        (key, last) for key, (_, last) in sorted(cells.items()) if key not in busy and last > drawn.get(key, -1)
    )
    return SetsDue(due=due, cursor=min([seen, *(first - 1 for first in waiting)]))


@dataclass(frozen=True, slots=True)
class ReviewsDue:
    """Characters with the shots whose pictures are to be reviewed, a mark that tells one such need from the next,
    and where to read on.
    """

    due: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    cursor: int = 0


def reviews_due(
    made: Mapping[tuple[str, str], tuple[int, int]],
    reviewed: Mapping[tuple[str, str], int],
    waiting: Mapping[str, AbstractSet[str]],
    busy: AbstractSet[str],
    *,
    cursor: int,
) -> ReviewsDue:
    """Which pictures have no review yet, as events or as rows tell.

    ``made``: (character, shot) → (first, last) event of its pictures among those read after ``cursor``;
    ``reviewed``: the same cell → event of its last review; ``waiting``: character → shots whose rows wait for the
    gate (a new master, another scorer), whatever the events say; ``busy``: characters on whom a run works.

    A busy character waits, and the cursor waits with it. The mark changes with every picture and every review, so
    that a run that broke off without a single review is not asked for over and over.
    """
    seen = max((last for _, last in made.values()), default=cursor)
    held = [first for (character, _), (first, _) in made.items() if character in busy]
    wanted: dict[str, set[str]] = {character: set(shots) for character, shots in waiting.items() if shots}
    for (character, shot), (_, last) in made.items():
        if last > reviewed.get((character, shot), -1):
            wanted.setdefault(character, set()).add(shot)
    newest = max((*(last for _, last in made.values()), *reviewed.values()), default=cursor)
    due = tuple(
        (character, tuple(sorted(shots)), f"{newest}-{len(shots)}")
        for character, shots in sorted(wanted.items())
        if character not in busy
    )
    return ReviewsDue(due=due, cursor=min([seen, *(first - 1 for first in held)]))


def verdicts_to_show(given: Sequence[tuple[int, str]], busy: AbstractSet[str], *, cursor: int) -> int:
    """Up to which running number verdicts can be shown now, ``cursor`` where none can.

    ``given``: (number, character) in order. What a busy character's run judges it shows itself: from its first
    verdict on, all wait.
    """
    held = [number for number, character in given if character in busy]
    last = max((number for number, _ in given), default=cursor)
    return min([last, *(number - 1 for number in held)])


@dataclass(frozen=True, slots=True)
class EmbeddingsDue:
    """Characters with the shots whose pictures are to be embedded, a mark that tells one such need from the next, and
    up to which running number verdicts need no second look.
    """

    due: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    cursor: int = 0


def embeddings_due(
    judged: Sequence[tuple[int, str]],
    waiting: Mapping[str, AbstractSet[str]],
    busy: AbstractSet[str],
    *,
    cursor: int,
) -> EmbeddingsDue:
    """Which characters have accepted pictures without a vector, among those that verdicts were given on.

    ``judged``: (running number, character) in order, read from somewhat before ``cursor`` on, since a verdict may
    become visible after one with a higher number; ``waiting``: character → shots of accepted pictures without a
    vector; ``busy``: characters on whom a run works, or who cannot be asked for yet. These wait, and the cursor with
    them, but it never goes back: what lies before it is read again as long as it stands still.

    The mark changes with every verdict on the character and with what is missing, so that a run that broke off is
    followed by one for the rest, and one that got nowhere by none.
    """
    last = {character: number for number, character in judged}
    held = [number for number, character in judged if character in busy and waiting.get(character)]
    seen = max((number for number, _ in judged), default=cursor)
    due = tuple(
        (character, tuple(sorted(waiting[character])), f"{last[character]}-{_digest(waiting[character])}")
        for character in sorted(last)
        if character not in busy and waiting.get(character)
    )
    return EmbeddingsDue(due=due, cursor=max(cursor, min([seen, *(number - 1 for number in held)])))


def _digest(shots: AbstractSet[str]) -> str:
    return f"{crc32(','.join(sorted(shots)).encode()):08x}"


@dataclass(frozen=True, slots=True)
class MastersDue:
    """Characters whose master reference is to be shown again, each with how often it has changed; what is known now."""

    due: tuple[tuple[str, int], ...]
    known: Mapping[str, tuple[str, int]]


def masters_due(masters: Mapping[str, str], known: Mapping[str, tuple[str, int]]) -> MastersDue:
    """Which characters have another master reference than when last looked.

    ``masters``: character → the picture's hash; ``known``: what was returned the last time.
    """
    changed = {
        character: (sha256, known.get(character, ("", 0))[1] + 1)
        for character, sha256 in masters.items()
        if known.get(character, ("", 0))[0] != sha256
    }
    return MastersDue(
        due=tuple((character, times) for character, (_, times) in sorted(changed.items())), known={**known, **changed}
    )

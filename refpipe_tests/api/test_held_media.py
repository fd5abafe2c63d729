"""Uploads are held within a limit, and go when nobody asks for them."""

from __future__ import annotations

from refpipe.api.held_media import HeldMedia


def test_what_was_asked_for_longest_ago_makes_room_first() -> None:
    held = HeldMedia(most_bytes=10, held_for_s=100)
    held.hold("a", b"12345")
    held.hold("b", b"12345")
    assert held.get("a") is not None
    held.hold("c", b"1")
    assert (held.get("a"), held.get("b"), held.get("c")) == (b"12345", None, b"1")


def test_what_nobody_asks_for_is_forgotten() -> None:
    now = [0.0]
    held = HeldMedia(most_bytes=100, held_for_s=60, clock=lambda: now[0])
    held.hold("a", b"1")
    held.hold("b", b"2")
    now[0] = 50
    assert held.get("a") == b"1"
    now[0] = 70
    assert held.get("b") is None
    assert held.get("a") == b"1"


def test_the_same_twice_counts_once_and_too_much_is_not_held() -> None:
    held = HeldMedia(most_bytes=10, held_for_s=100)
    for _ in range(5):
        assert held.hold("a", b"123456")
    assert held.hold("b", b"1234")
    assert held.get("a") is not None
    assert not held.hold("c", b"12345678901")
    assert held.get("b") is not None

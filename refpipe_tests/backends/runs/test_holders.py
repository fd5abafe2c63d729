"""A process is known by a name that no other has, and only one that has surely ended is called gone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from refpipe.backends.runs.holders import ProcessHolders

SAY_NAME = "from refpipe.backends.runs.holders import ProcessHolders; print(ProcessHolders().me, flush=True); input()"


def test_a_process_is_there_while_it_lives_and_gone_when_it_was_killed_even_before_it_is_buried() -> None:
    holders = ProcessHolders()
    child = subprocess.Popen([sys.executable, "-c", SAY_NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    assert name != holders.me
    assert not holders.is_gone(name)
    child.kill()
    while not holders.is_gone(name):  # a killed child takes a moment to become a zombie
        assert child.returncode is None
    child.communicate()
    assert holders.is_gone(name)


def test_a_process_knows_itself_to_be_there() -> None:
    holders = ProcessHolders()
    assert holders.me == ProcessHolders().me
    assert not holders.is_gone(holders.me)


def test_another_process_with_the_same_number_is_not_mistaken_for_the_one_that_is_gone() -> None:
    holders = ProcessHolders()
    place, number, began = holders.me.rsplit(".", 2)
    assert holders.is_gone(f"{place}.{number}.{int(began) - 1}")


@pytest.mark.parametrize(
    "name", ["", "ada", "other-host.1234abcd.4026531836.77.123", "a.b.c", "..", "host.boot.ns.x.y"]
)
def test_of_other_machines_and_unknown_names_nothing_is_claimed(name: str) -> None:
    assert not ProcessHolders().is_gone(name)

"""`refpipe bench`: what there is to measure, and what is no benchmark."""

from __future__ import annotations

from refpipe_tests.bench.__main__ import available
from refpipe_tests.cli.conftest import Command


def test_without_a_name_all_benchmarks_are_listed_with_what_they_measure(command: Command) -> None:
    said = command("bench", "--json")
    assert said.code == 0, said.err
    told = {each["name"]: each["measures"] for each in said.document["benchmarks"]}
    assert list(told) == available()
    assert all(told.values())


def test_a_benchmark_that_fails_says_so_and_so_does_the_exit_code(command: Command) -> None:
    said = command("bench", "scene_search", "--json", REFPIPE_JUDGED_SPLIT="nothing-of-the-kind")
    (done,) = said.document["benchmarks"]
    assert (said.code, done["name"], done["failed"]) == (1, "scene_search", True)


def test_an_unknown_benchmark_is_refused_and_the_known_ones_are_named(command: Command) -> None:
    said = command("bench", "nonsense")
    assert said.code == 2
    assert "no such benchmark" in said.err
    assert "scene_search" in said.err

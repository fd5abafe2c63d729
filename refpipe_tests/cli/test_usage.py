"""Wrong usage and refused input: one clear line, code 2, clean stdout, nothing stored."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from refpipe_tests.cli.conftest import Command

GOOD = "slug: ada\nname: Ada\nwardrobe: [{garments: [{kind: shirt, colour: '#ffffff'}]}]\n"


def test_help_comes_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; began = time.perf_counter()\n"
        "from refpipe.cli import main\n"
        "assert main(['--help']) == 0\n"
        "took = time.perf_counter() - began\n"
        "heavy = {'torch', 'mitsuba', 'sqlalchemy', 'dagster', 'numpy', 'PIL', 'pydantic'} & set(sys.modules)\n"
        "sys.stderr.write(f'{took:.2f} {sorted(heavy)}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    took, _, heavy = done.stderr.partition(" ")
    assert heavy == "[]"
    assert float(took) < 2.0  # a third of a second alone; other tests run beside it


def test_wiring_is_made_without_loading_what_it_may_never_need(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from refpipe.wiring import Wiring\n"
        "Wiring().close()\n"
        "heavy = {'torch', 'mitsuba', 'sqlalchemy', 'dagster', 'PIL', 'obstore', 'psycopg'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("generate",),
        ("generate", "jax", "--nope"),
        ("generate", "jax", "--seed", "many"),
        ("generate", "jax", "--seed", "-1"),
        ("generate", "jax", "--set", "everything"),
        ("generate", "jax", "--size", "huge"),
        ("generate", "jax", "--size", "9x9"),
        ("generate", "jax", "--shots", ","),
        ("character", "add"),
        ("character", "add", "/no/such/sheet.yaml"),
        ("character", "add", "sample:nobody"),
        ("character", "master", "jax"),
        ("seed", "--set", "some"),
        ("legacy", "import", "/no/such/file.csv"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2_with_or_without_json(command: Command, arguments: tuple[str, ...]) -> None:
    plain, scripted = command(*arguments), command(*arguments, "--json")
    assert plain.code == scripted.code == 2
    assert plain.out == ""
    assert plain.err.startswith("error: ")
    assert plain.err.count("\n") == 1
    assert "Traceback" not in plain.err
    assert set(scripted.document["error"]) == {"code", "message", "faults"}
    assert scripted.document["error"]["message"] in scripted.err


SHEETS = {
    "broken": b"slug: [ada\n",
    "doubled": (GOOD + "name: Eve\n").encode(),
    "unknown": (GOOD + "hobby: chess\n").encode(),
    "range": (GOOD + "physical: {age_years: 400}\n").encode(),
    "empty": b"",
    "huge": b"# " + b"x" * 3_000_000,
    "encoding": "slug: ada\nname: Adaé\n".encode("latin-1"),
    "binary": bytes(range(256)) * 8,
}


@pytest.mark.parametrize(
    ("kind", "place", "reason"),
    [
        ("broken", "line 2", "is no YAML"),
        ("doubled", "line 4: name", "written twice"),
        ("unknown", "line 4: hobby", "no field of a character sheet"),
        ("range", "line 4: physical.age_years", "must be 100 or less"),
        ("empty", "", "is empty"),
        ("huge", "", "larger than 512 KiB"),
        ("encoding", "line 2", "not UTF-8"),
        ("binary", "", "binary"),
    ],
)
def test_a_bad_sheet_is_told_by_line_and_field_and_nothing_is_stored(
    command: Command, tmp_path: Path, kind: str, place: str, reason: str
) -> None:
    sheet = tmp_path / "sheet.yaml"
    sheet.write_bytes(SHEETS[kind])
    said = command("character", "add", sheet, "--json")
    assert said.code == 2
    assert "Traceback" not in said.err
    fault = said.document["error"]["faults"][0]
    assert place in (fault["field"] or "")
    assert reason in fault["reason"]
    assert "sheet.yaml" in said.err
    listed = command("character", "list", "--json")
    assert (listed.code, listed.document) == (0, [])


def test_every_fault_of_a_sheet_gets_a_line(command: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text(GOOD + "a: 1\nb: 2\n")
    said = command("character", "add", sheet)
    assert said.err.splitlines() == [
        "error: sheet.yaml: line 4: a: is no field of a character sheet",
        "error: sheet.yaml: line 5: b: is no field of a character sheet",
    ]


def test_bad_settings_are_named_and_keep_their_secrets(command: Command) -> None:
    said = command("status", "jax", REFPIPE_SIZE="enormous")
    assert (said.code, said.err) == (
        2,
        "error: settings: REFPIPE_SIZE: 'enormous' is no size: use full, small or WIDTHxHEIGHT, such as 832x1248\n",
    )
    said = command("status", "jax", REFPIPE_DATABASE_URL="mysql://me:hush@host/db")
    assert said.code == 2
    assert "hush" not in said.err + said.out


def test_another_profile_is_said_to_be_missing_and_never_replaced(command: Command) -> None:
    command("character", "add", "sample:jax")
    for variables in ({"REFPIPE_PROFILE": "hosted"}, {"REFPIPE_ROLES__REFERENCE_IMAGE": "gpu"}):
        said = command("generate", "jax", "--json", **variables)
        assert said.code == 1
        assert said.document["error"]["code"] == "not_set_up"
        assert "REFPIPE_ROLES__REFERENCE_IMAGE=previs" in said.err


def test_a_database_that_is_not_there_is_one_line_and_code_1(command: Command) -> None:
    said = command("status", "jax", "--json", REFPIPE_DATABASE_URL="postgresql://me:hush@127.0.0.1:1/none")
    assert said.code == 1
    assert json.loads(said.out)["error"]["code"] in {"not_set_up", "retryable_failure"}
    assert "hush" not in said.err
    assert "Traceback" not in said.err


def test_a_home_that_cannot_be_one_is_told_in_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the home should be")
    said = command("character", "add", "sample:jax", REFPIPE_DATABASE_URL="")
    assert said.code == 1
    assert said.err.count("\n") == 1


def test_an_unexpected_error_is_one_line_with_a_traceback_on_request(environment: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "from refpipe.services import report_status\n"
        "report_status.list_characters = lambda *_, **__: 1 / 0\n"
        "from refpipe.cli import main\n"
        "sys.exit(main(['character', 'list', '--json']))\n"
    )
    for variables, is_shown in (({}, False), ({"REFPIPE_TRACEBACK": "1"}, True)):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert json.loads(done.stdout)["error"]["code"] == "unexpected"
        assert "error: unexpected ZeroDivisionError: division by zero" in done.stderr
        assert ("Traceback" in done.stderr) is is_shown

"""``refpipe up`` and ``dagster dev`` on a whole home: work from the pages beside commands, and deaths.

Real pictures, very small ones, since the pages' runs take the generator that the settings name.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from refpipe.backends.runs.supervisor import free_port
from refpipe.defs.own_runs import open_instance
from refpipe_tests.cli.conftest import ROOT
from refpipe_tests.cli.whole_home import (
    WholeHome,
    finished,
    graphql,
    launch,
    said_plainly,
    status_of,
    stop_server,
    wait_until,
    whole_home,
)

# the pages' generator for commands as well: what one makes the other finds
SET_RUN = {"SET_RUN_MODULE": "refpipe.defs.set_run", "REFPIPE_LEDGER__TRIES_PER_SHOT": "1"}
ADA, SHOTS = "local.ada~default", ("35mm_front_full", "35mm_left35_three_quarter")
MORE = ("85mm_left90_mcu", "35mm_right135_full")


def range_of(first: str, last: str) -> dict[str, str]:
    ends = {"start": first, "end": last}
    return {f"dagster/asset_partition_range_{end}": f"{ADA}|{shot}" for end, shot in ends.items()}


@contextmanager
def up(home: WholeHome) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, ready, and the pages' address."""
    process = home.start("up", "--json", REFPIPE_WEB__DAGSTER_PORT="18650")
    assert process.stdout is not None
    told = json.loads("".join(process.stdout.readline() for _ in range(5)))
    try:
        yield process, told["dagster"]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=120)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def test_the_pages_beside_a_command_and_the_death_of_everything() -> None:
    with whole_home(None, **SET_RUN) as home:
        home.add("ada")
        assert home.run("generate", "ada", "--shots", MORE[0]).code in {0, 1}  # so small a picture may not pass
        with up(home) as (process, url):
            # one set asked for twice at once: by the pages, and by a command
            by_pages = launch(url, range_of(SHOTS[0], SHOTS[-1]))
            said = home.run("generate", "ada", "--shots", ",".join(SHOTS), "--json")
            assert said.code in {0, 1}, said.err
            assert said.document["generated"] + said.document["from_ledger"] == len(SHOTS)
            wait_until(lambda: status_of(url, by_pages) == "SUCCESS", "the pages' run ends well")
            generations = home.run("ledger", "list", "--json").document
            assert len(generations) >= len(SHOTS) + 1
            assert {(each["state"], each["attempt"]) for each in generations} == {("succeeded", 1)}

            # killed while a run of the pages is going on: no second daemon may be left on this home (a run in hand
            # may still finish by itself), and nothing waits for the dead
            orphan = launch(url, range_of(*MORE))
            wait_until((home.path / "dagster" / "claims" / f"{orphan}.lock").exists, "the run is at work")
            dagster = psutil.Process(process.pid).children()
            assert len(dagster) == 2
            process.kill()
            _, alive = psutil.wait_procs(dagster, timeout=60)
            assert [" ".join(each.cmdline()) for each in alive] == []
            home.kill_all()
            process.communicate()

        said = home.run("generate", "ada", "--shots", ",".join(SHOTS), "--json")
        assert said.code in {0, 1}, said.err
        assert said.document["from_ledger"] == len(SHOTS)
        from refpipe.backends.database.embedded import EmbeddedServer

        with EmbeddedServer.join(home.path / "postgres"), open_instance(home.path / "dagster") as instance:
            assert [run.run_id for run in instance.get_runs() if not run.is_finished] == []


def test_up_says_that_its_database_is_gone_and_takes_everything_down() -> None:
    with whole_home(None, **SET_RUN) as home, up(home) as (process, url):
        family = psutil.Process(process.pid).children(recursive=True)
        stop_server(home, signal.SIGKILL)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            # one of Dagster's programs that joined only then has started the server again: all goes on with it
            postmaster = home.path / "postgres" / "postmaster.pid"
            assert psutil.pid_exists(int(postmaster.read_text().splitlines()[0]))
            assert answers(url)
            return
        sentence = said_plainly(finished(process), 1)
        assert "the database did not answer" in sentence
        assert "run again" in sentence
        _, alive = psutil.wait_procs(family, timeout=10)
        assert [" ".join(each.cmdline()) for each in alive] == []
        with suppress(urllib.error.URLError):
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own address
            raise AssertionError("the pages still answer")


def test_dagster_dev_in_the_checkout_shows_the_assets_and_makes_one_cell(tmp_path: Path) -> None:
    with whole_home(None, **SET_RUN) as home:
        home.add("ada")
        port = free_port("127.0.0.1", 18660)
        command = [str(Path(sys.executable).with_name("dagster")), "dev", "-h", "127.0.0.1", "-p", str(port)]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                command, env=home.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(url), "the pages")
            nodes = graphql(url, "{ assetNodes { assetKey { path } } }")["assetNodes"]
            assert {"reference_shot", "character_set"} <= {node["assetKey"]["path"][0] for node in nodes}
            add = """mutation($key: String!) { addDynamicPartition(partitionsDefName: "characters", partitionKey: $key,
              repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "refpipe"}) {
              __typename } }"""
            assert graphql(url, add, key=ADA)["addDynamicPartition"]["__typename"] in {
                "AddDynamicPartitionSuccess",
                "DuplicateDynamicPartitionError",  # the sensor was quicker
            }
            cell = {"dagster/partition": f"{ADA}|{SHOTS[0]}"}
            cell |= {"dagster/partition/character": ADA, "dagster/partition/shot": SHOTS[0]}
            run = launch(url, cell)
            wait_until(lambda: status_of(url, run) in {"SUCCESS", "FAILURE"}, "the cell's run")
            assert status_of(url, run) == "SUCCESS", (tmp_path / "log").read_text()[-3000:]
            assert list(home.attempts("ada")) == [SHOTS[0]]
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=120)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False

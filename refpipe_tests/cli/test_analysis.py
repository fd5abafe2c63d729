"""``refpipe analysis serve``: comes up where a port is free, answers with a warm model, goes down when it is told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from refpipe_tests.api.conftest import png
from refpipe_tests.cli.conftest import ROOT, Command


def test_it_serves_beside_a_taken_port_and_stops_with_its_child(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "refpipe_tests.cli.program", "analysis", "serve", "--json", "--port", str(port)],
            env={**environment, "ANALYSIS_MODULE": "refpipe_tests.fakes.analysis_program"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        family = psutil.Process(process.pid)
        try:
            told = json.loads("".join(process.stdout.readline() for _ in range(5)))
            assert told["analysis"] != f"http://127.0.0.1:{port}"
            answer = httpx.post(f"{told['analysis']}/api/v1/analysis/extract-features", files={"picture": png(1)})
            assert answer.json()["model"]["name"] == "colours"
            children = family.children(recursive=True)
            os.kill(process.pid, signal.SIGTERM)
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0
            assert "stopped" in err
            assert "Traceback" not in err
            assert not psutil.wait_procs(children, timeout=5)[1]
            log = Path(told["log"]).read_text()
            assert "Traceback" not in log
            assert f"request {answer.headers['x-request-id']}: POST" in log
        finally:
            with suppress(psutil.NoSuchProcess):
                for each in [*family.children(recursive=True), family]:
                    each.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()


def test_a_model_that_cannot_be_loaded_ends_it_with_the_reason(command: Command, tmp_path: Path) -> None:
    said = command("analysis", "serve", REFPIPE_VISION__DINO=f"local-dir:{tmp_path / 'nothing'}")
    assert said.code == 1
    assert "holds no DINO model" in said.err
    assert "Traceback" not in said.err

"""A provider of pictures for real, in a file: paid jobs that outlive whoever asked for them, and faults to order.

The provider's side is an SQLite file that any number of processes share; a job once written is paid, whatever
becomes of the process that asked for it. ``JobGenerator`` is the client's side: both ports over that file.
"""

from __future__ import annotations

import os
import pickle
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from refpipe.domain.errors import NotCreatedError, PermanentFailureError, RateLimitedError
from refpipe.domain.generation import Capabilities, GeneratedImage, ImageRequest, ModelId
from refpipe_tests.fakes.image_generator import DrawingGenerator

PRICE_USD = 0.04


@dataclass(frozen=True, kw_only=True)
class Faults:
    """How often what goes wrong, as shares of calls; ``seed`` makes a sequence repeat.

    ``timeout``: the job is created, the answer is lost. ``error``: an answer that says nothing about it (HTTP
    500), nothing created. ``busy``: 429. ``unreachable``: no connection. ``die_before``, ``die_after``: the
    asking process is killed before or after the job is created. ``hidden_s``: a new job is found only after so
    long. ``fetch_error``: fetching fails this time. ``takes_s``: how long a job takes.
    """

    timeout: float = 0.0
    error: float = 0.0
    busy: float = 0.0
    unreachable: float = 0.0
    die_before: float = 0.0
    die_after: float = 0.0
    fetch_error: float = 0.0
    hidden_s: float = 0.0
    takes_s: float = 0.0
    seed: int | None = None


class JobGenerator:
    """Implements ImageGenerator and ProviderJobs; what it makes is paid for."""

    def __init__(
        self,
        path: Path,
        faults: Faults | None = None,
        *,
        looks_up_jobs: bool = True,
        refuses: tuple[str, ...] = (),
        max_concurrency: int = 1,
    ) -> None:
        self.faults = faults or Faults()
        self.is_out = False  # the provider answers nothing at all
        self._path = path
        self._refuses = refuses
        self._dice = random.Random(self.faults.seed)  # noqa: S311 - faults, not secrets
        self._looks_up_jobs, self._max_concurrency = looks_up_jobs, max_concurrency
        with self._jobs() as jobs:
            jobs.execute(
                "CREATE TABLE IF NOT EXISTS jobs "
                "(id TEXT PRIMARY KEY, mark TEXT, request BLOB, created REAL, found REAL)"
            )

    @property
    def capabilities(self) -> Capabilities:
        return replace(
            DrawingGenerator().capabilities,
            model=ModelId("hosted-drawing", "1"),
            price_usd=PRICE_USD,
            looks_up_jobs=self._looks_up_jobs,
            max_concurrency=self._max_concurrency,
        )

    def generate(self, request: ImageRequest) -> GeneratedImage:
        raise PermanentFailureError("pictures of this provider are jobs")

    def submit(self, request: ImageRequest, mark: str) -> str:
        faults = self.faults
        if self.is_out or self._happens(faults.unreachable):
            raise NotCreatedError("connection refused")
        if self._happens(faults.busy):
            raise RateLimitedError("too many requests", retry_after_s=0.01)
        if request.shot.slug in self._refuses:
            raise PermanentFailureError("the provider's filter refuses this")
        if self._happens(faults.error):
            raise OSError("HTTP 500")
        if self._happens(faults.die_before):
            os.kill(os.getpid(), signal.SIGKILL)
        job, now = uuid4().hex, time.time()
        with self._jobs() as jobs:
            jobs.execute(
                "INSERT INTO jobs VALUES (?, ?, ?, ?, ?)",
                (job, mark, pickle.dumps(request), now, now + faults.hidden_s),
            )
        if self._happens(faults.die_after):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._happens(faults.timeout):
            raise TimeoutError("no answer in time")
        return job

    def collect(self, provider_id: str) -> GeneratedImage:
        if self.is_out or self._happens(self.faults.fetch_error):
            raise ConnectionResetError("the connection broke off")
        with self._jobs() as jobs:
            row = jobs.execute("SELECT request, created FROM jobs WHERE id = ?", (provider_id,)).fetchone()
        if row is None:
            raise PermanentFailureError(f"there is no job {provider_id}")
        time.sleep(max(row[1] + self.faults.takes_s - time.time(), 0.0))
        return DrawingGenerator().generate(pickle.loads(row[0]))  # noqa: S301 - its own file

    def look_up(self, mark: str) -> str | None:
        if not self._looks_up_jobs:
            raise AssertionError("this provider cannot say what was created; its capabilities say so")
        if self.is_out or self._happens(self.faults.fetch_error):
            raise ConnectionResetError("the connection broke off")
        with self._jobs() as jobs:
            row = jobs.execute(
                "SELECT id FROM jobs WHERE mark = ? AND found <= ? ORDER BY created", (mark, time.time())
            ).fetchone()
        return None if row is None else str(row[0])

    def paid(self) -> dict[str, int]:
        """Mark → how many jobs were created, and paid, for it."""
        with self._jobs() as jobs:
            return dict(jobs.execute("SELECT mark, count(*) FROM jobs GROUP BY mark").fetchall())

    def forget(self) -> None:
        """Lose every job, as a provider does after some time."""
        with self._jobs() as jobs:
            jobs.execute("DELETE FROM jobs")

    def _happens(self, share: float) -> bool:
        return self._dice.random() < share

    @contextmanager
    def _jobs(self) -> Iterator[sqlite3.Connection]:
        opened = sqlite3.connect(self._path, timeout=30)
        try:
            with opened:
                yield opened
        finally:
            opened.close()

"""Workers that make the same sets at the same time on one database and are killed with -9, and the count afterwards.

Used by the tests in small and by the benchmark in large. Every process is real, so are Postgres, files and kills.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import uuid4

import psycopg

from refpipe.domain.generation import Capabilities, GeneratedImage, ImageRequest, Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ledger import InDoubtPolicy, LedgerTerms
from refpipe_tests.fakes.deadly import DeadlyBlobs, DeadlyDatabase, DeadlyGenerator, dies_at
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.fakes.job_provider import Faults, JobGenerator

KEY = CharacterKey("local", "jax", "street")
TERMS = LedgerTerms(lease_s=0.8, patience_s=20.0, settle_s=0.15, poll_s=0.03, pauses_s=(0.01, 0.02, 0.05, 0.1))
_GIVE_UP_AFTER = 200


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What every worker is told. ``sets`` is how many sets are made, one for each seed.

    ``paid``: by the provider of paid jobs in ``folder``, else by a free generator that takes ``takes_s`` and
    never gives the same bytes twice. ``sees_the_dead``: a holder that has died is known to be gone at once,
    else its lease has to run out. ``is_fenced`` and ``is_blind`` are for seeing the trial fail.
    """

    url: str
    folder: Path
    shots: Sequence[str]
    sets: int = 1
    is_paid: bool = False
    takes_s: float = 0.0
    faults: Faults = field(default_factory=Faults)
    sees_the_dead: bool = True
    is_fenced: bool = True
    is_blind: bool = False
    die_at: str | None = None
    die_after: int = 1


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What is found at the end. ``made`` has each fingerprint with how many pictures of it the gallery has had,
    ``paid`` with how many jobs were paid for it.
    """

    wanted: int
    kills: int
    seconds: float
    made: Mapping[str, int]
    paid: Mapping[str, int]
    states: Mapping[str, int]

    @property
    def twice_made(self) -> int:
        return sum(count > 1 for count in self.made.values())

    @property
    def twice_paid(self) -> int:
        return sum(count > 1 for count in self.paid.values())

    @property
    def lost(self) -> int:
        """Wanted and not there, or paid for and not there."""
        return self.wanted - len(self.made) + len(self.paid.keys() - self.made.keys())


class StampedGenerator:
    """Draws, taking its time, and never the same bytes twice: a picture that is made twice is seen to be."""

    def __init__(self, takes_s: float) -> None:
        self._drawing = DrawingGenerator()
        self._takes_s = takes_s

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._drawing.capabilities, max_concurrency=2)

    def generate(self, request: ImageRequest) -> GeneratedImage:
        from PIL import Image, PngImagePlugin

        time.sleep(self._takes_s)
        made = self._drawing.generate(request)
        stamp = PngImagePlugin.PngInfo()
        stamp.add_text("stamp", uuid4().hex)
        stamped = BytesIO()
        Image.open(BytesIO(made.picture_png)).save(stamped, "PNG", pnginfo=stamp)
        return replace(made, picture_png=stamped.getvalue())


def work(trial: Trial) -> None:
    """One worker: makes every set until nothing is missing. Runs in a process of its own."""
    from refpipe.backends.database.session import PostgresDatabase
    from refpipe.backends.runs.holders import ProcessHolders
    from refpipe.backends.shot_library import packaged_shots
    from refpipe.backends.storage import LocalBlobStore
    from refpipe.services.build_reference_set import BuildReferenceSet
    from refpipe.services.make_shot import ShotResult

    die = dies_at(trial.die_at, after=trial.die_after)
    generator = _generator(trial)
    build = BuildReferenceSet(
        database=DeadlyDatabase(PostgresDatabase(trial.url), die, is_fenced=trial.is_fenced),
        blobs=DeadlyBlobs(LocalBlobStore(trial.folder / "storage"), die),  # type: ignore[arg-type]
        generator=generator if trial.is_paid else DeadlyGenerator(generator, die),
        holders=ProcessHolders() if trial.sees_the_dead else _Anonymous(),
        size=Size(32, 48),
        terms=replace(TERMS, in_doubt=InDoubtPolicy.RESUBMIT if trial.is_blind else TERMS.in_doubt),
    )
    shots = [shot for shot in packaged_shots() if shot.slug in trial.shots]
    for _ in range(_GIVE_UP_AFTER):
        outcomes = [each for seed in range(trial.sets) for each in build(KEY, shots, seed=seed)]
        if all(each.result is not ShotResult.FAILED for each in outcomes):
            return
    raise AssertionError(f"still missing: {[each.reason for each in outcomes if each.reason][:3]}")


def run_trial(trial: Trial, *, workers: int, kills: int = 0, pause_s: tuple[float, float] = (0.0, 0.1)) -> Tally:
    """Let the workers work, kill one after another at random until ``kills`` are done, and count when all is made.

    A worker that was killed, by the trial or by itself, is started again without its ``die_at``.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["refpipe_tests.fakes.ledger_trial", *_PRELOADED])
    dice, began, killed = random.Random(7), time.monotonic(), 0  # noqa: S311 - moments, not secrets

    def start(told: Trial) -> BaseProcess:
        # every process meets other faults
        told = replace(told, faults=replace(told.faults, seed=dice.randrange(2**31)))
        process = context.Process(target=work, args=(told,), daemon=True)
        process.start()
        return process

    victims: set[BaseProcess] = set()
    running = [start(trial) for _ in range(workers)]
    again = replace(trial, die_at=None)
    while running:
        time.sleep(dice.uniform(*pause_s))
        if killed < kills:
            victim = dice.choice(running)
            victims.add(victim)
            killed += 1
            victim.kill()
        for place, process in enumerate(running):
            if process.is_alive():
                continue
            process.join()
            if process.exitcode not in {0, -9}:
                raise AssertionError(f"a worker ended with {process.exitcode}")
            killed += process.exitcode == -9 and process not in victims
            running[place] = start(again) if process.exitcode == -9 else process
        running = [process for process in running if process.is_alive() or process.exitcode == -9]
    return _tally(trial, killed, time.monotonic() - began)


_PRELOADED = (
    "refpipe.backends.database.session",
    "refpipe.backends.shot_library",
    "refpipe.backends.storage",
    "refpipe.services.build_reference_set",
    "PIL.PngImagePlugin",
)


class _Anonymous:
    """Knows of nobody whether they are gone."""

    def __init__(self) -> None:
        self.me = f"process {uuid4().hex}"

    def is_gone(self, holder: str) -> bool:
        return False


def _generator(trial: Trial) -> JobGenerator | StampedGenerator:
    if not trial.is_paid:
        return StampedGenerator(trial.takes_s)
    return JobGenerator(
        trial.folder / "provider.sqlite", trial.faults, looks_up_jobs=not trial.is_blind, max_concurrency=2
    )


def _tally(trial: Trial, killed: int, seconds: float) -> Tally:
    with psycopg.connect(trial.url) as connection:
        rows = connection.execute("SELECT fingerprint FROM image_attempts").fetchall()
        states = connection.execute("SELECT state, count(*) FROM generations GROUP BY state").fetchall()
    return Tally(
        wanted=trial.sets * len(trial.shots),
        kills=killed,
        seconds=seconds,
        made=Counter(fingerprint for (fingerprint,) in rows),
        paid=JobGenerator(trial.folder / "provider.sqlite").paid() if trial.is_paid else {},
        states=dict(states),
    )

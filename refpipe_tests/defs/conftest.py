"""A home with Postgres, a character and Dagster's instance, made once; each test takes a character of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import dagster as dg
import pytest

from refpipe.defs.assembly import build_definitions
from refpipe.defs.own_runs import open_instance
from refpipe.defs.partitions import CHARACTERS_NAME
from refpipe.defs.prepare_home import prepare_home
from refpipe.defs.studio import Studio
from refpipe.domain.characters import read_sheet
from refpipe.domain.keys import CharacterKey
from refpipe.wiring import Wiring
from refpipe_tests.fakes.image_generator import DrawingGenerator

_numbers = count(1)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """REFPIPE_HOME, for this process and those it starts."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFPIPE_HOME", str(path))
        patch.setenv("REFPIPE_SIZE", "128x192")
        patch.setenv("DAGSTER_HOME", str(path / "dagster"))
        yield path


@pytest.fixture(scope="session")
def wiring(home: Path) -> Iterator[Wiring]:
    with Wiring(generator=DrawingGenerator()) as opened:
        opened.seed_shots()
        yield opened


@pytest.fixture(scope="session")
def instance(wiring: Wiring) -> Iterator[dg.DagsterInstance]:
    prepared = prepare_home(wiring.settings, wiring.database_url)
    with open_instance(prepared.dagster_home) as opened:
        yield opened


@pytest.fixture
def character(wiring: Wiring, instance: dg.DagsterInstance) -> CharacterKey:
    """A character whom no other test knows, with a partition."""
    slug = f"jax-{next(_numbers)}"
    coat = {"kind": "coat", "colour": "#204060"}
    sheet = read_sheet({"slug": slug, "name": "Jax", "wardrobe": [{"slug": "default", "garments": [coat]}]})
    with wiring.database.transaction("local") as records:
        records.characters.save(sheet)
    key = CharacterKey("local", slug, "default")
    instance.add_dynamic_partitions(CHARACTERS_NAME, [str(key)])
    return key


DefinitionsWith = Callable[..., AbstractContextManager[dg.Definitions]]


@pytest.fixture
def definitions_with(wiring: Wiring) -> DefinitionsWith:
    """Definitions over a generator that draws at once and fails for the named shots."""

    @contextmanager
    def over(failing: Collection[str] = ()) -> Iterator[dg.Definitions]:
        with Wiring(wiring.settings, generator=DrawingGenerator(failing=tuple(failing))) as opened:
            yield build_definitions(resources={"studio": Studio(opened)})

    return over

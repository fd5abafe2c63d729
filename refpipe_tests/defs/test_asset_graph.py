"""The asset graph as Dagster sees it, and what loading it costs."""

from __future__ import annotations

import subprocess
import sys

from refpipe.definitions import defs
from refpipe_tests.defs.graph_snapshot import SNAPSHOT, describe

HEAVY = (
    "PIL",
    "alembic",
    "anny",
    "boto3",
    "cv2",
    "embreex",
    "mitsuba",
    "numpy",
    "obstore",
    "open_clip",
    "pyoidn",
    "psycopg",
    "safetensors",
    "scipy",
    "sqlalchemy",
    "timm",
    "torch",
    "torchvision",
    "transformers",
    "trimesh",
)


def test_the_asset_graph_is_the_committed_one() -> None:
    expected = SNAPSHOT.read_text(encoding="utf-8")
    assert describe(defs) == expected, "the graph changed: look at it, then `make graph-snapshot`"


def test_loading_the_location_imports_nothing_heavy() -> None:
    loaded = "import refpipe.definitions, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert set(HEAVY) & set(done.stdout.split()) == set()


def test_loading_the_location_warns_of_nothing_of_ours() -> None:
    # Dagster's own warnings about its dependencies are not ours to mend; previews and deprecations we use are
    done = subprocess.run(
        [sys.executable, "-c", "import refpipe.definitions"], capture_output=True, text=True, check=True
    )
    assert "refpipe/" not in done.stderr

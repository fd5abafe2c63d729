"""Resources: what assets and sensors are given. Belongs here: when things are opened and closed."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from refpipe.defs.studio import Studio
from refpipe.wiring import Wiring


class StudioResource(dg.ConfigurableResource[Studio]):
    """A studio on the home that the settings name. Nothing is opened before it is used; all is closed in the end."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:  # noqa: ARG002
        """The studio of one run or tick."""
        with Wiring() as wiring:
            yield Studio(wiring)

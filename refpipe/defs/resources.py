"""Resources: what assets and sensors are given. Belongs here: when things are opened and closed."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from refpipe.defs.run_claims import claim_for_life
from refpipe.defs.studio import Studio
from refpipe.wiring import Wiring


class StudioResource(dg.ConfigurableResource[Studio]):
    """A studio on the home that the settings name. Nothing is opened before it is used; all is closed in the end."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:
        """The studio of one run or tick."""
        with Wiring() as wiring:
            if context.run_id is not None:
                claim_for_life(wiring.settings.dagster_home, context.run_id)
            yield Studio(wiring)

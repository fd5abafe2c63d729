"""The one composition root: settings → stores → generator → services. Used by the three faces.

Belongs here: which implementation stands behind which port, and what is still to be set up. Does not:
any rule of the trade, any output.

Importing this package is cheap, and so is making a ``Wiring``: each part is built when it is first asked
for, and only then are its libraries imported.
"""

from __future__ import annotations

from refpipe.wiring.looking import Looking
from refpipe.wiring.roles import check_role


class Wiring(Looking):
    """refpipe's parts on one home. Use as a context: what was opened is closed on leaving.

    ``generator`` and ``text_image_model`` take the place of those that the settings name (tests, experiments).
    """


__all__ = ["Wiring", "check_role"]

"""Whether pictures of a size can be made at all, decided for a whole request before any work.

Belongs here: the limits of the generator and of the shots' framing, told in one sentence. Does not: reading sizes
(settings), framing itself (domain.framing).
"""

from __future__ import annotations

from collections.abc import Sequence

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.framing import can_hold
from refpipe.domain.generation import Capabilities, Size
from refpipe.domain.shots import ReferenceShot

_SHOTS_NAMED = 3


def check_picture_size(size: Size, shots: Sequence[ReferenceShot], able: Capabilities) -> None:
    """Raises RefusedInputError where the generator makes no such pictures or a shot does not fit the shape."""
    if able.sizes is not None and size not in able.sizes:
        known = ", ".join(map(str, able.sizes))
        raise RefusedInputError(f"{able.model} makes no pictures of {size}; it makes {known}", field="size")
    if max(size.width_px, size.height_px) > able.max_side_px:
        raise RefusedInputError(
            f"{size} is too large: {able.model.name} makes pictures of at most {able.max_side_px} pixels a side",
            field="size",
        )
    cut = [shot.slug for shot in shots if not can_hold(shot, size.aspect)]
    if cut:
        named = ", ".join(cut[:_SHOTS_NAMED]) + (f" and {len(cut) - _SHOTS_NAMED} more" if cut[_SHOTS_NAMED:] else "")
        shape = "wide" if size.width_px > size.height_px else "narrow"
        raise RefusedInputError(
            f"{size} is too {shape} for {named}: the camera would have to stand too far off;"
            " take a shape nearer to upright 2:3, or other shots",
            field="size",
        )

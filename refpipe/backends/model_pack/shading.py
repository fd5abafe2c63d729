"""What rays met, shaded in any light: cheap pictures beside the exposed ones, new ones each time they are looked at.

Belongs here: light on reflectance and normals, batch by batch. Does not: rendering, what is worn out of a picture
afterwards (wear).

No shadows fall and nothing shines; of what previs's renderer does only reflectance, direction and tone are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor

_SHOULDER = 0.62
"""As in previs's tone."""


def shaded(surface: Tensor, dice: Generator) -> Tensor:
    """sRGB pictures (n, 3, h, w) in 0..1 of surfaces (n, 7, h, w) in 0..1, each in a light of its own."""
    import torch

    count = len(surface)

    def lots(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand((count, *shape), generator=dice)

    coverage, albedo = surface[:, :1], linear(surface[:, 1:4])
    normals = torch.nn.functional.normalize(2 * surface[:, 4:] - 1, dim=1)
    light = lots(0.22, 0.55, 1, 1, 1) * _tint(lots(-0.06, 0.06, 1)) * (0.7 + 0.3 * normals[:, 1:2])
    for strength, aside, above, front in (
        (lots(0.25, 0.95, 1, 1, 1), 75.0, (5.0, 60.0), True),
        (lots(0.05, 0.45, 1, 1, 1), 40.0, (0.0, 40.0), True),
        (lots(0.0, 0.7, 1, 1, 1), 60.0, (10.0, 50.0), False),
    ):
        way = _way(lots(-aside, aside), lots(*above), is_front=front)
        facing = (normals * way[..., None, None]).sum(1, keepdim=True).clamp(min=0)
        light = light + strength * _tint(lots(-0.1, 0.1, 1)) * facing
    return printed(albedo * light + (1 - coverage) * _backdrop(surface, dice))


def _way(aside_deg: Tensor, above_deg: Tensor, *, is_front: bool) -> Tensor:
    """Unit vectors (n, 3) to lamps, in camera space: x right, y up, z to the viewer."""
    import torch

    across, up = torch.deg2rad(aside_deg), torch.deg2rad(above_deg)
    towards = torch.cos(across) if is_front else -torch.cos(across)
    return torch.stack([torch.sin(across) * torch.cos(up), torch.sin(up), towards * torch.cos(up)], dim=1)


def _tint(warm: Tensor) -> Tensor:
    """(n, 3, 1, 1) of (n, 1)."""
    import torch

    return (1 + torch.cat([warm, torch.zeros_like(warm), -warm], dim=1))[..., None, None]


def _backdrop(surface: Tensor, dice: Generator) -> Tensor:
    """Linear light of the backdrops (n, 3, h, w): half near previs's own grey, others any; a soft slope of light."""
    import torch

    count, _, height, width = surface.shape
    grey = torch.tensor([0.80, 0.775, 0.735]) * (0.55 + 0.45 * torch.rand((count, 1), generator=dice))
    other = torch.rand((count, 3), generator=dice) ** 1.5
    is_grey = torch.rand((count, 1), generator=dice) < 0.5
    colour = torch.where(is_grey, grey, other)[..., None, None]
    down = torch.linspace(-1, 1, height)[None, None, :, None]
    across = torch.linspace(-1, 1, width)[None, None, None, :]
    slope = 0.25 * (torch.rand((count, 2, 1, 1, 1), generator=dice) - 0.5)
    return colour * (1 + slope[:, 0] * down + slope[:, 1] * across)


def linear(srgb: Tensor) -> Tensor:
    """Linear light of sRGB values in 0..1. Source: IEC 61966-2-1."""
    import torch

    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0) + 0.055) / 1.055) ** 2.4)


def printed(light: Tensor) -> Tensor:
    """Tone as previs develops it: linear light to sRGB in 0..1."""
    import torch

    room = 1 - _SHOULDER
    over = (light - _SHOULDER).clamp(min=0)
    value = (light.clamp(max=_SHOULDER) + room * (1 - torch.exp(-over / room))).clamp(1e-6, 1)
    return torch.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)

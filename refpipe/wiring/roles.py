"""Which backend serves a role, and what this version has none for.

Belongs here: what is built. Does not: building it.
"""

from __future__ import annotations

from refpipe.domain.errors import NotSetUpError
from refpipe.domain.generation import Role
from refpipe.settings import Profile, Settings

NOT_BUILT_YET = {
    Profile.GPU: "pictures by diffusers on a GPU are not part of this version",
    Profile.HOSTED: "pictures by a hosted provider are not part of this version",
}
ROLES_BUILT = frozenset({Role.REFERENCE_IMAGE, Role.FEATURES, Role.ANALYSIS})
SERVED_BY = {
    Role.FEATURES: (Profile.PREVIS, Profile.GPU),
    Role.ANALYSIS: (Profile.PREVIS, Profile.GPU, Profile.HOSTED),
}
"""Profiles that a role has a backend for where it is not previs alone; models that see run on either machine."""


def check_role(settings: Settings, role: Role) -> Profile:
    """The profile that serves the role. Raises NotSetUpError where this version has no backend for it."""
    profile = settings.profile_of(role)
    if role not in ROLES_BUILT:
        raise NotSetUpError(
            f"{role.value} is not part of this version yet",
            remedy="This version makes and judges reference images, and looks at reference assets.",
        )
    if profile not in SERVED_BY.get(role, (Profile.PREVIS,)):
        name = f"REFPIPE_ROLES__{role.value.upper()}"
        raise NotSetUpError(
            f"{role.value} is set to the profile {profile.value}: {NOT_BUILT_YET[profile]}",
            remedy=f"Set {name}=previs (or leave REFPIPE_PROFILE at previs) for what is built in.",
        )
    return profile

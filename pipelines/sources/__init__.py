"""One file per vendor. A module here with a tuple `PROFILES` is a vendor that the door knows."""

import importlib
import pkgutil

from pipelines.door.profile import Profile


def all_profiles() -> tuple[Profile, ...]:
    """Every export that the door can recognise."""
    found: list[Profile] = []
    for module in pkgutil.iter_modules(__path__):
        found += importlib.import_module(f"{__name__}.{module.name}").PROFILES
    return tuple(found)

"""Settings read again while the server runs, on SIGHUP: what is taken, and what waits for the next start.

Mistakes change nothing: what held goes on to hold, and the log says what is wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from proxy.config import Settings
from proxy.config_errors import ConfigErrors, dotted
from proxy.config_shape import leaves
from proxy.keys import key_problems

logger = logging.getLogger(__name__)

TAKEN = (
    "render.block_loaders",
    "render.deadline_seconds",
    "render.svg_deadline_seconds",
    "render.address_space_bytes",
    "render.svg_address_space_bytes",
    "render.max_memory_bytes",
    "render.recycle_after",
    "security.keys",
)
"""The settings that a running server takes. For those of `render` its workers are replaced, one by one."""

Reread = Callable[[], Settings]
"""Reads the settings as they are now. Raises ConfigErrors."""


def reloaded(now: Settings, reread: Reread) -> Settings | None:
    """`now` with what can be taken of the settings as they are read again; None when that changes nothing.

    What was taken, what was not, and what is wrong is logged.
    """
    try:
        new = reread()
    except ConfigErrors as errors:
        logger.error("the settings are not reloaded: %d mistakes", len(errors.lines))
        for line in errors.lines:
            logger.error("%s", line)
        return None
    if problems := key_problems(new.security.keys):
        logger.error("the settings are not reloaded: %s", "; ".join(problems))
        return None
    changed = list(_changes(now, new))
    for key in changed:
        if key not in TAKEN:
            logger.warning("%s changed, which takes effect at the next start", key)
    taken = [key for key in TAKEN if key in changed or (key == "security.keys" and _in_files(new))]
    if now.security.signing != "off" and not new.security.keys:
        logger.error("security.keys stay as they were: none is left, and security.signing asks for one")
        taken = [key for key in taken if key != "security.keys"]
    logger.info("the settings are reloaded; changed: %s", ", ".join(taken) or "nothing")
    if not taken:
        return None
    return now.model_copy(update={name: _with(now, new, name, taken) for name in ("render", "security")})


def _with(now: Settings, new: Settings, section: str, taken: list[str]) -> object:
    """A section with what was taken of it."""
    update = {key.partition(".")[2]: _value(new, key) for key in taken if key.startswith(f"{section}.")}
    return getattr(now, section).model_copy(update=update)


def _in_files(settings: Settings) -> bool:
    """Whether keys lie in files, which may have become others under the same names."""
    return any(key.secret_file is not None for key in settings.security.keys)


def _changes(now: Settings, new: Settings) -> Iterator[str]:
    """The keys whose values differ."""
    for path in leaves(Settings):
        key = dotted(path)
        if _value(now, key) != _value(new, key):
            yield key


def _value(settings: Settings, key: str) -> object:
    """What stands under a key; None below what has no such part, as another kind of storage."""
    value: object = settings
    for name in key.split("."):
        value = getattr(value, name, None)
    return value

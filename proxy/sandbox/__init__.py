"""The walls around a render worker; `docs/security.md` says what stands behind each.

    rlimits    memory, CPU, descriptors, size of files        always
    landlock   files, TCP, signals                            where the kernel has it
    seccomp    sockets, programs, other processes, writing    where the kernel has it, on x86-64 and AArch64

Nothing here is needed for a render. Whatever the kernel lacks is done without, and told in `/-/ready`.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from proxy.sandbox import landlock, rlimits, seccomp
from proxy.sandbox.libc import give_up_privileges

LAYERS = ("rlimits", "landlock", "seccomp")

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_ROOT = Path(__file__).resolve().parent.parent.parent


def confine(readable: Iterable[str], *, address_space_bytes: int) -> tuple[str, ...]:
    """Give up, for good, all that rendering does not need; what holds from now on.

    `readable` are files and folders that may be read beside the libraries. To be called before anything heavy
    is loaded: a thread that runs already is not behind Landlock, and libvips starts threads early.
    """
    rlimits.lower(address_space_bytes=address_space_bytes)
    held = ["rlimits"]
    give_up_privileges()
    try:
        held.append(f"landlock:{landlock.restrict((*libraries(), *readable))}")
    except OSError as error:
        print(f"without landlock: {error.strerror}", file=sys.stderr)
    try:
        seccomp.install()
        held.append("seccomp")
    except OSError as error:
        print(f"without seccomp: {error.strerror}", file=sys.stderr)
    return tuple(held)


def lacking(held: Iterable[str]) -> tuple[str, ...]:
    """The layers that are not among `held`."""
    names = {layer.partition(":")[0] for layer in held}
    return tuple(layer for layer in LAYERS if layer not in names)


def libraries() -> tuple[str, ...]:
    """Where code lies that is loaded only when it is wanted: ours, Python's, and what was installed; and what
    fontconfig is told."""
    ours = _ROOT / "transforms"
    fonts = [os.environ[name] for name in ("FONTCONFIG_FILE", "FONTCONFIG_PATH") if os.environ.get(name)]
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    python |= {f"{sys.base_prefix}/lib"} | {path for path in sys.path if path != str(_ROOT)}
    return (str(ours), *fonts, *sorted(filter(None, python)), *_SYSTEM_LIBRARIES)

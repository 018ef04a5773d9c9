"""The servers of others, as `make bench-peers` installs them, on loopback over the same pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from benchmarks.server import HERE, Server, connects, free_port, on_cores, stop

MISSING = "not installed: make bench-peers"
_SYSTEM = "/usr/sbin"
"""Where servers are, and not in everybody's PATH."""
_START_SECONDS = 30.0
_ACCESS_LOG = "access_log {folder}/access.log;"

# Debian's own configuration, but for what a benchmark must have: connections are kept for longer than 1000
# requests, and one process works, as on our side.
_NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    types {{ image/jpeg jpg; }}
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    {access_log}
    client_body_temp_path {folder}/client;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_temp_path {folder}/proxy;
    proxy_cache_path {folder}/cache keys_zone=kept:10m max_size=1g;
    server {{
        listen {here}:{port};
        {location}
    }}
}}
"""
_STATIC = "root {root};"
_PROXY = """
        location / {{
            proxy_pass http://{here}:{upstream};
            proxy_cache kept;
            proxy_ignore_headers Cache-Control;
            proxy_cache_valid 200 1h;
        }}
"""
_THUMBOR = """
ALLOW_UNSAFE_URL = True
LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = {root!r}
STORAGE = "thumbor.storages.no_storage"
{settings}
"""


def folder() -> Path:
    """Where they are installed: CALOTYPE_PEERS, or calotype-peers in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("CALOTYPE_PEERS") or Path(cache) / "calotype-peers")


def program(peer: str) -> Path | None:
    """What is to be run for nginx, thumbor or ipx; None where it is not installed."""
    found = {
        "nginx": shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:{_SYSTEM}")
        or folder() / "nginx/usr/sbin/nginx",
        "thumbor": folder() / "thumbor/bin/thumbor",
        "ipx": folder() / "ipx/node_modules/.bin/ipx",
    }[peer]
    return Path(found) if Path(found).exists() else None


def versions() -> dict[str, str]:
    """The version of each peer, `absent` for one that is not installed."""
    return {peer: _version(peer) if program(peer) else "absent" for peer in ("nginx", "thumbor", "ipx")}


@contextlib.contextmanager
def nginx_static(
    scratch: Path, bodies: Mapping[str, bytes], *, log: bool = False, cores: Sequence[int] | None = None
) -> Iterator[Server]:
    """nginx over a folder of files, `bodies` by path, until the block ends."""
    for path, body in bodies.items():
        file = scratch / "root" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    with _nginx(scratch, _STATIC.format(root=scratch / "root"), log=log, cores=cores) as running:
        yield running


@contextlib.contextmanager
def nginx_cache(
    scratch: Path, upstream: Server, *, log: bool = False, cores: Sequence[int] | None = None
) -> Iterator[Server]:
    """nginx's proxy_cache in front of `upstream`, until the block ends."""
    location = _PROXY.format(here=HERE, upstream=upstream.port)
    with _nginx(scratch, location, log=log, cores=cores) as running:
        yield running


@contextlib.contextmanager
def thumbor(
    scratch: Path, originals: Path, settings: Mapping[str, object] = MappingProxyType({})
) -> Iterator[Server]:
    """thumbor over a folder of originals, keeping nothing, at its defaults but for `settings`."""
    told = "\n".join(f"{name} = {value!r}" for name, value in settings.items())
    config = scratch / "thumbor.conf"
    config.write_text(_THUMBOR.format(root=str(originals), settings=told))
    port = free_port()
    words = (str(_installed("thumbor")), "--ip", HERE, "--port", str(port), "--conf", str(config))
    with _running((*words, "--log-level", "error"), scratch, port) as running:
        yield running


@contextlib.contextmanager
def ipx(scratch: Path, originals: Path) -> Iterator[Server]:
    """IPX over a folder of originals, at its defaults; it keeps nothing."""
    port = free_port()
    words = (str(_installed("ipx")), "serve", "--dir", str(originals), "--port", str(port), "--host", HERE)
    with _running(words, scratch, port) as running:
        yield running


@contextlib.contextmanager
def _nginx(scratch: Path, location: str, *, log: bool, cores: Sequence[int] | None) -> Iterator[Server]:
    port = free_port()
    config = scratch / "nginx.conf"
    text = _NGINX.format(
        # Else its worker, as nobody, may not read a folder of root's.
        user="user root;" if os.geteuid() == 0 else "",
        access_log=_ACCESS_LOG.format(folder=scratch) if log else "access_log off;",
        folder=scratch,
        here=HERE,
        port=port,
        location=location,
    )
    config.write_text(text)
    words = (
        str(_installed("nginx")),
        "-p",
        str(scratch),
        "-e",
        str(scratch / "error.log"),
        "-c",
        str(config),
    )
    with _running(words, scratch, port, cores=cores) as running:
        yield running


@contextlib.contextmanager
def _running(
    words: Sequence[str], scratch: Path, port: int, *, cores: Sequence[int] | None = None
) -> Iterator[Server]:
    with (scratch / "output.log").open("wb") as output, on_cores(cores):
        process = subprocess.Popen(
            words, cwd=scratch, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait(process, port, scratch / "output.log")
        yield Server(process.pid, port)
    finally:
        stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if connects(port):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _installed(peer: str) -> Path:
    found = program(peer)
    if found is None:
        raise FileNotFoundError(f"{peer}: {MISSING}")
    return found


def _version(peer: str) -> str:
    """As the program tells it; the two others leave a file of that name where they are installed."""
    if peer == "nginx":
        told = subprocess.run((str(program(peer)), "-v"), capture_output=True, text=True, check=False).stderr
        return told.partition("/")[2].strip() or "present"
    named = (path.name for path in (folder() / peer).iterdir() if path.name[:1].isdigit())
    return next(named, "present")

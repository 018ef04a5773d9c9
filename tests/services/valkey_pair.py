"""A real Valkey with a replica, for failovers: the primary is killed or demoted, and the replica promoted."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from proxy.valkey import EmbeddedValkey

_SYNC_SECONDS = 20.0


@dataclass
class Pair:
    """Both as unix sockets; `primary` takes writes until a failover."""

    primary: str
    replica: str
    _primary_pid: int
    _ports: tuple[int, int]

    def demote(self) -> None:
        """The replica takes over, and the primary follows it: what is connected to it may only read."""
        self.promote()
        with Redis(unix_socket_path=self.primary) as client:
            client.execute_command("REPLICAOF", "127.0.0.1", str(self._ports[1]))

    def isolate(self) -> None:
        """The replica takes over, and the primary, which may only read now, hears nothing of it."""
        self.promote()
        with Redis(unix_socket_path=self.primary) as client:
            client.execute_command("REPLICAOF", "127.0.0.1", "1")

    def kill(self) -> None:
        """The primary is gone at once."""
        os.kill(self._primary_pid, signal.SIGKILL)

    def promote(self) -> None:
        with Redis(unix_socket_path=self.replica) as client:
            client.execute_command("REPLICAOF", "NO", "ONE")


@contextmanager
def valkey_pair(folder: Path) -> Iterator[Pair]:
    """Two servers, the second in step with the first."""
    servers = [EmbeddedValkey(folder / name, max_memory_bytes=64_000_000) for name in ("one", "two")]
    for server in servers:
        asyncio.run(server.start())
    try:
        sockets = [server.url.removeprefix("unix://") for server in servers]
        ports = tuple(_listen(path) for path in sockets)
        with Redis(unix_socket_path=sockets[1]) as replica:
            replica.execute_command("REPLICAOF", "127.0.0.1", str(ports[0]))
            _wait_until_in_step(replica)
        assert servers[0].pid is not None
        yield Pair(sockets[0], sockets[1], servers[0].pid, (ports[0], ports[1]))
    finally:
        for server in servers:
            asyncio.run(server.stop())


def _listen(path: str) -> int:
    """Have the server at that socket listen on a port of loopback, too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with Redis(unix_socket_path=path) as client:
        client.config_set("bind", "127.0.0.1")
        client.config_set("port", port)
    return port


def _wait_until_in_step(replica: Redis) -> None:
    deadline = time.monotonic() + _SYNC_SECONDS
    while replica.info("replication")["master_link_status"] != "up":
        if time.monotonic() > deadline:
            raise RuntimeError("the replica does not follow")
        time.sleep(0.05)

"""Everything that can be set, as one typed tree; `config.yaml` is its documented twin.

Each field is a key of the file, and `CALOTYPE_SECTION__KEY` in the environment. The text below a field is its
documentation: `docs/configuration.md` and the JSON schema are made of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from proxy.config_cache import Cache
from proxy.config_checks import transformation_problems
from proxy.config_delivery import Delivery
from proxy.config_fetch import Fetch
from proxy.config_hosting import Hosting
from proxy.config_limits import VariantLimits
from proxy.config_mounts import (
    AnyStorage,
    FilesystemStorage,
    Mount,
    S3Storage,
    distinct_mounts,
)
from proxy.config_purge import LogPurge, distinct_purges
from proxy.config_render import Render, cores
from proxy.config_security import Security
from proxy.config_sources import read_settings
from proxy.config_types import (
    Bytes,
    Count,
    DatabaseUrl,
    HttpUrl,
    Network,
    Port,
    PositiveCount,
    PositiveSeconds,
    RedisUrl,
    Seconds,
    Section,
)

__all__ = ["AnyStorage", "FilesystemStorage", "Mount", "S3Storage", "Settings", "load_settings"]


BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Server(Section):
    """The HTTP server."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for every one of this machine."""
    port: Port = 8080
    """The port to listen on."""
    workers: Count = 1
    """HTTP processes that share the port; 0 is one a core."""
    public_url: HttpUrl = ""
    """How the world reaches this server: `https://img.example.com`. Empty: http://host:port."""
    max_url_bytes: Annotated[int, Field(ge=256, le=65536)] = 4096
    """A longer request target is answered 414."""
    keepalive_seconds: Seconds = 75
    """How long an idle connection is kept."""
    header_timeout_seconds: PositiveSeconds = 10
    """How long the head of a request may take, from its first byte on, and that of the first one from the
    connection on."""
    max_connections: PositiveCount = 10_000
    """Connections of one HTTP process. One more, and the one that has been idle for longest is closed; when
    none is idle, the new one is answered 503. The limit of descriptors is raised to fit, as far as it may
    be."""
    slow_client_seconds: PositiveSeconds = 20
    """How long a client that is slow to take an answer, or to send a body, has for `slow_client_bytes`."""
    slow_client_bytes: PositiveCount = 10_000
    """A connection that moves fewer than these in `slow_client_seconds`, while the server waits for it, is
    cut."""
    short_way: bool = True
    """Answer again what was answered lately before it is parsed: a tenth of the work for a hit in memory."""
    drain_seconds: Seconds = 0.3
    """After SIGTERM /-/ready answers 503 for so long, while requests are still taken and asked to come back
    on another connection. Longer than a load balancer needs to see it."""
    shutdown_grace_seconds: Seconds = 30
    """How long requests in flight may take to finish after SIGTERM."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks of your load balancers and CDN, such as `10.0.0.0/8`. What they append to `X-Forwarded-For` is
    believed, from its end on; nobody else's is. It counts for `limits` only, and changes no picture."""

    @property
    def process_count(self) -> int:
        """HTTP processes to start."""
        return self.workers or cores()


class Origin(Section):
    """Reading originals."""

    max_bytes: Bytes = 50_000_000
    """A larger original is answered 413."""
    fetch_concurrency: PositiveCount = 32
    """Originals read at once, by one HTTP process."""
    timeout_seconds: PositiveSeconds = 10
    """How long one read may take."""
    recent_bytes: Bytes = 64_000_000
    """Originals just read that stay in memory, by one HTTP process, for the other sizes a page asks for."""


class Metadata(Section):
    """Where facts about originals lie."""

    url: DatabaseUrl = ""
    """`postgresql://user:password@host/name`. Empty: SQLite, `calotype.db` in `data_dir`."""
    lease_seconds: PositiveSeconds = 600
    """How long pictures are still served once the database does not answer, by what is known of them; then
    they are answered 503 until it does."""


class Redis(Section):
    """Shared cache, leases and queue."""

    url: RedisUrl = ""
    """`redis://host:6379/0`, `rediss://…` or `unix:///path`. Empty: a Valkey of our own, started and stopped
    with the server."""
    embedded_memory_bytes: Bytes = 256_000_000
    """Memory of that Valkey of our own."""
    timeout_seconds: PositiveSeconds = 0.05
    """How long one operation may take before the server goes on without."""
    pool_size: PositiveCount = 32
    """Connections of one HTTP process."""


class Log(Section):
    """Logs, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is written."""
    format: Literal["json", "text"] = "json"
    """`json`, one object a line; `text` for people."""
    access: bool = True
    """One line a request."""


class Metrics(Section):
    """Numbers for Prometheus, at /-/metrics."""

    enabled: bool = True
    """Count, and answer at /-/metrics."""
    buckets: Annotated[tuple[PositiveSeconds, ...], Field(min_length=1, max_length=32)] = BUCKETS
    """Upper bounds of the histograms, in seconds."""


class Settings(Section):
    """Everything that can be set."""

    data_dir: Path = Path("data")
    """Where the server keeps what is its own: the database, the embedded Valkey, and, if not set otherwise,
    originals and variants."""
    server: Server = Server()
    """The HTTP server."""
    mounts: Annotated[tuple[Mount, ...], Field(min_length=1), AfterValidator(distinct_mounts)] = (Mount(),)
    """Where originals lie: any folders and S3 buckets, as they stand.

    A second one could be:

      - prefix: press
        storage:
          kind: s3
          bucket: my-pictures
          endpoint_url: https://storage.example.com
        revalidate_seconds: 300
    """
    origin: Origin = Origin()
    """Reading originals."""
    fetch: Fetch = Fetch()
    """Originals that lie elsewhere on the web: `/fetch/<transformation>/<url>` and `l_fetch:`."""
    metadata: Metadata = Metadata()
    """Where facts about originals lie."""
    redis: Redis = Redis()
    """Shared cache, leases and queue."""
    cache: Cache = Cache()
    """Variants kept, and for how long."""
    render: Render = Render()
    """Making variants."""
    delivery: Delivery = Delivery()
    """What goes over the wire beside the pixels."""
    named_transformations: dict[str, str] = Field(default_factory=dict)
    """A name and its transformation: `thumb: c_fill,h_150,w_150` makes `t_thumb`."""
    security: Security = Security()
    """Who may have what rendered."""
    limits: VariantLimits = VariantLimits()
    """How many new variants may be asked for."""
    eager: tuple[str, ...] = ()
    """Transformations made of every original as soon as it is known, by `calotype worker`."""
    purge: Annotated[tuple[LogPurge, ...], AfterValidator(distinct_purges)] = ()
    """CDNs that are told when a picture is taken down or replaced. `kind: log` writes down what one would be
    told."""
    hosting: Hosting = Hosting()
    """Pictures that people send, under public ids of their own. Nobody can send any without a key."""
    log: Log = Log()
    """Logs, to standard error."""
    metrics: Metrics = Metrics()
    """Numbers for Prometheus, at /-/metrics."""

    @property
    def database_url(self) -> str:
        """`metadata.url` with the driver that we use, or SQLite in `data_dir`."""
        given = re.sub(r"^postgres(ql)?://", "postgresql+asyncpg://", self.metadata.url)
        return given or f"sqlite:///{self.data_dir / 'calotype.db'}"

    @property
    def resolved_mounts(self) -> tuple[Mount, ...]:
        """Every mount with its name, folder and `revalidate_seconds` made concrete; longest prefix first."""
        resolved = (
            mount.model_copy(
                update={
                    "name": mount.label,
                    "storage": self._with_folder(mount.storage, "originals"),
                    "revalidate_seconds": self.cache.fresh_seconds
                    if mount.revalidate_seconds is None
                    else mount.revalidate_seconds,
                }
            )
            for mount in self.mounts
        )
        return tuple(sorted(resolved, key=lambda mount: -len(mount.prefix)))

    @property
    def disk_folder(self) -> Path:
        """Where variants of this machine lie."""
        return self.cache.disk.path or self.data_dir / "disk"

    @property
    def derived_storage(self) -> AnyStorage:
        """Where variants are kept, with its folder made concrete."""
        return self._with_folder(self.cache.derived.storage, "derived")

    @property
    def hosting_storage(self) -> AnyStorage:
        """Where uploads are kept, with its folder made concrete."""
        return self._with_folder(self.hosting.storage, "hosted")

    @property
    def staging_folder(self) -> Path:
        """Where uploads lie on their way."""
        return self.hosting.staging or self.data_dir / "staging"

    @property
    def public_url(self) -> str:
        """How the world reaches this server, without a slash at the end."""
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return self.server.public_url.rstrip("/") or f"http://{host}:{self.server.port}"

    def _with_folder(self, storage: AnyStorage, name: str) -> AnyStorage:
        if isinstance(storage, S3Storage) or storage.path is not None:
            return storage
        return storage.model_copy(update={"path": self.data_dir / name})


def load_settings(path: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """The settings: environment over file over defaults.

    Without `path` the file is the one that CALOTYPE_CONFIG names, else `config.yaml` in the working folder if
    there is one, else none.

    Raises:
        ConfigErrors: everything that is wrong, each thing on a line of its own.
    """
    return read_settings(Settings, path, env, transformation_problems)

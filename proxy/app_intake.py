"""The part of the composition root that makes the way in for uploads from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from origin.fetch import Fetcher
from origin.hosting.intake import Intake
from origin.hosting.keyring import KeyRing
from origin.hosting.keys import KeyStore
from origin.hosting.sealing import Sealer
from origin.metadata.store import MetadataStore
from proxy.app_fetch import make_fetcher, make_gate
from proxy.config import Settings
from proxy.hosting.auth import Authenticator, UnsignedPreset
from proxy.hosting.bodies import Bodies
from proxy.hosting.configured import credentials, sealing_bytes
from proxy.hosting.examiner import Examiner
from proxy.hosting.remote import RemoteFiles
from proxy.hosting.stream import Pace
from proxy.renderer import RenderPool

_REMOTE_FILES = 4
"""Fetched at once for uploads, by one process: each is whole in memory."""


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """What the routes of the upload APIs need to take an upload."""

    intake: Intake
    bodies: Bodies
    authenticator: Authenticator
    examiner: Examiner
    keys: KeyStore
    remote: RemoteFiles

    def close(self) -> None:
        """Let go of threads."""
        self.remote.close()


def build_intake(settings: Settings, *, metadata: MetadataStore, pool: RenderPool) -> IntakeParts:
    """The parts, from the settings. Raises HostingKeyProblem and SealingKeyProblem."""
    hosting = settings.hosting
    store = make_key_store(settings, metadata)
    intake = Intake(
        staging=settings.staging_folder,
        max_bytes=hosting.max_upload_bytes,
        memory_bytes=hosting.memory_bytes,
        concurrency=hosting.concurrency,
        queue_seconds=hosting.queue_seconds,
    )
    remote = RemoteFiles(gate=make_gate(settings), fetcher=_fetcher(settings))
    return IntakeParts(
        intake=intake,
        bodies=Bodies(
            intake=intake,
            remote=remote,
            pace=Pace(hosting.min_bytes_per_second, hosting.stall_seconds),
        ),
        authenticator=Authenticator(
            keys=KeyRing(configured=credentials(hosting.keys), store=store),
            preset=lambda name: unsigned_preset(settings, name),
        ),
        examiner=Examiner(
            pool=pool,
            allowed=hosting.allowed_formats,
            keep_gps=hosting.keep_gps,
            at_once=settings.render.worker_count + 1,
            patience_seconds=hosting.queue_seconds,
        ),
        keys=store,
        remote=remote,
    )


def make_key_store(settings: Settings, metadata: MetadataStore) -> KeyStore:
    """The keys of the database. Raises SealingKeyProblem."""
    return KeyStore(metadata, make_sealer(settings))


def make_sealer(settings: Settings) -> Sealer:
    """What secrets in the database are sealed by. Raises SealingKeyProblem."""
    hosting = settings.hosting
    key = sealing_bytes(
        hosting.encryption_key.get_secret_value(),
        hosting.encryption_key_file,
        made=settings.data_dir / "hosting.key",
    )
    return Sealer(key)


def unsigned_preset(settings: Settings, name: str) -> UnsignedPreset | None:
    """An upload preset of the settings, as whoever has no key may know it."""
    preset = settings.hosting.presets.get(name)
    if preset is None:
        return None
    return UnsignedPreset(preset.unsigned, preset.owner or settings.hosting.default_owner)


def _fetcher(settings: Settings) -> Fetcher | None:
    return make_fetcher(settings, max_bytes=settings.hosting.max_upload_bytes, concurrency=_REMOTE_FILES)

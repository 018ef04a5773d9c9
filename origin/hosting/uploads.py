"""Uploads: steps 3 to 5 of the protocol that no acknowledged one is lost by.

3. Write the intent.
4. Read the object's row, and store the bytes under the epoch that follows from it, unless they are there.
5. In one transaction: if the row is as it was read, insert the picture, its reference and what has to be
   done; else go back to 4. Only then is there an answer.

A crash before leaves bytes without a row, or staging garbage; a sweep finds both.
"""

from __future__ import annotations

import asyncio
import secrets
import string
from collections.abc import Callable
from functools import partial
from hashlib import sha256

from sqlalchemy import delete, insert

from origin.errors import AssetNotFound, OriginalTooManyBytes, StorageContended
from origin.hosting import blobs, commits, rows
from origin.hosting.deletions import Published, tell_nobody
from origin.hosting.faultpoints import reach
from origin.hosting.making import Upload
from origin.hosting.model import Blob, Stored, Summary, Wanted
from origin.hosting.received import Received
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.metadata.tables import intents
from origin.storage.base import ObjectStorage, check_key
from transforms.formats import FORMATS

RANDOM_ID_LENGTH = 20
_ALPHABET = string.ascii_lowercase + string.digits
_MOST_ROUNDS = 20
"""Back to step 4; each time somebody else has got ahead."""


def random_public_id() -> str:
    """20 letters and digits: 103 bits, not to be guessed."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(RANDOM_ID_LENGTH))


class Uploads:
    """Keeps what was received.

    With `shared_blobs` all owners share the object of the same bytes; without, each has his own, and nobody
    learns by timing what others have. `published` is told of every picture that was overwritten.
    """

    def __init__(
        self,
        *,
        store: HostingStore,
        storage: ObjectStorage,
        shared_blobs: bool = True,
        intent_seconds: float = 3600.0,
        make_id: Callable[[], str] = random_public_id,
        published: Published = tell_nobody,
    ) -> None:
        self._store = store
        self._storage = storage
        self._shared_blobs = shared_blobs
        self._intent_seconds = intent_seconds
        self._make_id = make_id
        self._published = published

    async def keep(self, received: Received, summary: Summary, wanted: Wanted) -> Stored:
        """The picture, once it is safe: whatever dies afterwards, it is there.

        The same bytes of the same owner, who names no public id, are the picture he has already: no write, no
        job. Raises InvalidKey for an id that none can be, PublicIdTaken, KeyUsedOtherwise, AssetGone,
        StorageContended, MetadataUnavailable and what the storage raises.
        """
        if wanted.public_id is not None:
            check_key(wanted.public_id)
        check_key(f"{wanted.stem}x")
        await reach("upload.begun")
        known = await self._store.read(lambda t: self._known(t, received, wanted))
        if known is not None:
            return known
        upload_id = secrets.token_hex(16)
        await self._store.write(lambda t: self._intend(t, upload_id, received.content_hash))
        await reach("upload.intent_written")
        stored = await self._store_and_commit(received, summary, wanted, upload_id)
        await reach("upload.committed")
        if stored.receipt is not None:
            await self._published([stored.receipt])
        return stored

    async def _store_and_commit(
        self, received: Received, summary: Summary, wanted: Wanted, upload_id: str
    ) -> Stored:
        scope = self.scope_of(wanted.owner)
        for _ in range(_MOST_ROUNDS):
            read = await self._store.read(lambda t: blobs.read_row(t, received.content_hash, scope))
            await reach("upload.blob_read")
            blob = blobs.aim(read, content_hash=received.content_hash, scope=scope, size=received.size)
            await self._put(blob, received, summary)
            upload = Upload(
                received=received,
                summary=summary,
                wanted=wanted,
                public_id=wanted.public_id or wanted.stem + self._make_id(),
                blob=blob,
                read=read,
            )
            stored = await self._store.write(partial(self._commit, upload=upload, upload_id=upload_id))
            if stored is not None:
                return stored
        raise StorageContended(f"{received.content_hash}: others store and delete it all the time")

    def scope_of(self, owner: str) -> str:
        """Whose objects those of an owner are; empty where all share them."""
        return "" if self._shared_blobs else sha256(owner.encode()).hexdigest()[:16]

    async def _put(self, blob: Blob, received: Received, summary: Summary) -> None:
        """Step 4: the object is there afterwards, and is of these bytes."""
        known = FORMATS.get(summary.info.format)
        mime = known.mime if known is not None else None
        data = received.data if received.path is None else received.path
        assert data is not None
        new = await self._storage.write_new(
            blob.key, data, content_hash=received.content_hash, content_type=mime
        )
        await reach("upload.stored")
        if not new and not await self._holds(blob):
            # It was damaged. Whoever reads it meanwhile gets the right bytes or, as before, wrong ones.
            right = await asyncio.to_thread(received.read)
            await self._storage.write(blob.key, right, content_type=mime)
        await reach("upload.verified")

    async def _holds(self, blob: Blob) -> bool:
        """Whether the object that is there already is of the bytes that its key says."""
        try:
            data, _ = await self._storage.read(blob.key, max_bytes=blob.size)
        except (AssetNotFound, OriginalTooManyBytes):
            return False
        return sha256(data).hexdigest() == blob.content_hash

    def _known(self, transaction: Transaction, received: Received, wanted: Wanted) -> Stored | None:
        """What needs no write: a request that came again, or bytes that the owner has; refusals too."""
        before = commits.known_by_key(transaction, wanted)
        if before is None and wanted.public_id is not None:
            there = rows.find(transaction, wanted.public_id)
            commits.refuse_strangers(transaction, wanted.public_id, wanted.owner, there)
            before = there if there and not there.gone and not wanted.overwrite else None
        elif before is None:
            before = rows.find_twin(
                transaction,
                owner=wanted.owner,
                content_hash=received.content_hash,
                access_mode=wanted.access_mode,
                stem=wanted.stem,
            )
        return None if before is None else Stored(asset=before, created=False)

    def _intend(self, transaction: Transaction, upload_id: str, content_hash: str) -> None:
        values = {
            "upload_id": upload_id,
            "content_hash": content_hash,
            "expires_at": transaction.now + self._intent_seconds,
        }
        transaction.connection.execute(insert(intents).values(values))

    def _commit(self, transaction: Transaction, upload: Upload, upload_id: str) -> Stored | None:
        stored = commits.commit_upload(transaction, upload, self._store.times)
        if stored is not None:
            transaction.connection.execute(delete(intents).where(intents.c.upload_id == upload_id))
        return stored

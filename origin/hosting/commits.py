"""The steps that change a picture, each in one transaction, in which all that follows from it is written too.

Whatever shows other bytes than before, or shows less, moves the generation on, and leaves in the outbox:
purge now, purge again, collect the variants of generations that are past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from origin.errors import AssetGone, PublicIdTaken
from origin.hosting import album_rows, blobs, claims, delivered, receipts, rows
from origin.hosting.making import Upload, made, placeholder, said
from origin.hosting.model import NOTHING_SEEN, AssetState, HostedAsset, Job, Receipt, Stored, Wanted
from origin.hosting.outbox import BULK, URGENT, post, post_about
from origin.hosting.transaction import Transaction
from transforms.formats import by_extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long things take and are kept, in seconds."""

    purge_again_seconds: float = 90.0
    """The longest render, the longest answer under way, and what clocks differ by, together."""
    keep_blob_seconds: float = 86_400.0
    """How long an object is kept that nothing refers to."""
    idempotency_seconds: float = 86_400.0
    delete_token_seconds: float = 600.0


def commit_upload(transaction: Transaction, upload: Upload, times: Times) -> Stored | None:
    """Insert the picture; None when the object's row is no longer what it was, so that one has to look again.

    Raises PublicIdTaken, KeyUsedOtherwise and AssetGone.
    """
    wanted = upload.wanted
    if (known := known_by_key(transaction, wanted)) is not None:
        return Stored(asset=known, created=False)
    before = rows.find(transaction, upload.public_id, lock=True)
    refuse_strangers(transaction, upload.public_id, wanted.owner, before)
    if before is not None and not before.gone:
        if not wanted.overwrite:
            return Stored(asset=before, created=False)
        if _same_bytes(before, upload):
            return _restate(transaction, upload, before, times)
    if wanted.public_id is None:
        # Again, under the lock of the object's row: of many uploads of one file, one makes the picture.
        blobs.read_row(transaction, upload.blob.content_hash, upload.blob.scope, lock=True)
        if (twin := find_twin(transaction, upload)) is not None:
            return Stored(asset=twin, created=False)
    if not blobs.adopt(transaction, upload.blob, upload.read):
        return None
    return _insert(transaction, upload, before, times)


def refuse_strangers(
    transaction: Transaction, public_id: str, owner: str, before: HostedAsset | None
) -> None:
    """Raise PublicIdTaken where the id, or a URL that it would take over, is somebody else's.

    A deleted id stays its owner's: a link to what he showed must not come to show what another does.
    """
    stem, _, extension = public_id.rpartition(".")
    shadowed = rows.find(transaction, stem) if stem and by_extension(extension) is not None else None
    for other in (before, shadowed):
        if other is not None and other.owner != owner:
            raise PublicIdTaken(f"{public_id}: this public id belongs to another owner")


def find_twin(transaction: Transaction, upload: Upload) -> HostedAsset | None:
    """A picture of the same bytes that the same owner has already, shown to the same people."""
    return rows.find_twin(
        transaction,
        owner=upload.wanted.owner,
        content_hash=upload.received.content_hash,
        access_mode=upload.wanted.access_mode,
        stem=upload.wanted.stem,
    )


def take_down(
    transaction: Transaction,
    before: HostedAsset,
    times: Times,
    *,
    kind: str = "delete",
    state: AssetState = "deleted",
    reason: str = "",
) -> Receipt:
    """Make a tombstone of a picture; `before` was read with its row locked."""
    tombstone = replace(
        before,
        generation=before.generation + 1,
        state=state,
        summary=NOTHING_SEEN,
        original_filename=None,
        tags=(),
        context={},
        fields={},
        coordinates=None,
        findings={"moderation": before.findings["moderation"]} if "moderation" in before.findings else {},
        updated_at=transaction.now,
        deleted_at=transaction.now,
    )
    rows.write(transaction, tombstone, before)
    delivered.tell(transaction, tombstone, before)
    claims.drop_tokens(transaction, before.asset_id)
    album_rows.forget_picture(transaction, before.asset_id)
    receipt = receipts.write(transaction, kind, before, generation=tombstone.generation, reason=reason)
    _release(transaction, before, receipt, times)
    post_purges(transaction, before, receipt, times)
    return receipt


def change(
    transaction: Transaction, before: HostedAsset, after: HostedAsset, times: Times, *, reason: str = ""
) -> tuple[HostedAsset, Receipt | None]:
    """Write what was changed of a picture but its bytes. Where other people may see it than before, its
    generation moves on; where fewer, there is a receipt."""
    shown_otherwise = (before.state, before.access_mode) != (after.state, after.access_mode)
    generation = before.generation + (1 if shown_otherwise else 0)
    after = replace(after, generation=generation, updated_at=transaction.now)
    rows.write(transaction, after, before)
    delivered.tell(transaction, after, before)
    if not shown_otherwise:
        if before.context != after.context:
            # Where pages of albums have what they say beside the picture.
            album_rows.tell_albums(transaction, after.asset_id)
        return after, None
    if not (before.state == "live" and before.access_mode == "public"):
        # The 404 or 401 that was answered until now.
        post_about(transaction, after, Job(kind="purge", priority=URGENT))
        album_rows.tell_albums(transaction, after.asset_id)
        return after, None
    receipt = receipts.write(transaction, "restrict", before, generation=generation, reason=reason)
    post_purges(transaction, before, receipt, times)
    return after, receipt


def rename(
    transaction: Transaction, before: HostedAsset, public_id: str, times: Times
) -> tuple[HostedAsset, Receipt]:
    """Give a picture another id; what lay under that one was taken down before.

    A placeholder keeps the old one, so that its generation never goes back. Raises PublicIdTaken.
    """
    target = rows.find(transaction, public_id, lock=True)
    refuse_strangers(transaction, public_id, before.owner, target)
    if target is not None:
        rows.drop(transaction, target)
    generation = max(before.generation, target.generation if target else 0) + 1
    version = max(int(transaction.now), before.version + 1, target.version + 1 if target else 0)
    after = replace(
        before, public_id=public_id, generation=generation, version=version, updated_at=transaction.now
    )
    rows.write(transaction, after, before)
    rows.write(transaction, placeholder(before, transaction.now), None)
    delivered.tell(transaction, after, before)
    receipt = receipts.write(transaction, "rename", before, generation=generation, reason="")
    post_purges(transaction, before, receipt, times)
    # The 404 or 410 that was answered under the new id so far.
    post_about(transaction, after, Job(kind="purge", priority=URGENT))
    return after, receipt


def post_purges(transaction: Transaction, gone: HostedAsset, receipt: Receipt, times: Times) -> None:
    """Write down what has to follow when a picture is no longer shown as it was."""
    payload = {
        "receipt_id": receipt.receipt_id,
        "what": receipt.kind,
        "content_hash": receipt.content_hash,
    }
    again = times.purge_again_seconds
    for kind, seconds in (("purge", 0.0), ("purge_again", again), ("collect_variants", again)):
        job = Job(kind=kind, payload=payload, delay_seconds=seconds, priority=URGENT)
        post_about(transaction, replace(gone, generation=receipt.generation), job)


def known_by_key(transaction: Transaction, wanted: Wanted) -> HostedAsset | None:
    """The picture that the same request made before. Raises KeyUsedOtherwise, and AssetGone."""
    asset_id = claims.replayed(transaction, wanted)
    if asset_id is None:
        return None
    asset = rows.find_by_asset_id(transaction, asset_id)
    if asset is None or asset.gone:
        # To make it again would bring back what was deleted since.
        raise AssetGone("what this idempotency key made was deleted since")
    return asset


def _same_bytes(before: HostedAsset, upload: Upload) -> bool:
    return (before.blob.content_hash, before.blob.scope) == (upload.blob.content_hash, upload.blob.scope)


def _restate(transaction: Transaction, upload: Upload, before: HostedAsset, times: Times) -> Stored:
    """The same bytes under the same id: what is said of them may be new, and jobs may be wanted."""
    wanted = upload.wanted
    after = replace(before, **said(wanted))
    if after != before:
        after, _ = change(transaction, before, after, times)
    for job in wanted.jobs:
        post_about(transaction, after, job)
    claims.remember(transaction, wanted, after.asset_id, seconds=times.idempotency_seconds)
    return Stored(asset=after, created=False, delete_token=_token(transaction, upload, after, times))


def _insert(transaction: Transaction, upload: Upload, before: HostedAsset | None, times: Times) -> Stored:
    asset = made(transaction, upload, before)
    rows.write(transaction, asset, before)
    blobs.refer(transaction, asset.blob, asset.asset_id)
    delivered.tell(transaction, asset, before)
    receipt = None
    if before is not None and not before.gone:
        # Whoever was given one sent other bytes than are shown now.
        claims.drop_tokens(transaction, before.asset_id)
        receipt = receipts.write(transaction, "overwrite", before, generation=asset.generation, reason="")
        _release(transaction, before, receipt, times)
        post_purges(transaction, before, receipt, times)
    else:
        # The 404 that was answered until now.
        post_about(transaction, asset, Job(kind="purge", priority=URGENT))
    for job in upload.wanted.jobs:
        post_about(transaction, asset, job)
    claims.remember(transaction, upload.wanted, asset.asset_id, seconds=times.idempotency_seconds)
    token = _token(transaction, upload, asset, times)
    return Stored(asset=asset, created=True, receipt=receipt, delete_token=token)


def _token(transaction: Transaction, upload: Upload, asset: HostedAsset, times: Times) -> str | None:
    if not upload.wanted.delete_token:
        return None
    return claims.issue_token(transaction, asset.asset_id, seconds=times.delete_token_seconds)


def _release(transaction: Transaction, gone: HostedAsset, receipt: Receipt, times: Times) -> None:
    if not blobs.release(transaction, gone.blob, gone.asset_id):
        return
    blob = gone.blob
    payload = {
        "content_hash": blob.content_hash,
        "scope": blob.scope,
        "epoch": blob.epoch,
        "size": blob.size,
        "receipt_id": receipt.receipt_id,
    }
    job = Job(kind="collect_blob", payload=payload, delay_seconds=times.keep_blob_seconds, priority=BULK)
    post(transaction, job, key=blob.key)

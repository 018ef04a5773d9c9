"""What is seen in a picture after its upload: the colours of its palette, and where faces are.

Both are kept with the picture, for answers. Faces are looked for by the question that `g_face` asks, so that
a request with it finds the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from origin.hosting.changes import Changes
from origin.hosting.model import HostedAsset
from origin.hosting.store import HostingStore
from origin.storage.base import Storage
from proxy.jobs.notes import note
from proxy.jobs.running import JobRefused
from proxy.looks import Looks
from proxy.renderer import RenderFailed, RenderPool
from transforms.errors import TransformError
from transforms.frame import Frame
from transforms.info import seen
from transforms.knowledge import Details, Known, Question, Unsettled
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.rendition import Rendition
from transforms.sharing import Plans

_COLORS = 12
_COLOR = re.compile(r"#[0-9a-f]{6}\Z")
_PALETTE = parse("f_palette")
_FACE = parse("c_crop,g_face,h_1,w_1")


class Sight:
    """The `palette` and `faces` jobs."""

    def __init__(
        self, *, store: HostingStore, storage: Storage, changes: Changes, pool: RenderPool, looks: Looks
    ) -> None:
        self._store = store
        self._storage = storage
        self._changes = changes
        self._pool = pool
        self._looks = looks

    async def palette(self, payload: Mapping[str, Any]) -> None:
        """Note the colours, each as `["#rrggbb", percent]`, the largest first. Raises JobRefused for a
        picture that does not decode."""
        asset = await self._asset(payload)
        if asset is None:
            return
        plans = Plans((make_plan(_PALETTE, asset.summary.info),))
        outcomes = self._pool.series(
            plans.plans, await self._read(asset), content_hash=asset.blob.content_hash
        )
        async with aclosing(outcomes):
            async for outcome in outcomes:
                if isinstance(outcome, TransformError):
                    raise JobRefused(str(outcome)) from outcome
                if not isinstance(outcome, Rendition):
                    raise RenderFailed(str(outcome))
                await note(self._changes, asset, {"palette": _colors(outcome.body)})

    async def faces(self, payload: Mapping[str, Any]) -> None:
        """Note the faces, each as left, top, width and height in pixels of the upright original, the largest
        first. Raises JobRefused for a picture that does not decode."""
        asset = await self._asset(payload)
        if asset is None:
            return
        question = _question_of(asset)

        async def read() -> tuple[bytes, Mapping[str, bytes]]:
            return await self._read(asset), {}

        try:
            rows = await self._looks.answer(question, asset.blob.content_hash, read)
        except TransformError as error:
            raise JobRefused(str(error)) from error
        info = asset.summary.info
        found = seen({question: rows}, Frame(info.width, info.height)).get("faces", [])
        boxes = [[round(box.left), round(box.top), round(box.width), round(box.height)] for box in found]
        await note(self._changes, asset, {"faces": boxes})

    async def _asset(self, payload: Mapping[str, Any]) -> HostedAsset | None:
        asset = await self._store.get_by_asset_id(str(payload["asset_id"]))
        return None if asset is None or asset.gone or asset.placeholder else asset

    async def _read(self, asset: HostedAsset) -> bytes:
        data, _ = await self._storage.read(asset.blob.key, max_bytes=asset.blob.size)
        return data


def _question_of(asset: HostedAsset) -> Question:
    """What a request with `g_face` asks of this picture."""
    try:
        make_plan(_FACE, asset.summary.info, known=Known(details=Details()))
    except Unsettled as lacking:
        if lacking.question is not None:
            return lacking.question
    raise JobRefused("this picture is not one to look for faces in")


def _colors(body: bytes) -> list[list[str | float]]:
    """The palette as it is kept. It comes from a render worker: nothing of it is believed unseen."""
    try:
        told = [(each["color"], float(each["share"])) for each in json.loads(body)[:_COLORS]]
    except (ValueError, TypeError, KeyError) as error:
        raise RenderFailed("a palette that is none") from error
    return [[color, round(100 * share, 1)] for color, share in told if _COLOR.match(str(color))]

"""All that one process keeps of originals, for when some of it must not be kept."""

from __future__ import annotations

from collections.abc import Sequence

from origin.library import Library
from origin.metadata.details import Said
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.lately import Lately
from proxy.looks import Looks
from proxy.notice import Notice
from proxy.settling import Settling


class Forgetting:
    """Forgets, in this process and without an await.

    What is dear to make anew, variants, facts and bytes, goes by what a notice names; the rest, which is
    arithmetic or lies in Redis too, goes altogether.
    """

    def __init__(
        self,
        *,
        tiers: Tiers,
        library: Library,
        settling: Settling,
        looks: Looks,
        failures: Failures,
        said: Lately[Said],
    ) -> None:
        self._tiers = tiers
        self._library = library
        self._settling = settling
        self._looks = looks
        self._failures = failures
        self._said = said

    def forget(self, notices: Sequence[Notice]) -> None:
        """Forget what was known and made of these."""
        hashes = {notice.content_hash for notice in notices if notice.content_hash}
        public_ids = {notice.public_id for notice in notices}
        self._tiers.forget_made_of(list(hashes))
        self._library.forget(public_ids=public_ids, content_hashes=hashes)
        for public_id in public_ids:
            self._said.forget(public_id)
        self._forget_cheap()

    def forget_all(self) -> None:
        """Forget everything: some notice may have been missed."""
        self._tiers.forget_all()
        self._library.forget_all()
        self._forget_cheap()

    def _forget_cheap(self) -> None:
        self._settling.forget_originals()
        self._looks.forget()
        self._failures.forget()

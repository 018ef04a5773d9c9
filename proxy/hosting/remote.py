"""Files that an upload names by their address: fetched by the rules of `fetch`."""

from __future__ import annotations

from origin.address import read_address
from origin.errors import OriginalTooManyBytes
from origin.fetch import Fetcher
from origin.guard import Gate
from origin.hosting.intake_errors import UploadTooLarge


class RemoteFiles:
    """Fetches what `gate` lets by. Without a `fetcher` nothing is fetched."""

    def __init__(self, *, gate: Gate, fetcher: Fetcher | None) -> None:
        self._gate = gate
        self._fetcher = fetcher

    async def fetch(self, url: str, *, trusted: bool) -> bytes:
        """What lies there now. `trusted` is who has a key, as a signed delivery URL is.

        Raises InvalidAddress, FetchForbidden, UploadTooLarge, and what fetching raises.
        """
        self._gate.admit(url, signed=trusted)
        assert self._fetcher is not None, "a gate lets nothing by where nothing is fetched"
        try:
            return (await self._fetcher.fetch(read_address(url))).data or b""
        except OriginalTooManyBytes as error:
            raise UploadTooLarge(f"file: {error}", parameter="file") from error

    def close(self) -> None:
        """Let go of threads."""
        if self._fetcher is not None:
            self._fetcher.close()

"""A moderator that is played here decides over hosted pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from origin.guard import Rules
from origin.hosting.model import HostedAsset
from proxy.hosting.links import Links
from proxy.jobs.judging import Judges, Moderator
from proxy.jobs.posting import Poster, PostFailed
from proxy.jobs.running import JobRefused
from tests.hosting.conftest import Hosting


class Played(Poster):
    """Answers by itself, and keeps what it was sent."""

    def __init__(self, said: str) -> None:
        super().__init__(rules=Rules())
        self.said = said
        self.sent: list[tuple[dict[str, object], Mapping[str, str]]] = []

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        trusted: bool,
        timeout_seconds: float | None = None,
    ) -> bytes:
        self.sent.append((json.loads(body), headers))
        return self.said.encode()


def judges(hosting: Hosting, poster: Poster) -> Judges:
    return Judges(
        store=hosting.store,
        storage=hosting.storage,
        changes=hosting.changes,
        deletions=hosting.deletions,
        links=Links("http://x", "calotype"),
        poster=poster,
        scanner=None,
        moderator=Moderator("http://moderator", "secret", 5),
        told=lambda _: (),
        again=lambda _: (),
    )


async def judged(hosting: Hosting, said: str, *, hold: bool = False) -> HostedAsset:
    asset = await hosting.upload(b"bytes", "a", hold=hold)
    poster = Played(said)
    await judges(hosting, poster).moderate({"asset_id": asset.asset_id, "holds": hold})
    assert ["a"] == [told["public_id"] for told, _ in poster.sent]
    assert "X-Calotype-Signature" in poster.sent[0][1]
    after = await hosting.store.get("a")
    assert after is not None
    return after


@pytest.mark.parametrize(
    ("decision", "state"), [("approve", "live"), ("hold", "held"), ("reject", "rejected")]
)
async def test_a_picture_is_what_the_moderator_says(hosting: Hosting, decision: str, state: str) -> None:
    shown = await judged(hosting, json.dumps({"decision": decision, "reason": "so"}))

    assert state == shown.state


async def test_a_held_picture_is_shown_when_it_is_approved(hosting: Hosting) -> None:
    shown = await judged(hosting, '{"decision": "approve"}', hold=True)

    assert ("live", "approved") == (shown.state, shown.findings["moderation"]["status"])


@pytest.mark.parametrize("said", ["", "yes", "[]", '{"decision": "maybe"}', '{"reason": "approve"}'])
async def test_a_moderator_that_does_not_decide_is_asked_again(hosting: Hosting, said: str) -> None:
    with pytest.raises(PostFailed):
        await judged(hosting, said)
    shown = await hosting.store.get("a")

    assert shown is not None
    assert "live" == shown.state


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://example.com:22/"]
)
async def test_nobody_has_us_talk_to_our_own_networks(url: str) -> None:
    poster = Poster(rules=Rules())

    with pytest.raises(JobRefused):
        await poster.post(url, b"{}", {}, trusted=False)


async def test_nor_by_a_name_that_leads_there() -> None:
    poster = Poster(rules=Rules())

    with pytest.raises(PostFailed):
        await poster.post("http://localhost.localdomain/", b"{}", {}, trusted=False)

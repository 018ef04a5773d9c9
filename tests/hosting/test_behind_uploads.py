"""What follows from an upload, over HTTP: webhooks, a scanner, a moderator, palettes, faces, dead letters."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from cloudinary.utils import verify_notification_signature

from proxy.cli import main
from tests.hosting.test_clamd import EICAR
from tests.hosting.test_clamd import answer as scan
from tests.hosting.works import KEY, LONG, SECRET, Works
from tests.transforms.rendering import picture
from transforms.detectors import faces_available

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

HOOK_SECRET = "what-the-hook-shares"


class Receiver:
    """Whoever is told, and whoever is asked."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any, bytes]] = []
        """Path, headers and body of every call."""
        self.failing = 0
        """How many calls are answered 500 from now on."""
        self.decisions: dict[str, str] = {}
        """Of the moderator, by public id; the others are approved."""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        self.server = TestServer(app)
        await self.server.start_server()

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    def events(self, path: str = "/hook") -> list[dict[str, Any]]:
        return [json.loads(body) for called, _, body in self.told if called == path]

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.path != "/moderate" and self.failing:
            self.failing -= 1
            raise web.HTTPInternalServerError
        self.told.append((request.path, request.headers, body))
        if request.path != "/moderate":
            return web.Response()
        decision = self.decisions.get(json.loads(body)["public_id"], "approve")
        return web.json_response({"decision": decision, "reason": f"said {decision}"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def works(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> AsyncIterator[Works]:
    folder = tmp_path_factory.mktemp("behind")
    scanner = await asyncio.start_unix_server(scan, str(folder / "clamd.sock"))
    works = Works(
        folder,
        hosting={
            "eager": {"small": {"transformation": "c_limit,w_20", "formats": ["webp"]}},
            "webhooks": [{"url": receiver.url("/hook"), "secret": HOOK_SECRET}],
            "moderation": {"url": receiver.url("/moderate"), "secret": HOOK_SECRET, "hold": True},
            "scan": {"socket": str(folder / "clamd.sock")},
        },
        fetch={"allow_networks": ["127.0.0.0/8"], "allow_ports": [receiver.server.port]},
    )
    await works.start()
    yield works
    await works.close()
    scanner.close()
    await scanner.wait_closed()


@pytest.fixture(autouse=True)
def anew(receiver: Receiver, works: Works) -> None:
    receiver.told.clear()
    receiver.failing, works.late = 0, 0.0


async def settled(works: Works) -> list[tuple[str, str]]:
    """Do everything that is due but takedowns, and what follows."""
    return await works.work("scan", "moderate", "eager", "webhook", "palette", "faces")


async def test_what_is_approved_is_shown_and_told(works: Works, receiver: Receiver) -> None:
    asked = {"eager": "c_fill,h_11,w_11", "notification_url": receiver.url("/mine")}
    asset = await works.upload(picture("gray.jpg"), "good", **asked)
    before = await works.get("/c_limit,w_20/good.webp")
    await works.work("eager")
    await settled(works)
    after = await works.get("/c_limit,w_20/good.webp")
    own = await works.get("/c_fill,h_11,w_11/good.jpg")
    events = [event["notification_type"] for event in receiver.events()]

    assert (404, 200) == (before[0], after[0])
    assert "hit" in after[1]["Cache-Status"]
    assert "hit" in own[1]["Cache-Status"]
    # That renditions are there may be told twice: of those due at once, and again with the approval.
    assert ["approved", "eager", "upload"] == sorted(set(events))
    assert [asset.asset_id] == [event["asset_id"] for event in receiver.events("/mine")]


async def test_webhooks_can_be_verified(works: Works, receiver: Receiver) -> None:
    import cloudinary

    await works.upload(picture("gray-alpha.png"), "signed", notification_url=receiver.url("/mine"))
    await settled(works)
    _, headers, body = next(call for call in receiver.told if call[0] == "/hook")
    said = f"{headers['X-Calotype-Timestamp']}.".encode() + body
    _, mine, told = next(call for call in receiver.told if call[0] == "/mine")
    cloudinary.config(api_key=KEY, api_secret=SECRET)
    verified = verify_notification_signature(
        told.decode(), int(mine["X-Cld-Timestamp"]), mine["X-Cld-Signature"], valid_for=60
    )
    cloudinary.reset_config()

    assert hmac.new(HOOK_SECRET.encode(), said, hashlib.sha256).hexdigest() == headers["X-Calotype-Signature"]
    assert verified


async def test_who_does_not_answer_is_told_again(works: Works, receiver: Receiver) -> None:
    receiver.failing = 2
    await works.upload(picture("flat.png"), "again")
    results = [await works.work("webhook"), await works.work("webhook")]
    for number in (1, 2):
        works.late = number * LONG
        results.append(await works.work("webhook"))
    told = [event["public_id"] for event in receiver.events()]
    await settled(works)

    assert [[("webhook", "failed")], [], [("webhook", "failed")], [("webhook", "done")]] == results
    assert ["again"] == told


async def test_what_fails_for_good_gets_another_chance(
    works: Works,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(works.settings.data_dir)
    monkeypatch.setenv("CALOTYPE_DATA_DIR", str(works.settings.data_dir))
    await works.upload(picture("one-bit.png"), "dead")
    receiver.failing = 12
    for number in range(12):
        works.late = number * LONG
        await works.work("webhook")
    dead = await command(capsys, "dead")
    number = dead.split()[0]
    retried = await command(capsys, "retry", number)
    waiting = await command(capsys, "list")
    works.late = 20 * LONG
    await settled(works)

    assert "webhook" in dead
    assert "answered 500" in dead
    assert f"{number} is tried again\n" == retried
    assert "due" in waiting.split(f"{number} ")[1].splitlines()[0]
    assert "dead" in [event["public_id"] for event in receiver.events()]
    assert 0 == await works.outbox.count_dead()


async def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `calotype jobs` says."""
    await asyncio.to_thread(main, ["jobs", *arguments])
    return capsys.readouterr().out


@pytest.mark.parametrize(("decision", "state"), [("reject", "rejected"), ("hold", "held")])
async def test_what_is_not_approved_is_not_shown(
    works: Works, receiver: Receiver, decision: str, state: str
) -> None:
    receiver.decisions[decision] = decision
    await works.upload(picture("swapped.png"), decision)
    await settled(works)
    asset = await works.asset(decision)
    told = [event for event in receiver.events() if event["notification_type"] not in ("upload",)]

    assert state == asset.state
    assert {"rejected": 410, "held": 404}[state] == (await works.get(f"/{decision}.png"))[0]
    expected = [("rejected", "said reject")] if decision == "reject" else []
    assert expected == [(event["notification_type"], event["reason"]) for event in told]


async def test_who_is_to_decide_himself_is_not_overruled(works: Works) -> None:
    await works.upload(picture("interlaced.png"), "manual", moderation="manual")
    await settled(works)
    held = await works.asset("manual")
    path = "/v1_1/calotype/resources/image/upload/manual"
    await works.call("POST", path, data={"moderation_status": "approved"})
    await settled(works)

    assert ("held", "approve") == (held.state, held.findings["moderator"])
    assert "live" == (await works.asset("manual")).state


async def test_a_virus_is_taken_down(works: Works, receiver: Receiver) -> None:
    # Behind the end of a PNG nothing is looked at by who shows it.
    await works.upload(picture("alpha.png") + EICAR, "ill")
    await settled(works)
    (event,) = [event for event in receiver.events() if event["notification_type"] == "rejected"]

    assert 410 == (await works.get("/ill.png"))[0]
    assert ("ill", "virus: Eicar-Test") == (event["public_id"], event["reason"])


async def test_a_verdict_on_other_bytes_is_not_a_verdict(works: Works) -> None:
    asset = await works.upload(picture("lab.tiff"), "other")
    await settled(works)
    await works.upload(picture("photo.webp"), "other")
    receipt = await works.hosting.deletions.reject("other", reason="late", blob=asset.blob)
    await settled(works)

    assert receipt is None
    assert "live" == (await works.asset("other")).state


async def test_a_deletion_is_told_though_the_id_is_taken_again(works: Works, receiver: Receiver) -> None:
    first = await works.upload(picture("p3.png"), "gone")
    await settled(works)
    await works.hosting.deletions.delete("gone", reason="by request")
    again = await works.upload(picture("sixteen.png"), "gone")
    receiver.told.clear()
    await settled(works)
    (event,) = [event for event in receiver.events() if event["notification_type"] == "deleted"]

    assert first.asset_id != again.asset_id
    assert ("gone", first.asset_id, "by request") == tuple(
        event[name] for name in ("public_id", "asset_id", "reason")
    )
    assert {"deleted_at", "receipt_id", "version", "bytes", "etag"} <= set(event)


async def test_who_is_renamed_away_is_told_of(works: Works, receiver: Receiver) -> None:
    over = await works.upload(picture("flat.png"), "over")
    await works.upload(picture("gray.jpg"), "under")
    await settled(works)
    await works.hosting.changes.rename("under", "over", overwrite=True)
    receiver.told.clear()
    await settled(works)

    assert [("deleted", over.asset_id)] == [
        (event["notification_type"], event["asset_id"]) for event in receiver.events()
    ]


async def test_who_asks_people_later_waits_for_them(works: Works) -> None:
    await works.upload(picture("gps.jpg"), "later")
    auth = {"public_id": "later", "type": "upload", "moderation": "manual"}
    await works.call("POST", "/v1_1/calotype/image/explicit", data=auth)
    await settled(works)

    assert "held" == (await works.asset("later")).state


async def test_the_colours_and_faces_are_told(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    await works.upload(picture("face.jpg"), "face")
    results = await settled(works)
    path = "/v1_1/calotype/resources/image/upload/face"
    told = await works.call("GET", path, params={"colors": "true", "faces": "true"})
    shares = [share for _, share in told["colors"]]

    async def look_no_more(*_: Any, **__: Any) -> Any:
        raise AssertionError("it was looked for already")

    monkeypatch.setattr(works.services.pool, "look", look_no_more)
    status, _, _ = await works.get("/c_crop,g_face,h_40,w_40/face.jpg")

    assert ("palette", "done") in results
    assert shares == sorted(shares, reverse=True)
    assert 90 < sum(shares) <= 100.5
    assert 200 == status
    assert faces_available() == bool(told["faces"])

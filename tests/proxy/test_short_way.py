"""Hits before the parser: the same bytes as after it, as long as they are good, and nothing odd."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from origin.errors import MetadataUnavailable
from proxy.afar import Afar, Beyond
from proxy.crowd import FULL, Crowd
from proxy.door import Door
from proxy.http import Runner
from proxy.middleware import delivery_error, sign, surround
from proxy.plain import PlainReader
from proxy.renderer_errors import QueueFull
from proxy.responses import CachePolicy
from proxy.short_way import LASTING, Lasting, ShortWay
from proxy.tally import Tally

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")

ETAG = '"0123"'
PLAIN = b"Host: pictures.example\r\nAccept: image/webp,*/*\r\nUser-Agent: t\r\n"
BODY = b"a picture" * 2000


@dataclass
class Scene:
    """A server whose handler counts, and all that its short way rests on."""

    handled: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=lambda: {"key": BODY})
    now: float = 100.0
    away: bool = False
    room: bool = True
    crowd: Crowd = field(init=False)
    short_way: ShortWay = field(init=False)
    door: Door = field(default_factory=lambda: Door(most=100, slow_seconds=60, slow_bytes=1))
    cache: str = "memory"
    beyond: Beyond | None = None

    def __post_init__(self) -> None:
        self.crowd = Crowd(has_room=lambda: self.room, clock=lambda: self.now)
        refusal = delivery_error(QueueFull(FULL), "0" * 16, CachePolicy())
        sign(refusal, "0" * 16)
        self.short_way = ShortWay(
            body=self.bodies.get,
            hold=self._hold,
            crowd=self.crowd,
            tally=Tally(access=False),
            refusal=refusal,
            reader=PlainReader(preferred=("avif", "webp")),
            others=("/-/",),
            afar=Afar(self.beyond) if self.beyond else None,
            clock=lambda: self.now,
        )

    def _hold(self) -> None:
        if self.away:
            raise MetadataUnavailable("away")

    async def handle(self, request: web.Request) -> web.Response:
        self.handled.append(f"{request.method} {request.raw_path}")
        if request.raw_path.startswith("/new"):
            async with self.crowd.deciding(request.raw_path):
                await asyncio.sleep(0)
        await request.read()
        request[LASTING] = Lasting(10.0, "key", frozenset(("cat", "id")))
        request["cache"] = self.cache
        headers = {"ETag": ETAG, "Cache-Control": "public", "Content-Type": "image/webp"}
        if request.headers.get("If-None-Match") == ETAG:
            del headers["Content-Type"]
            return web.Response(status=304, headers=headers)
        return web.Response(body=self.bodies.get("key", b"made anew"), headers=headers)


@dataclass
class Line:
    """A connection, and the scene behind it."""

    scene: Scene
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, more: bytes = b"", *, line: bytes = b"GET /w_300/cat.jpg") -> bytes:
        """One answer, without the date and the id that are its own."""
        self.writer.write(line + b" HTTP/1.1\r\n" + PLAIN + more + b"\r\n")
        return await self.answer(bodiless=line.startswith(b"HEAD"))

    async def answer(self, *, bodiless: bool = False) -> bytes:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)
        fields = dict(field.split(b": ", 1) for field in head.split(b"\r\n")[1:-2])
        size = 0 if bodiless or b" 304 " in head[:20] else int(fields[b"Content-Length"])
        body = await asyncio.wait_for(self.reader.readexactly(size), 10)
        whole = (head + body).replace(fields[b"X-Request-Id"], b"ID").replace(fields[b"Date"], b"DATE")
        again = fields.get(b"Retry-After")
        return whole if again is None else whole.replace(b"After: " + again, b"After: N")


@contextlib.asynccontextmanager
async def serving(scene: Scene, **options: float) -> AsyncIterator[Callable[[], object]]:
    app = web.Application(middlewares=[surround(policy=CachePolicy(), placeholder=None, access=False)])
    app.router.add_route("*", "/{path:(?s:.*)}", scene.handle, name="deliver")
    runner = Runner(
        app, access_log=None, door=scene.door, head_seconds=60, short_way=scene.short_way, **options
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    lines: list[Line] = []

    async def connect() -> Line:
        lines.append(Line(scene, *await asyncio.open_connection(*runner.addresses[0][:2])))
        return lines[-1]

    try:
        yield connect
    finally:
        for line in lines:
            line.writer.close()
        await runner.cleanup()
        scene.short_way.close()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with serving(Scene()) as connect:
        yield await connect()


async def test_the_second_is_answered_before_the_parser_with_the_same_bytes(line):
    first, second = await line.ask(), await line.ask()
    odd = await line.ask(b"TE: trailers\r\n")

    assert first == second == odd
    assert first.endswith(BODY)
    assert 2 == len(line.scene.handled)


@pytest.mark.parametrize(
    ("line_", "more"),
    [(b"GET /w_300/cat.jpg", b"If-None-Match: " + ETAG.encode() + b"\r\n"), (b"HEAD /w_300/cat.jpg", b"")],
)
async def test_what_has_no_body_too(line, line_, more):
    first, second = await line.ask(more, line=line_), await line.ask(more, line=line_)

    assert first == second
    assert first.endswith(b"\r\n\r\n")
    assert 1 == len(line.scene.handled)


async def test_another_etag_gets_the_whole(line):
    await line.ask()
    whole = await line.ask(b'If-None-Match: W/"other"\r\n')
    weak = await line.ask(b"If-None-Match: W/" + ETAG.encode() + b"\r\n")

    assert whole.endswith(BODY)
    # Asked for the first time: only the ordinary way knows how to say that nothing changed.
    assert 2 == len(line.scene.handled)
    assert weak.endswith(BODY)


async def test_clients_of_another_class_are_not_answered_for_each_other(line):
    await line.ask()
    line.writer.write(b"GET /w_300/cat.jpg HTTP/1.1\r\nHost: x\r\nAccept: image/avif\r\n\r\n")
    await line.answer()

    assert 2 == len(line.scene.handled)


def expire(scene: Scene) -> None:
    scene.now += 10.0


def change(scene: Scene) -> None:
    scene.short_way.forget(("cat",))


def take_down(scene: Scene) -> None:
    scene.short_way.forget({"id"})


def evict(scene: Scene) -> None:
    scene.bodies.clear()


def clear(scene: Scene) -> None:
    scene.short_way.forget_all()


def lose_the_database(scene: Scene) -> None:
    scene.away = True


@pytest.mark.parametrize("event", [expire, change, take_down, evict, clear, lose_the_database])
async def test_it_ends(line, event):
    await line.ask()
    await line.ask()
    event(line.scene)
    await line.ask()

    assert 2 == len(line.scene.handled)


async def test_what_does_not_rest_on_it_stays(line):
    await line.ask()
    line.scene.short_way.forget(("dog",))
    await line.ask()

    assert 1 == len(line.scene.handled)


ODD = [
    b"Range: bytes=0-3\r\n",
    b"If-Match: *\r\n",
    b"If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n",
    b"If-None-Match: *\r\n",
    b'If-None-Match: "a", "b"\r\n',
    b"Content-Length: 0\r\n",
    b"Expect: 100-continue\r\n",
    b"Upgrade: h2c\r\nConnection: upgrade\r\n",
    b"Connection: close\r\n",
    b"Sec-CH-DPR: 2\r\n",
    b"Width: 300\r\n",
    b"Accept: image/avif\r\n",
    b"Host: another\r\n",
    b"X: \x80\r\n",
    b"X: folded\r\n  line\r\n",
    b"No colon\r\n",
    b"Space : before\r\n",
    b"X" * 5000 + b": long\r\n",
    *(b"%s: 1\r\n" % name for name in (b"TE", b"Trailer", b"transfer-encoding", b"CONTENT-ENCODING")),
]


@pytest.mark.parametrize("more", ODD)
def test_anything_odd_takes_the_ordinary_way(more):
    assert Scene().short_way.read(b"GET /cat HTTP/1.1\r\n" + PLAIN + more + b"\r\n") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET /cat HTTP/1.1\r\n\r\n",
        b"GET /cat HTTP/1.1\r\nHost: x\r\n",
        b"GET /cat HTTP/1.1\nHost: x\n\n",
        b"GET /cat HTTP/1.1\r\nHost: x y\r\n\r\n",
        b"GET /cat HTTP/1.1\r\nHost: x\r\n\r\nGET /cat HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"c" * 600 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_not_one_plain_request_takes_the_ordinary_way(data):
    way = Scene().short_way
    # A request without a Host is forgiven by the parser; here it counts as odd only where it has no fields.
    assert way.read(data) is None


def test_a_browsers_request_is_plain():
    head = (
        b"GET /cat HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
        b'sec-ch-ua: "Chromium";v="140"\r\nsec-ch-ua-mobile: ?0\r\nUser-Agent: Mozilla/5.0 (X11)\r\n'
        b"Accept: image/avif,image/webp,image/*,*/*;q=0.8\r\nSec-Fetch-Mode: no-cors\r\nCookie: a=b; c=d\r\n"
        b"If-None-Match: " + ETAG.encode() + b"\r\n"
        b"If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n\r\n"
    )
    asked = Scene().short_way.read(head)

    assert asked is not None
    assert (("avif", "webp"), ETAG) == (asked.key[1], asked.etag)


async def test_requests_that_come_together_are_answered_in_their_order(line):
    await line.ask()
    again = b"HTTP/1.1\r\n" + PLAIN + b"\r\n"
    line.writer.write(b"GET /other " + again + b"GET /w_300/cat.jpg " + again)
    await line.answer()
    await line.answer()

    assert ["/w_300/cat.jpg", "/other", "/w_300/cat.jpg"] == [one.split()[1] for one in line.scene.handled]


async def test_one_that_comes_in_pieces_is_put_together(line):
    await line.ask()
    for piece in (b"GET /w_300/cat.jpg HTTP/1.1\r\n" + PLAIN, b"X: 1\r\n", b"\r\n"):
        line.writer.write(piece)
        await line.writer.drain()
        await asyncio.sleep(0.02)
    await line.answer()
    # The next may stand behind something that the parser still holds; the one after that does not.
    await line.ask()
    before = len(line.scene.handled)
    await line.ask()

    assert (3, 3) == (before, len(line.scene.handled))


async def test_a_request_inside_a_body_is_no_request(line):
    await line.ask()
    hidden = b"GET /w_300/cat.jpg HTTP/1.1\r\n" + PLAIN + b"\r\n"
    line.writer.write(b"POST /w HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden))
    await line.writer.drain()
    await asyncio.sleep(0.02)
    line.writer.write(hidden)
    await line.answer()
    await line.ask()

    # Asked for behind the body it takes the ordinary way: only there it is known where the body ends.
    assert ["GET", "POST", "GET"] == [one.split()[0] for one in line.scene.handled]


async def test_while_the_server_stops_clients_are_told_to_go(line):
    await line.ask()
    line.scene.door.closing = True
    answer = await line.ask()

    assert b"Connection: close\r\n" in answer


async def test_who_takes_nothing_is_not_written_to_without_end():
    scene = Scene(bodies={"key": b"x" * 200_000})
    async with serving(scene) as connect:
        line = await connect()
        await line.ask()
        for _ in range(100):
            line.writer.write(b"GET /w_300/cat.jpg HTTP/1.1\r\n" + PLAIN + b"\r\n")
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        unsent = [guest._unsent for guest in scene.door._guests]
        for _ in range(100):
            await line.answer()

        assert max(unsent) < 500_000


async def test_a_connection_that_asks_shortly_is_kept_and_an_idle_one_is_not():
    async with serving(Scene(), keepalive_timeout=0.3) as connect:
        line = await connect()
        for _ in range(4):
            await line.ask()
            await asyncio.sleep(0.15)
        kept = len(line.scene.handled)
        closed = await asyncio.wait_for(line.reader.read(), 10)

        assert (1, b"") == (kept, closed)


async def test_the_first_request_of_a_connection_is_answered_too():
    async with serving(Scene()) as connect:
        await (await connect()).ask()
        await (await connect()).ask()
        line = await connect()
        await line.ask()

        assert 1 == len(line.scene.handled)


async def test_new_ones_in_a_crowd_are_refused_with_the_same_bytes(line):
    line.scene.room = False
    held = [line.scene.crowd.enter(f"/held/{n}") for n in range(3)]
    ordinary = await line.ask(b"TE: trailers\r\n", line=b"GET /new/1")
    shortly = await line.ask(line=b"GET /new/2")
    elsewhere = await line.ask(line=b"GET /-/live")

    assert ordinary == shortly
    assert shortly.startswith(b"HTTP/1.1 503 ")
    assert elsewhere.startswith(b"HTTP/1.1 200 ")
    assert ["GET /new/1", "GET /-/live"] == line.scene.handled
    assert 3 == len(held)


async def test_what_was_answered_shortly_is_let_by_in_a_crowd(line):
    await line.ask()
    await line.ask()
    line.scene.crowd._served.clear()
    line.scene.now += 10.0
    await line.ask()

    assert "/w_300/cat.jpg" in line.scene.crowd._served

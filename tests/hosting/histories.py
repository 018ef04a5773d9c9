"""Histories: what several people, jobs and renders do to a few pictures at once, in an order that is drawn.

Every actor is a task that stops at each fault point; a scheduler lets one of them go on at a time, or kills
it there, as a crash would. So the same seed gives the same history. Afterwards all is checked: what was
acknowledged is there and is served byte for byte, what was deleted is not, references are those of the
pictures, and after a sweep there is no object too many.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256

from origin.errors import AssetGone, AssetNotFound, OriginError, PublicIdTaken
from origin.hosting.audit import Audit
from origin.hosting.changes import Changes
from origin.hosting.collector import Collector
from origin.hosting.commits import Times
from origin.hosting.deletions import Deletions
from origin.hosting.faultpoints import hooked, reach
from origin.hosting.model import Blob, Receipt, Wanted
from origin.hosting.mounted import HostedStorage
from origin.hosting.outbox import Entry, Outbox
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.storage.memory import MemoryStorage
from tests.hosting.pictures import received, summary
from tests.origin.house import Clock

KEEP_SECONDS = 10.0
"""How long objects, orphans and intents are kept."""
AGAIN_SECONDS = 5.0
_IDS, _FILES = 2, 2
"""How many public ids and files there are: few, so that people meet."""
_FALLS_BEHIND = 0.15


class Crash(BaseException):
    """The process is dead at this point: nothing that follows in it is done, no clean-up either."""


class Wrong(AssertionError):
    """A guarantee was broken."""


@dataclass
class Parts:
    """What a broken variant of the protocol replaces or leaves out."""

    uploads: type[Uploads] = Uploads
    checks_generation: bool = True
    """Whether a render looks at the generation again before it keeps and shows what it made."""
    purges_again: bool = True


@dataclass
class House:
    """One database, one storage, our tiers, a CDN, and what everybody was told."""

    store: HostingStore
    clock: Clock
    name: str
    parts: Parts = field(default_factory=Parts)
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    tiers: dict[str, bytes] = field(default_factory=dict)
    """What we keep by public id. Nobody comes in between the look at the generation and the put: in Redis
    both are one script."""
    cdn: dict[str, bytes] = field(default_factory=dict)
    """What a CDN keeps: it keeps what it got, whatever happened while that was on its way."""

    def __post_init__(self) -> None:
        self._date_objects()
        self.uploads = self.parts.uploads(
            store=self.store,
            storage=self.storage,
            published=self.published,
            intent_seconds=KEEP_SECONDS,
        )
        self.deletions = Deletions(store=self.store, published=self.published)
        self.changes = Changes(store=self.store, published=self.published)
        self.collector = Collector(store=self.store, storage=self.storage, young_seconds=KEEP_SECONDS)
        self.outbox = Outbox(self.store.metadata, clock=self.clock)
        self.hosted = HostedStorage(store=self.store, storage=self.storage)

    def _date_objects(self) -> None:
        """Objects are as old as the clock of the history says."""
        write, clock = self.storage.write, self.clock

        async def timed(key: str, data: bytes, *, content_type: str | None = None) -> None:
            await write(key, data, content_type=content_type)
            body, stat = self.storage._objects[key]
            self.storage._objects[key] = body, replace(stat, modified_at=clock())

        self.storage.write = timed  # type: ignore[method-assign]

    def id_of(self, number: int) -> str:
        return f"{self.name}/{number}"

    def bytes_of(self, number: int) -> bytes:
        return f"{self.name} {number}".encode()

    async def published(self, receipts: Sequence[Receipt]) -> None:
        for receipt in receipts:
            self.tiers.pop(receipt.public_id, None)
            self.cdn.pop(receipt.public_id, None)
        await reach("takedown.purged")

    async def run_job(self, entry: Entry) -> None:
        """What the dispatcher does with one row of the outbox."""
        payload = entry.payload
        if entry.kind == "purge" or (entry.kind == "purge_again" and self.parts.purges_again):
            self.tiers.pop(payload["public_id"], None)
            self.cdn.pop(payload["public_id"], None)
        if entry.kind == "collect_blob":
            names = ("content_hash", "scope", "epoch", "size")
            await self.collector.collect(Blob(**{name: payload[name] for name in names}))
        await reach("job.stored")

    async def answer(self, public_id: str) -> bytes | None:
        """What the origin answers: what is in a tier, else what it renders; None is a 404 or 410."""
        if public_id in self.tiers:
            return self.tiers[public_id]
        try:
            stat = await self.hosted.find(public_id, None)
            data, _ = await self.hosted.read(stat.key, max_bytes=1000)
        except (AssetNotFound, AssetGone):
            return None
        await reach("job.rendered")
        if self.parts.checks_generation:
            standing = await self.store.standing(public_id)
            if standing is None or standing.etag != stat.etag:
                return None
        self.tiers[public_id] = data
        return data

    async def through_cdn(self, public_id: str) -> bytes | None:
        """What somebody gets who asks the CDN."""
        if public_id in self.cdn:
            return self.cdn[public_id]
        answer = await self.answer(public_id)
        await reach("job.read")
        if answer is not None:
            self.cdn[public_id] = answer
        return answer


@dataclass
class Known:
    """What was acknowledged of each public id: the hash of its bytes, or None after a deletion."""

    shown: dict[str, str | None] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    """Ids that two changed at once, or that somebody died over: either may have been the last."""
    changing: list[Changing] = field(default_factory=list)
    begun: Counter[str] = field(default_factory=Counter)
    """How many changes of each id were begun."""

    def acknowledge(self, change: Changing, public_id: str, content_hash: str | None) -> None:
        self.shown[public_id] = content_hash
        if change.alone:
            self.unsure.discard(public_id)
        else:
            self.unsure.add(public_id)

    def certain(self, public_id: str) -> bool:
        """Whether what was acknowledged last is what is shown."""
        return public_id not in self.unsure and not any(public_id in each.ids for each in self.changing)


@dataclass(eq=False)
class Changing:
    """Says that somebody changes these ids, until he is done; who dies leaves them in doubt."""

    known: Known
    ids: tuple[str, ...]
    alone: bool = True

    async def __aenter__(self) -> Changing:
        for other in self.known.changing:
            if set(other.ids) & set(self.ids):
                other.alone = self.alone = False
        self.known.changing.append(self)
        self.known.begun.update(self.ids)
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self.known.changing.remove(self)
        if kind is not None:
            self.known.unsure |= set(self.ids)


Actor = Callable[[House, random.Random, Known], Awaitable[None]]


async def upload(house: House, draw: random.Random, known: Known) -> None:
    """Somebody uploads one of three files under one of three ids."""
    public_id, data = house.id_of(draw.randrange(_IDS)), house.bytes_of(draw.randrange(_FILES))
    async with Changing(known, (public_id,)) as change:
        wanted = Wanted(owner=house.name, public_id=public_id)
        stored = await house.uploads.keep(received(data), summary(), wanted)
        known.acknowledge(change, stored.asset.public_id, sha256(data).hexdigest())


async def delete(house: House, draw: random.Random, known: Known) -> None:
    """Somebody deletes a picture."""
    public_id = house.id_of(draw.randrange(_IDS))
    async with Changing(known, (public_id,)) as change:
        receipt = await house.deletions.delete(public_id)
        # Without one, whoever deleted it before may have died before he told anyone; the jobs will.
        if receipt is not None:
            known.acknowledge(change, public_id, None)


async def rename(house: House, draw: random.Random, known: Known) -> None:
    """Somebody gives a picture another id."""
    old, new = (house.id_of(number) for number in draw.sample(range(_IDS), 2))
    async with Changing(known, (old, new)) as change:
        was = known.shown.get(old) if old not in known.unsure else ""
        try:
            await house.changes.rename(old, new)
        except (PublicIdTaken, AssetNotFound):
            return
        known.acknowledge(change, new, was)
        known.acknowledge(change, old, None)
        if was == "":
            known.unsure.add(new)


async def view(house: House, draw: random.Random, known: Known) -> None:
    """Somebody looks at a picture; what nobody changes meanwhile is shown as it was acknowledged."""
    public_id = house.id_of(draw.randrange(_IDS))
    before, sure = known.shown.get(public_id), known.certain(public_id)
    begun = known.begun[public_id]
    answer = await house.answer(public_id)
    served = None if answer is None else sha256(answer).hexdigest()
    if sure and known.begun[public_id] == begun and served != before:
        raise Wrong(f"{public_id}: {before} was acknowledged, {served} is served")


async def view_through_cdn(house: House, draw: random.Random, known: Known) -> None:
    """Somebody looks at a picture by way of a CDN."""
    await house.through_cdn(house.id_of(draw.randrange(_IDS)))


async def work(house: House, draw: random.Random, known: Known) -> None:
    """A dispatcher does what is due."""
    for entry in await house.outbox.lease(limit=3, seconds=5):
        await house.run_job(entry)
        await house.outbox.done(entry)


async def sweep(house: House, draw: random.Random, known: Known) -> None:
    """Housekeeping runs."""
    await house.collector.sweep()


async def wait(house: House, draw: random.Random, known: Known) -> None:
    """Time goes by."""
    house.clock.now += draw.choice((1.0, AGAIN_SECONDS, 2 * KEEP_SECONDS))


ACTORS: tuple[tuple[Actor, int], ...] = (
    (upload, 6),
    (delete, 4),
    (rename, 1),
    (view, 4),
    (view_through_cdn, 3),
    (work, 4),
    (sweep, 2),
    (wait, 5),
)
"""Who there is, and how often in proportion."""


class Scheduler:
    """Lets one actor go on at a time, from one fault point to the next; kills some.

    The most urgent goes on, until it falls behind all others: so that some stand still while others come a
    long way, which an even choice hardly ever does (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A
    Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010).
    """

    def __init__(self, draw: random.Random, *, deaths: float) -> None:
        self._draw = draw
        self._deaths = deaths
        self._waiting: dict[asyncio.Task[None], asyncio.Future[bool]] = {}
        self._stopped = asyncio.Event()
        self._urgency: dict[asyncio.Task[None], float] = {}

    async def hook(self, _: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        turn = self._waiting[task] = asyncio.get_running_loop().create_future()
        self._stopped.set()
        if not await turn:
            raise Crash

    async def run(self, actors: Sequence[Callable[[], Awaitable[None]]], *, at_once: int) -> None:
        """All of them, at most so many at once."""
        pending, running = list(actors), set[asyncio.Task[None]]()
        while pending or running:
            if pending and (len(running) < at_once and (not running or self._draw.random() < 0.4)):
                running.add(await self._begin(pending.pop()))
            elif running:
                await self._go_on(max(running, key=self._urgency.__getitem__))
            for task in [task for task in running if task.done()]:
                running.discard(task)
                error = task.exception()
                if error is not None and not isinstance(error, (Crash, OriginError)):
                    raise error

    async def _begin(self, actor: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(_alive(actor))
        self._urgency[task] = self._draw.random()
        await self._until_it_stops(task)
        return task

    async def _go_on(self, task: asyncio.Task[None]) -> None:
        if self._draw.random() < _FALLS_BEHIND:
            self._urgency[task] = min(self._urgency.values()) - self._draw.random()
        turn = self._waiting.pop(task, None)
        if turn is not None:
            turn.set_result(self._draw.random() >= self._deaths)
        await self._until_it_stops(task)

    async def _until_it_stops(self, task: asyncio.Task[None]) -> None:
        while not task.done() and task not in self._waiting:
            self._stopped.clear()
            stopped = asyncio.ensure_future(self._stopped.wait())
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()


async def _alive(actor: Callable[[], Awaitable[None]]) -> None:
    # Inside a task a BaseException of ours would end the loop.
    with suppress(Crash):
        await actor()


async def history(
    house: House,
    seed: int,
    *,
    steps: int = 16,
    deaths: float = 0.02,
    actors: Sequence[tuple[Actor, int]] = ACTORS,
) -> None:
    """One history, and all that has to hold afterwards. Raises Wrong."""
    draw, known = random.Random(seed), Known()
    chosen = draw.choices([a for a, _ in actors], [weight for _, weight in actors], k=steps)
    scheduler = Scheduler(draw, deaths=deaths)
    with hooked(scheduler.hook):
        await scheduler.run(
            [lambda a=actor: a(house, draw, known) for actor in chosen],  # type: ignore[misc]
            at_once=4,
        )
    await settle_down(house)
    await check(house, known)


async def settle_down(house: House) -> None:
    """Everything is quiet: all jobs are done, all that is old enough is swept."""
    for _ in range(3):
        house.clock.now += 4 * KEEP_SECONDS + 3600
        while entries := await house.outbox.lease(limit=100, seconds=5):
            for entry in entries:
                await house.run_job(entry)
            await house.outbox.done(*entries)
        await house.collector.sweep()


async def check(house: House, known: Known) -> None:
    """Hold the end of a history against what was acknowledged. Raises Wrong."""
    for public_id, content_hash in known.shown.items():
        asset = await house.store.get(public_id)
        served = await house.through_cdn(public_id)
        there = None if served is None else sha256(served).hexdigest()
        recorded = None if asset is None or asset.gone else asset.blob.content_hash
        if there != recorded:
            raise Wrong(f"{public_id}: {recorded} is recorded, {there} is served")
        if public_id not in known.unsure and recorded != content_hash:
            raise Wrong(f"{public_id}: {content_hash} was acknowledged, {recorded} is there")
    audit = Audit(store=house.store, storage=house.storage, collector=house.collector, sample=1)
    faults = [fault async for fault in audit.faults()]
    if faults:
        raise Wrong(f"{faults}")


def times() -> Times:
    return Times(purge_again_seconds=AGAIN_SECONDS, keep_blob_seconds=KEEP_SECONDS)

"""Attacks on what guards: signatures, and fetching by URL.

Both run against servers of our own, and partly in this process: keys have to be known, and a fetch that is
let through by mistake must find a socket that only takes note.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

from origin.fetch import Fetcher
from proxy.admission import Admission
from proxy.signing import own_signature, written_expiry
from tests.attack.raw import Line
from tests.attack.rows import Row
from tests.attack.sign import KEYS, NOW, mutations, signed_urls
from tests.attack.ssrf import FORBIDDEN_IPS, LOOPBACK, SPELLINGS, doors
from tests.attack.stage import PICTURE, Options, Watch, own_server
from tests.attack.test_sign import admitted, said
from tests.attack.test_ssrf import DOORS, REFUSED, Ways, application, canary, guarded, raw, status

_MUTATIONS, _MUTATIONS_QUICK = 100_000, 5_000
_ASKED, _ASKED_QUICK = 20_000, 1_000
_UNSIGNED = frozenset((400, 401, 414, 501))
"""What nobody signed is answered with: it is not looked for."""
_PORT = 8000


def sign(options: Options) -> Iterator[Row]:
    """Mutations of signed URLs: read in this process, then asked for at a server that has the keys."""
    gate = Admission(keys=KEYS, signing="required")
    yield _mutations_read(gate, _MUTATIONS_QUICK if options.quick else _MUTATIONS)
    keys = [
        {
            "id": key.id,
            "secret": key.secret.decode(),
            "algorithm": key.algorithm,
            "state": "active" if key.active else "retired",
        }
        for key in KEYS
    ]
    settings = {"CALOTYPE_SECURITY__SIGNING": "required", "CALOTYPE_SECURITY__KEYS": json.dumps(keys)}
    with own_server(options.folder / "sign", **settings) as server:
        text = own_signature(PICTURE.strip("/"), KEYS[0], scope="upload", expiry=written_expiry(0))
        watch = Watch(replace(server, picture=f"/s--{text}--{PICTURE}"))
        yield from _mutations_asked(server.base, gate, _ASKED_QUICK if options.quick else _ASKED)
        yield from watch.rows("sign")


def _mutations_read(gate: Admission, count: int) -> Row:
    issued: dict[str, set[tuple[object, ...]]] = {}
    for signed in signed_urls():
        found = gate.read(signed.path, now=NOW)
        issued.setdefault(str(found.url.signature), set()).add(said(found))
    fates: Counter[str] = Counter()
    for _, target in mutations(count):
        admission = admitted(gate, target)
        if admission is None:
            fates["refused"] += 1
        else:
            equal = said(admission) in issued.get(str(admission.url.signature), set())
            fates["equal" if equal else "let by"] += 1
    got = ", ".join(f"{fate}: {number:,}" for fate, number in sorted(fates.items()))
    expected = "refused, or canonically equal to what was signed"
    return Row("sign", f"{count:,} mutations, read", expected, got, holds=not fates["let by"])


def _mutations_asked(base: str, gate: Admission, count: int) -> Iterator[Row]:
    """The same by HTTP, where what is let by is told from what is not by its being looked for."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    opened = Line(base)
    for _, target in mutations(count, seed=1):
        opened.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        answer = opened.answer()
        statuses[answer.status] += 1
        if answer.headers.get("connection") == "close":
            opened.close()
            opened = Line(base)
        refused = answer.status in _UNSIGNED or answer.code == "reserved_path"
        if not refused and admitted(gate, target) is None:
            wrong.append(f"{answer.status} for {target[:200]}")
    opened.close()
    told = ", ".join(f"{status}: {number:,}" for status, number in sorted(statuses.items()))
    yield Row("sign", f"{count:,} mutations, asked for", "no other is looked for", told, holds=not wrong)
    for line in wrong[:10]:
        yield Row("sign", "looked for though nobody signed it", "401", line, holds=False)


def ssrf(options: Options) -> Iterator[Row]:
    """Spellings of forbidden addresses through every door."""
    for number, door in enumerate(DOORS):
        folder = options.folder / f"ssrf-{number}"
        yield asyncio.run(_spellings(folder, door, SPELLINGS[::10] if options.quick else SPELLINGS))
    yield asyncio.run(_names(options.folder / "ssrf-names"))
    yield _canary(options.folder / "ssrf-canary", LOOPBACK[::10] if options.quick else LOOPBACK)


async def _spellings(folder: Path, door: str, spellings: tuple[str, ...]) -> Row:
    ways = Ways()
    with _recorded(ways):
        async with application(folder) as services:
            found = [
                await status(services, doors(spelling.format(port=_PORT))[door]) for spelling in spellings
            ]
    statuses = Counter(number for number, _ in found)
    return _ssrf_row(f"{len(spellings)} spellings by {door}", statuses, len(ways.sockets))


async def _names(folder: Path) -> Row:
    """Names that lead to forbidden addresses, in all or in part."""
    ways, statuses = Ways(), Counter[int]()
    ways.answers |= {f"n{number}.example": [[ip]] for number, ip in enumerate(FORBIDDEN_IPS)}
    ways.answers |= {f"m{number}.example": [["8.8.8.8", ip]] for number, ip in enumerate(FORBIDDEN_IPS)}
    with _recorded(ways):
        async with application(folder) as services:
            for name in ways.answers:
                number, _ = await status(services, doors(f"http://{name}/")["fetch"])
                statuses[number] += 1
    return _ssrf_row(f"{len(ways.answers)} names that lead inside", statuses, len(ways.sockets))


def _recorded(ways: Ways) -> mock._patch[object]:
    """Have every fetcher look names up and make sockets here, where nothing goes out."""
    fetcher = partial(Fetcher, lookup=ways.lookup, make_socket=ways.make_socket)
    return mock.patch("proxy.app_fetch.Fetcher", fetcher)


def _canary(folder: Path, spellings: tuple[str, ...]) -> Row:
    """A real server, which at worst would reach a port of this machine."""
    statuses: Counter[int] = Counter()
    with canary() as (port, knocks), guarded(folder, port) as server:
        for spelling in spellings:
            for path in doors(spelling.format(port=port)).values():
                if not set("\t\r\n ") & set(path):
                    statuses[raw(server, path)] += 1
        found = len(knocks)
    return _ssrf_row(f"{statuses.total()} requests beside a canary", statuses, found)


def _ssrf_row(name: str, statuses: Counter[int], arrived: int) -> Row:
    told = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
    expected = f"{', '.join(map(str, sorted(REFUSED)))}; nothing goes out"
    holds = not arrived and set(statuses) <= REFUSED and statuses.total() > 0
    return Row("ssrf", name, expected, f"{told}; {arrived} went out", holds=holds)

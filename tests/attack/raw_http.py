"""Strange HTTP against a running server: each case answered as it should be, and nothing of it repeated."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.attack.http_cases import Case, cases
from tests.attack.raw import Answer, Talk, ask, talk
from tests.attack.rows import Row

GROUP = "http"
MOST_SECONDS = 2.0
"""Far more than any of them takes, and less than any timeout."""
_AT_ONCE = 4


def attack(base: str, picture: str) -> Iterator[Row]:
    """A row for each case. `picture` is the path of a variant that is there."""
    ask(base, picture)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda case: _try(base, case), cases(picture))
    yield from _nothing_enters(base, picture)


def _try(base: str, case: Case) -> Row:
    sent = case.sent.encode("latin-1")
    found = talk(base, sent, answers=len(case.statuses), ends=case.ends)
    wrong = _wrong(case, found)
    expected = f"{_short(case.statuses)} {case.code}".strip() + (", closed" if case.ends else ", goes on")
    got = f"{_short(found.statuses)}, {found.ended}" + (f": {wrong}" if wrong else "")
    return Row(GROUP, case.name, expected, got, found.code, found.seconds, holds=not wrong)


def _short(statuses: tuple[int, ...] | list[int]) -> str:
    kinds = dict.fromkeys(statuses)
    return " ".join(map(str, kinds)) + (f" ({len(statuses)})" if len(statuses) > 1 else "")


def _wrong(case: Case, found: Talk) -> str:
    """What is not as it should be; empty if all is."""
    if tuple(found.statuses) != case.statuses:
        return "other statuses"
    if found.code != case.code:
        return "another code"
    if found.ended != ("closed" if case.ends else "open"):
        return "another end"
    if found.left_over:
        return f"{len(found.left_over)} bytes too many"
    if found.seconds > MOST_SECONDS:
        return "too slow"
    return next(filter(None, (_wrong_answer(answer, case) for answer in found.answers)), "")


def _wrong_answer(answer: Answer, case: Case) -> str:
    if not answer.version.startswith("HTTP/1."):
        return f"a status line of {answer.version}"
    if answer.headers.keys() & {"set-cookie", "x", "location"}:
        return "a header that is none of ours"
    if answer.headers.get("server") != "calotype":
        return "it does not say calotype"
    # Somebody's bad head must not have a CDN keep an error for a good URL.
    if case.ends and "no-store" not in answer.headers.get("cache-control", ""):
        return "others may keep the answer"
    if answer.status == 405 and answer.headers.get("allow") != "GET, HEAD":
        return "no Allow"
    if b"x" * 81 in answer.body or b"y" * 81 in answer.body or b"<script" in answer.body:
        return "an echo"
    return ""


_FORWARDED = (
    "X-Forwarded-Host: evil",
    "X-Forwarded-Proto: gopher",
    "X-Forwarded-Prefix: /evil",
    "Forwarded: host=evil;proto=gopher",
    "X-Host: evil",
    "X-Forwarded-Server: evil",
    "Via: 1.1 evil",
    "Cookie: id=1",
    "Authorization: Bearer x",
    "Origin: http://evil",
    "Referer: http://evil/",
    "User-Agent: evil",
    "Accept-Encoding: br, gzip",
    "Accept-Language: tlh",
)
_ITS_OWN = frozenset(("date", "x-request-id", "cache-status", "server-timing", "connection"))


def _nothing_enters(base: str, picture: str) -> Iterator[Row]:
    """Headers that are no part of the question change nothing, in answers good and bad."""
    for path in (picture, "/w_x/a.jpg", "/nobody/there.jpg", "/"):
        plain = ask(base, path)
        for header in _FORWARDED:
            other = ask(base, path, header)
            same = _told(plain) == _told(other) and "evil" not in str(other.headers) + str(other.body)
            got = f"{other.status}, {'as without' if same else 'not as without'}"
            yield Row(GROUP, f"{header} with {path}", f"{plain.status}, as without", got, holds=same)


def _told(answer: Answer) -> tuple[object, ...]:
    if answer.status == 200:
        told: bytes | str = answer.body
        own = _ITS_OWN
    else:
        # A message may say how it is known, and that changes with the second request.
        told, own = answer.code, _ITS_OWN | {"x-cld-error", "content-length"}
    return answer.status, {name: value for name, value in answer.headers.items() if name not in own}, told

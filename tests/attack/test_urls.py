"""Every URL is read, or refused by an exception of ours, and soon: known classes, and thousands made up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from proxy.admission import Admission
from proxy.errors import error_body, error_message, header_safe, rule_for
from proxy.tags import asset_tag
from tests.attack.url_cases import CASES, CLASSES, Case
from tests.attack.url_grammar import targets
from tests.transforms.corpus import NAMED
from tests.transforms.inventing import planned
from transforms.errors import TransformError
from transforms.frame import ImageInfo
from transforms.parser import parse

GENERATED = 8_000
BEFORE_ANYTHING = {400, 401, 404, 414, 501}
"""What is answered before anybody looks for a picture; 404 is for the server's own paths."""
TOO_LARGE = 413
"""What is made of an original may be larger than it may be: told once the original is known."""
ORIGINALS = (
    ImageInfo("jpg", 4000, 3000),
    ImageInfo("png", 3, 500, alpha=True),
    ImageInfo("gif", 60, 40, pages=4, animated=True),
)
SLOW_SECONDS = 0.05
USUAL_SECONDS = 0.01
_GATE = Admission()


def read(target: bytes) -> TransformError | None:
    """What the server does before it looks for a picture: its refusal, if it refuses."""
    # As aiohttp hands it on.
    text = target.decode(errors="surrogateescape")
    try:
        parse(_GATE.read(text, now=0).url.transformation, named=NAMED)
    except TransformError as error:
        return error
    return None


def settled(target: bytes, original: ImageInfo, faces: int) -> TransformError | None:
    """All that the server does before it renders, with a picture that it knows."""
    text = target.decode(errors="surrogateescape")
    try:
        url = _GATE.read(text, now=0).url
        recipe = parse(url.transformation, named=NAMED)
        asset_tag(url.public_id)
        planned(recipe, original, faces=faces)
    except TransformError as error:
        return error
    return None


def test_there_are_many_of_every_class() -> None:
    assert len(CASES) > 1_500
    assert all(sum(case.kind == kind for case in CASES) > 30 for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_malformed_urls_are_refused_before_anything_is_looked_for(kind: str) -> None:
    found = {case.target[:200]: read(case.target) for case in CASES if case.kind == kind}

    assert [] == [target for target, error in found.items() if error is None]
    assert {} == {
        target: rule_for(error).status
        for target, error in found.items()
        if error and rule_for(error).status not in BEFORE_ANYTHING
    }


def test_refusals_repeat_little_and_nothing_that_acts() -> None:
    for case in CASES:
        error = read(case.target)
        assert error is not None
        told = json.loads(error_body(error, "id"))["error"]

        assert len(error_message(error)) < 700, case.target[:200]
        assert len(told.get("parameter", "")) <= 80
        assert all(value.isprintable() for value in told.values() if isinstance(value, str)), case.target[
            :200
        ]
        assert header_safe(error_message(error)).isascii()
        assert "\n" not in header_safe(error_message(error))


def test_generated_urls_raise_nothing_but_refusals() -> None:
    fates: dict[str, int] = {"read": 0, "refused": 0}
    for number, target in enumerate(targets(GENERATED)):
        error = settled(target, ORIGINALS[number % 3], faces=number % 3)
        fates["refused" if error else "read"] += 1

        assert error is None or rule_for(error).status in BEFORE_ANYTHING | {TOO_LARGE}, target
    assert min(fates.values()) > GENERATED / 10


def seconds(work: Callable[[], object]) -> float:
    """The least CPU time of a few tries: what else this machine does is not the question."""
    best = float("inf")
    for _ in range(5):
        begun = time.thread_time()
        work()
        best = min(best, time.thread_time() - begun)
        if best < USUAL_SECONDS / 2:
            break
    return best


def test_none_takes_long() -> None:
    generated = [Case("generated", target) for target in targets(1_500, seed=1)]
    times = []
    for case in (*CASES, *generated):
        took = seconds(partial(settled, case.target, ORIGINALS[0], faces=2))
        times.append((took, case.target[:200]))
    times.sort()

    assert times[-1][0] < SLOW_SECONDS, times[-1]
    assert times[len(times) * 99 // 100][0] < USUAL_SECONDS


@pytest.mark.parametrize(
    "repeated",
    [
        *(
            b"w_1,",
            b"w_1/",
            b"a/",
            b"%41",
            b"%25",
            b"!",
            b"$(",
            b"$a_",
            b"_add_1",
            b"_and_w_gt_1",
            b":",
            b"..",
            b"%",
        ),
        *(
            "é".encode(),
            b"%C3%A9",
            b"s--",
            b"l_text:",
            b"(",
            b"if_",
            b"~",
            b"v1/",
            b"fl_",
            b"%2C",
            b"%252C",
            b"-",
        ),
    ],
)
def test_what_is_twice_as_long_takes_no_four_times_as_long(repeated: bytes) -> None:
    """The texts are far past the limit of a URL, so that a square would show."""
    gate = Admission(max_url_bytes=1 << 20)

    def work(count: int) -> Callable[[], object]:
        target = (b"/w_10," + repeated * count + b"/cat.jpg").decode(errors="surrogateescape")

        def run() -> None:
            with suppress(TransformError):
                parse(gate.read(target, now=0).url.transformation)

        return run

    short, long = work(2_000 // len(repeated)), work(64_000 // len(repeated))

    assert seconds(long) < 32 * max(seconds(short), 0.0005) * 4

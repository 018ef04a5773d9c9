"""The server dies between what it writes and what it answers, and nothing is lost; `make crashes` has it die
everywhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from origin.hosting.faultpoints import POINTS
from tests.crashes import trial
from tests.crashes.places import Places
from tests.crashes.server import Mortal, mortal
from tests.crashes.stories import STORIES, Cast

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    with mortal(Places(tmp_path_factory.mktemp("crashes"))) as running:
        yield running


def test_nothing_is_lost_and_what_is_wrong_is_noticed(server: Mortal) -> None:
    cast = Cast("cast")
    told = trial.run(server, "overwrite", "upload.committed", cast)
    trial.look_through(server, [told])
    (key,) = server.places.objects()
    server.places.put_object(key, b"!" * len(cast.picture("b")))
    # As if it had been deleted, and not overwritten.
    trial.look_through(server, [wrong := trial.Trial("delete", "", cast)])

    assert ([], True, False) == (told.faults, told.reached, told.acknowledged)
    assert "{'object_of_other_bytes': 1}" == wrong.audit
    assert any(fault.startswith("cast/a: ") for fault in wrong.resurrected)
    assert any(fault.endswith(".variant") for fault in wrong.resurrected)
    assert [key] == wrong.orphans


def test_two_hundred_who_send_one_file_at_once_store_one_object(server: Mortal) -> None:
    data = Cast("crowd").picture("a")
    with ThreadPoolExecutor(200) as people:
        answers = list(people.map(lambda _: server.client.upload("", data), range(200)))
    statuses = Counter(answer.status if answer is not None else 0 for answer in answers)
    ids = {answer.value["public_id"] for answer in answers if answer is not None and answer.status == 200}
    content_hash = sha256(data).hexdigest()

    assert {200: 200} == statuses
    assert 1 == len(ids)
    assert [f"o/{content_hash[:2]}/{content_hash}.1"] == [
        key for key in server.places.objects() if content_hash in key
    ]


def test_every_point_is_passed_and_died_at() -> None:
    code = "".join(path.read_text() for floor in ("origin", "proxy") for path in (ROOT / floor).rglob("*.py"))
    passed = set(re.findall(r'await reach\("([a-z_.]+)"\)', code))
    died_at = {point for story in STORIES.values() for point in story.points}

    assert set(POINTS) == passed
    assert set(POINTS) == died_at

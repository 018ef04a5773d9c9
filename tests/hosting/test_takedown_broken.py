"""Every protection of a takedown, left out one at a time: the tests of the whole one notice each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from origin.recent import RecentBytes
from proxy.api.deliver import DeliverHandler
from proxy.cache import made_of
from proxy.cache.tiers import Tiers
from proxy.finder import Finder
from proxy.gone import Gone
from proxy.link import RedisLink
from proxy.settling import Settled
from tests.hosting import test_takedown as whole
from tests.hosting.instances import Instance, Place
from tests.hosting.test_takedown import link, one, other, place

__all__ = ["link", "one", "other", "place"]
pytestmark = whole.pytestmark

_UNGUARDED_PUT = (
    made_of.PUT[: made_of.PUT.index("for i = 1")] + made_of.PUT[made_of.PUT.index("local life") :]
)
_UNNAMED_PUT = made_of.PUT[: made_of.PUT.index("for i = 2")] + "return 1"


async def nothing(*_: Any, **__: Any) -> None:
    """In place of what waits."""


async def no(*_: Any) -> bool:
    """In place of a look."""
    return False


def never(*_: Any) -> Any:
    """In place of what does not."""


async def dropped_nowhere(*_: Any) -> dict[str, int | None]:
    return {}


def forgets_and_keeps(recent: RecentBytes, content_hashes: set[str]) -> None:
    for content_hash in content_hashes:
        recent._cache.pop(content_hash, None)


in_flight = whole.test_a_render_under_way_is_not_kept_and_not_shown

# What is broken, where, by what, and who notices.
BROKEN: dict[str, tuple[Any, str, Any, Callable[..., Any], dict[str, Any]]] = {
    "Redis takes all": (made_of, "PUT", _UNGUARDED_PUT, in_flight, {"told": False}),
    "Redis names nothing": (made_of, "PUT", _UNNAMED_PUT, whole.test_no_tier_keeps_it, {}),
    "nobody looks before the first byte": (
        *(DeliverHandler, "_look_again", nothing, in_flight),
        {"told": False},
    ),
    "nobody looks after a write": (Gone, "look", no, whole.test_a_write_behind_the_answer_undoes_itself, {}),
    "marks are not minded": (
        Gone,
        "outdated",
        never,
        whole.test_a_promotion_under_way_brings_nothing_back,
        {},
    ),
    "no tier drops": (Tiers, "drop_made_of", dropped_nowhere, whole.test_no_tier_keeps_it, {}),
    "processes forget nothing": (Tiers, "forget_made_of", never, whole.test_no_tier_keeps_it, {}),
    "what was missed stays": (
        *(Tiers, "forget_all", never),
        *(whole.test_an_instance_that_missed_messages_forgets_everything, {}),
    ),
    "a read puts back": (
        RecentBytes,
        "drop",
        forgets_and_keeps,
        whole.test_a_read_under_way_leaves_no_bytes,
        {},
    ),
    "facts are trusted": (
        *(Finder, "_still_there", lambda _, asset: asset),
        *(whole.test_facts_that_come_late_are_not_trusted, {}),
    ),
    "equal bytes fall together": (
        *(Settled, "standings", ()),
        *(whole.test_whoever_shows_the_same_bytes_does_not_fall_with_it, {}),
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_it_is_noticed(
    place: Place,
    one: Instance,
    other: Instance,
    link: RedisLink,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    owner, name, substitute, test, given = BROKEN[broken]
    monkeypatch.setattr(owner, name, substitute)
    asked = {"place": place, "one": one, "other": other, "link": link, **given}
    wanted = {key: value for key, value in asked.items() if key in test.__annotations__}

    with pytest.raises(AssertionError):
        await test(**wanted)

"""What people do to pictures, and what has to be there before and after it: at which points each may die."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from PIL import Image

from tests.crashes.client import Answer
from tests.crashes.server import Mortal

State = Mapping[str, bytes | None]
"""The bytes that are shown by public id; None for what is not."""


@dataclass
class Cast:
    """The public ids and pictures of one trial."""

    name: str
    _pictures: dict[str, bytes] = field(default_factory=dict)
    token: str = ""
    """A delete token, where one was answered."""

    def id(self, letter: str) -> str:
        return f"{self.name}/{letter}"

    def picture(self, letter: str) -> bytes:
        """Another picture for every letter."""
        if letter not in self._pictures:
            out = io.BytesIO()
            Image.effect_noise((64, 48), 60).convert("RGB").save(out, "JPEG")
            self._pictures[letter] = out.getvalue()
        return self._pictures[letter]

    @property
    def hashes(self) -> Mapping[str, bytes]:
        """All pictures there were, by their hashes."""
        return {sha256(data).hexdigest(): data for data in self._pictures.values()}


Step = Callable[[Mortal, Cast], bool]
"""Does something; whether it was acknowledged."""


@dataclass(frozen=True)
class Story:
    """Something that is done to pictures, after what was done to `prepare` it, and the points on its way.

    Before and after are letters: of public ids, each with that of the picture that it shows, or without.
    """

    points: tuple[str, ...]
    prepare: Step
    act: Step
    before: Mapping[str, str]
    after: Mapping[str, str]


def shown(cast: Cast, letters: Mapping[str, str]) -> State:
    """What letters of a story mean in a trial."""
    return {
        cast.id(letter): cast.picture(picture) if picture else None for letter, picture in letters.items()
    }


def _acknowledged(answer: Answer | None) -> bool:
    return answer is not None and answer.status == 200


def _nothing(server: Mortal, cast: Cast) -> bool:
    return True


def _upload(letter: str, picture: str) -> Step:
    def step(server: Mortal, cast: Cast) -> bool:
        answer = server.client.upload(cast.id(letter), cast.picture(picture), return_delete_token="true")
        if answer is not None and answer.status == 200:
            cast.token = str(answer.value["delete_token"])
        return _acknowledged(answer)

    return step


def _view(letter: str) -> Step:
    def step(server: Mortal, cast: Cast) -> bool:
        answers = [server.client.get(cast.id(letter), text) for text in ("", "w_20", "c_fill,h_9,w_9")]
        return all(map(_acknowledged, answers))

    return step


def _look(server: Mortal, cast: Cast) -> bool:
    """That it is not there any more is remembered, too."""
    return server.client.get(cast.id("a")) is not None


def _all(*steps: Step) -> Step:
    def step(server: Mortal, cast: Cast) -> bool:
        return all(each(server, cast) for each in steps)

    return step


def _destroy(server: Mortal, cast: Cast) -> bool:
    return _acknowledged(server.client.destroy(cast.id("a")))


def _rename(server: Mortal, cast: Cast) -> bool:
    return _acknowledged(server.client.rename(cast.id("a"), cast.id("b")))


def _tag(server: Mortal, cast: Cast) -> bool:
    return _acknowledged(server.client.tag(cast.id("a"), "one", "two"))


def _delete_by_token(server: Mortal, cast: Cast) -> bool:
    return _acknowledged(server.client.delete_by_token(cast.token))


def _delete_below(server: Mortal, cast: Cast) -> bool:
    return _acknowledged(server.client.delete_below(f"{cast.name}/"))


def _upload_unheard(server: Mortal, cast: Cast) -> bool:
    server.listener.fail_next = True
    return _upload("a", "a")(server, cast)


def _a_day(server: Mortal, cast: Cast) -> bool:
    server.places.a_day_goes_by()
    return True


def _lose_an_object(server: Mortal, cast: Cast) -> bool:
    content_hash = sha256(cast.picture("lost")).hexdigest()
    server.places.put_object(f"o/{content_hash[:2]}/{content_hash}.1", cast.picture("lost"))
    return True


def _sweep(server: Mortal, cast: Cast) -> bool:
    server.command("gc", die_at=f"@{server.file}")
    return True


_WRITTEN = ("upload.blob_read", "upload.stored", "upload.verified", "upload.committed")
_TAKEN_DOWN = ("takedown.published", "takedown.variants_dropped", "takedown.purged")
_SEEN = _all(_upload("a", "a"), _view("a"))

STORIES: Mapping[str, Story] = {
    "upload": Story(
        ("upload.begun", "upload.intent_written", *_WRITTEN),
        _nothing,
        _upload("a", "a"),
        {"a": ""},
        {"a": "a"},
    ),
    "overwrite": Story(
        ("upload.begun", "upload.intent_written", *_WRITTEN, *_TAKEN_DOWN),
        _SEEN,
        _upload("a", "b"),
        {"a": "a"},
        {"a": "b"},
    ),
    "the same bytes again": Story(
        _WRITTEN, _SEEN, _upload("b", "a"), {"a": "a", "b": ""}, {"a": "a", "b": "a"}
    ),
    "what was deleted again": Story(
        (*_WRITTEN, "takedown.purged"),
        _all(_SEEN, _destroy, _look),
        _upload("a", "a"),
        {"a": ""},
        {"a": "a"},
    ),
    "delete": Story(
        ("delete.begun", "delete.committed", *_TAKEN_DOWN), _SEEN, _destroy, {"a": "a"}, {"a": ""}
    ),
    "delete by token": Story(
        ("delete.begun", "delete.committed"), _SEEN, _delete_by_token, {"a": "a"}, {"a": ""}
    ),
    "delete all below": Story(
        ("delete.begun", "delete.page_done", "takedown.purged"),
        _all(_SEEN, _upload("b", "b"), _view("b")),
        _delete_below,
        {"a": "a", "b": "b"},
        {"a": "", "b": ""},
    ),
    "rename": Story(
        ("rename.begun", "rename.committed", *_TAKEN_DOWN),
        _SEEN,
        _rename,
        {"a": "a", "b": ""},
        {"a": "", "b": "a"},
    ),
    "tag": Story(("change.begun", "change.committed"), _SEEN, _tag, {"a": "a"}, {"a": "a"}),
    "jobs of an upload": Story(
        (
            *("outbox.leased", "outbox.fed", "outbox.done", "job.begun", "job.read", "job.rendered"),
            *("job.stored", "mounted.looked", "mounted.read"),
        ),
        _nothing,
        _upload("a", "a"),
        {"a": ""},
        {"a": "a"},
    ),
    "a job that fails": Story(("outbox.failed",), _nothing, _upload_unheard, {"a": ""}, {"a": "a"}),
    "jobs of a deletion": Story(
        (
            *(*_TAKEN_DOWN, "outbox.leased", "outbox.done", "job.begun", "job.stored"),
            *("collect.begun", "collect.marked", "collect.deleted", "collect.done"),
        ),
        _all(_SEEN, _destroy),
        _a_day,
        {"a": ""},
        {"a": ""},
    ),
    "sweep": Story(
        ("sweep.listed", "sweep.claimed", "sweep.deleted"), _lose_an_object, _sweep, {"a": ""}, {"a": ""}
    ),
}

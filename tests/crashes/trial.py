"""One trial: something is done, the server dies on the way, is started again, and looked through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from proxy.variant import ORIGINAL_LENGTH
from tests.crashes.server import Mortal, eventually
from tests.crashes.stories import STORIES, Cast, State, Story, shown

_TRIES = 5


@dataclass
class Trial:
    """What came of it; everything that is wrong is in one of the lists."""

    story: str
    point: str
    cast: Cast
    acknowledged: bool = False
    """Whether whoever asked had his answer before the server died."""
    reached: bool = False
    """Whether the server died where it was told to."""
    seconds: float = 0.0
    """How long it took to serve again."""
    lost: list[str] = field(default_factory=list)
    resurrected: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    """Receipts and jobs."""
    audit: str = ""

    @property
    def faults(self) -> list[str]:
        found = [*self.lost, *self.resurrected, *self.orphans, *self.unfinished]
        return [*found, *([self.audit] if self.audit else []), *([] if self.reached else ["never died"])]


def run(server: Mortal, story_name: str, point: str, cast: Cast) -> Trial:
    """Tell a story that ends at a point. The server runs before and afterwards."""
    story, trial = STORIES[story_name], Trial(story_name, point, cast)
    if not story.prepare(server, cast):
        raise RuntimeError(f"{story_name}: what comes before was refused")
    eventually(lambda: not server.places.jobs_due())
    server.die_at(point)
    trial.acknowledged = story.act(server, cast)
    trial.reached = eventually(lambda: server.died, 20)
    server.kill()
    server.start()
    trial.seconds = server.started_seconds
    _check_what_was_told(server, story, cast, trial)
    _do_again(server, story, cast, trial)
    return trial


def look_through(server: Mortal, trials: Sequence[Trial]) -> None:
    """When a day has gone by: what is left of these trials. The last one is blamed for what is nobody's."""
    last = trials[-1]
    _settle(server, last)
    objects, variants = server.places.objects(), server.places.variants()
    for trial in trials:
        _check_what_is_kept(server, trial, objects, variants)
    last.orphans += server.places.staged()
    last.unfinished += server.places.unfinished()
    audit = server.command("audit", "--sample", "1", "--json")
    faults = json.loads(audit.stdout or "{}").get("faults", audit.stderr)
    last.audit = last.audit or (str(faults) if audit.returncode or faults else "")


def _check_what_was_told(server: Mortal, story: Story, cast: Cast, trial: Trial) -> None:
    """What was acknowledged is so; what was not is so wholly, or not at all."""
    before, after = shown(cast, story.before), shown(cast, story.after)
    seen = state(server, list(after))
    if seen != after and (trial.acknowledged or seen != before):
        _blame(trial, seen, after)


def _do_again(server: Mortal, story: Story, cast: Cast, trial: Trial) -> None:
    """Whoever got no answer tries again, and comes to the same."""
    after = shown(cast, story.after)
    if trial.acknowledged or any(story.act(server, cast) for _ in range(_TRIES)):
        return
    if state(server, list(after)) != after:
        trial.lost.append(f"{cast.name}: is refused when it is done again")


def _settle(server: Mortal, trial: Trial) -> None:
    """A day goes by, and everything that was to be done is done."""
    for _ in range(2):
        server.places.a_day_goes_by()
        if not eventually(lambda: not server.places.jobs_left()):
            trial.unfinished += server.places.jobs_left()
            break
    if (swept := server.command("gc")).returncode:
        trial.audit = f"gc: {swept.stderr}"


def _check_what_is_kept(
    server: Mortal, trial: Trial, objects: Sequence[str], variants: Sequence[str]
) -> None:
    """What is shown is what was acknowledged, and what is not shown is kept nowhere."""
    after = shown(trial.cast, STORIES[trial.story].after)
    some = {name: _any(data) for name, data in after.items()}
    _blame(trial, state(server, list(after)), after)
    _blame(trial, state(server, list(after), "c_pad,h_11,w_11"), some)
    kept = {sha256(data).hexdigest() for data in after.values() if data is not None}
    for content_hash in set(trial.cast.hashes) - kept:
        trial.resurrected += [key for key in variants if content_hash[:ORIGINAL_LENGTH] in key]
        trial.orphans += [key for key in objects if content_hash in key]


def state(server: Mortal, public_ids: Sequence[str], transformation: str = "") -> State:
    """What is shown of these; of a rendition only that there is one."""
    found: dict[str, bytes | None] = {}
    for public_id in public_ids:
        answer = server.client.get(public_id, transformation)
        if answer is None or answer.status not in (200, 404, 410):
            found[public_id] = f"status {answer.status if answer else 'none'}".encode()
        else:
            found[public_id] = _any(answer.body) if transformation else answer.body
            if answer.status != 200:
                found[public_id] = None
    return found


def _any(data: bytes | None) -> bytes | None:
    return None if data is None else b"some"


def _blame(trial: Trial, seen: State, wanted: State) -> None:
    for public_id, data in wanted.items():
        if seen[public_id] != data:
            told = f"{public_id}: {(seen[public_id] or b'nothing')[:12]!r} is shown"
            (trial.resurrected if data is None else trial.lost).append(told)

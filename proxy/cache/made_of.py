"""What lies in Redis that was made of an original, found again by the hash of that original.

Beside each entry its name goes into a sorted set for every original that is in it, in one script, so that
nothing lies there that a takedown would not find. A set names the youngest entries of an original only; the
oldest goes, and what it names goes with it, when there are more.
"""

from __future__ import annotations

from collections.abc import Sequence

from origin.hosting.standing import Standing
from proxy.gone import mark_key
from proxy.pipelined import Word

PREFIX = "calotype:1:of:"
MOST_ENTRIES = 10_000
"""Of one original. A mark that stands on every picture of a site has as many."""

# KEYS: the entry, then the set of each original, then the mark of each standing. ARGV: the entry's bytes, its
# life in milliseconds, how many sets there are, the most entries of a set, then the generation of each
# standing. Answers 0 where one of them was taken down, else 1. A set outlives all that it names.
PUT = """
local sets = tonumber(ARGV[3])
for i = 1, #KEYS - 1 - sets do
    local mark = redis.call('get', KEYS[1 + sets + i])
    if mark and tonumber(mark) > tonumber(ARGV[4 + i]) then
        return 0
    end
end
local life = tonumber(ARGV[2])
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('set', KEYS[1], ARGV[1], 'px', life)
for i = 2, 1 + sets do
    redis.call('zremrangebyscore', KEYS[i], '-inf', now)
    redis.call('zadd', KEYS[i], now + life, KEYS[1])
    if redis.call('zcard', KEYS[i]) > tonumber(ARGV[4]) then
        redis.call('unlink', redis.call('zpopmin', KEYS[i])[1])
    end
    if redis.call('pttl', KEYS[i]) < life then
        redis.call('pexpire', KEYS[i], life)
    end
end
return 1
"""

# KEYS: sets. Answers how many of the entries that they name were there.
DROP = """
local dropped = 0
for _, set in ipairs(KEYS) do
    local names = redis.call('zrange', set, 0, -1)
    for start = 1, #names, 1000 do
        dropped = dropped + redis.call('unlink', unpack(names, start, math.min(start + 999, #names)))
    end
    redis.call('del', set)
end
return dropped
"""


def put_command(
    place: str,
    data: bytes | str,
    *,
    life_milliseconds: int,
    made_of: Sequence[str],
    standings: Sequence[Standing] = (),
) -> tuple[Word, ...]:
    """Puts `data` under `place`, unless one of `standings` was taken down; answers 0 then."""
    keys = (place, *map(of_key, made_of), *map(mark_key, standings))
    generations = (standing.generation for standing in standings)
    return ("EVAL", PUT, len(keys), *keys, data, life_milliseconds, len(made_of), MOST_ENTRIES, *generations)


def drop_arguments(content_hashes: Sequence[str]) -> tuple[str, int, tuple[str, ...]]:
    """What EVAL takes to drop all that was made of these originals."""
    return DROP, len(content_hashes), tuple(map(of_key, content_hashes))


def of_key(content_hash: str) -> str:
    """Where Redis holds the names of what was made of that original."""
    return PREFIX + content_hash

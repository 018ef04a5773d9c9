"""What is slow begins a little at a time."""

import asyncio

from proxy.turns import Turns


async def begun(turns: Turns, number: int) -> tuple[list[int], list[asyncio.Task[None]]]:
    order: list[int] = []

    async def take(each: int) -> None:
        await turns.take()
        order.append(each)

    return order, [asyncio.create_task(take(each)) for each in range(number)]


async def test_some_begin_at_once_and_the_next_when_one_ends():
    turns = Turns(has_room=lambda: True, at_once=2, tick_seconds=60)
    order, tasks = await begun(turns, 4)
    await asyncio.sleep(0)
    first = list(order)
    turns.give_back()
    await asyncio.sleep(0)

    assert ([0, 1], [0, 1, 2]) == (first, order)
    turns.give_back()
    await asyncio.gather(*tasks)


async def test_where_none_ends_they_begin_one_after_the_other():
    turns = Turns(has_room=lambda: True, at_once=1, tick_seconds=0.001)
    order, tasks = await begun(turns, 4)
    await asyncio.gather(*tasks)

    assert [0, 1, 2, 3] == order


async def test_who_stops_waiting_takes_no_turn():
    turns = Turns(has_room=lambda: True, at_once=1, tick_seconds=60)
    order, tasks = await begun(turns, 3)
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    turns.give_back()
    await tasks[2]

    assert [0, 2] == order


async def test_a_turn_that_comes_with_the_end_of_waiting_is_passed_on():
    turns = Turns(has_room=lambda: True, at_once=1, tick_seconds=60)
    order, tasks = await begun(turns, 3)
    await asyncio.sleep(0)
    # In one moment: the turn is given to the second, and the second gives up.
    turns.give_back()
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    await tasks[2]

    assert [0, 2] == order


async def test_whether_one_had_to_wait_is_told():
    turns = Turns(has_room=lambda: True, at_once=1, tick_seconds=0.001)

    assert [False, True] == [await turns.take(), await turns.take()]


async def test_where_there_is_no_room_nobody_waits():
    room = True
    turns = Turns(has_room=lambda: room, at_once=1, tick_seconds=60)
    order, tasks = await begun(turns, 4)
    await asyncio.sleep(0)
    room = False
    turns.give_back()
    await asyncio.gather(*tasks)

    assert [0, 1, 2, 3] == order

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import Any

import pytest

from bank131_async.client.signing_queue import TURN_S, AwaitedSigning, InlineSigning, PooledSigning, signing_queue
from bank131_async.core.signing import Signer, Verifier, new_private_key_pem
from tests.support.keys import OTHER_PRIVATE_PEM, OTHER_PUBLIC_PEM

pytestmark = pytest.mark.asyncio

SIGNER = Signer.from_pem(OTHER_PRIVATE_PEM)
VERIFIER = Verifier.from_pem(OTHER_PUBLIC_PEM)


class _Recorder:
    """Stands for a signer: takes a time of its own clock, and notes in which turn of the loop it was called."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turn = 0
        self.turns: list[int] = []
        self.order: list[bytes] = []
        self.threads: set[str] = set()

    def sign(self, data: bytes) -> str:
        self.now += TURN_S / 3.5
        self.turns.append(self.turn)
        self.order.append(data)
        self.threads.add(threading.current_thread().name)
        return data.decode()

    def count_turns(self, loop: asyncio.AbstractEventLoop) -> None:
        self.turn += 1
        loop.call_soon(self.count_turns, loop)


IN_A_TURN = 4
"""What a turn has time for: the fourth is begun within it."""


def _inline(recorder: Any) -> InlineSigning:
    return InlineSigning(recorder, lambda: recorder.now)


async def test_the_size_of_the_key_decides_where_it_signs() -> None:
    big = Signer.from_pem(new_private_key_pem(3072))
    assert isinstance(signing_queue(SIGNER), InlineSigning)
    assert isinstance(signing_queue(big), PooledSigning)
    assert isinstance(signing_queue(_AsyncSigner()), AwaitedSigning)


async def test_a_lone_signature_is_made_without_a_turn_of_the_loop() -> None:
    signing = InlineSigning(SIGNER).sign(b"body")
    with pytest.raises(StopIteration) as done:
        signing.send(None)  # type: ignore[attr-defined]
    VERIFIER.verify(b"body", done.value.value)


async def test_many_signatures_are_made_a_few_in_a_turn_in_the_order_of_asking() -> None:
    recorder = _Recorder()
    queue = _inline(recorder)
    recorder.count_turns(asyncio.get_running_loop())
    bodies = [str(number).encode() for number in range(20)]
    signatures = await asyncio.gather(*(queue.sign(body) for body in bodies))
    assert signatures == [body.decode() for body in bodies]
    assert recorder.order == bodies
    assert set(Counter(recorder.turns).values()) == {IN_A_TURN}


async def test_whoever_asks_later_waits_behind_those_who_wait_already() -> None:
    recorder = _Recorder()
    queue = _inline(recorder)
    first = [asyncio.create_task(queue.sign(str(number).encode())) for number in range(6)]
    await asyncio.sleep(0)
    recorder.now += TURN_S  # the turn is over by the clock, yet two are still waiting
    later = asyncio.create_task(queue.sign(b"later"))
    await asyncio.gather(*first, later)
    assert recorder.order == [b"0", b"1", b"2", b"3", b"4", b"5", b"later"]


async def test_a_signer_slower_than_a_turn_still_makes_one_signature_in_each() -> None:
    class Slow(_Recorder):
        def sign(self, data: bytes) -> str:
            self.now += TURN_S * 2
            return super().sign(data)

    recorder = Slow()
    queue = _inline(recorder)
    recorder.count_turns(asyncio.get_running_loop())
    await asyncio.gather(*(queue.sign(b"x") for _ in range(5)))
    assert set(Counter(recorder.turns).values()) == {1}


async def test_a_cancelled_waiter_gives_its_turn_away() -> None:
    recorder = _Recorder()
    queue = _inline(recorder)
    tasks = [asyncio.create_task(queue.sign(str(number).encode())) for number in range(IN_A_TURN + 3)]
    await asyncio.sleep(0)
    tasks[IN_A_TURN + 1].cancel()
    await asyncio.wait(tasks)
    assert recorder.order == [str(number).encode() for number in range(IN_A_TURN + 3) if number != IN_A_TURN + 1]
    assert await queue.sign(b"later") == "later"


async def test_an_error_of_one_signature_does_not_stop_the_others() -> None:
    class Failing(_Recorder):
        def sign(self, data: bytes) -> str:
            if data in {b"1", b"6"}:
                raise RuntimeError("no")
            return super().sign(data)

    queue = _inline(Failing())
    results = await asyncio.gather(*(queue.sign(str(n).encode()) for n in range(8)), return_exceptions=True)
    assert [result for result in results if isinstance(result, str)] == ["0", "2", "3", "4", "5", "7"]
    assert isinstance(results[1], RuntimeError)
    assert isinstance(results[6], RuntimeError)


async def test_large_keys_sign_in_threads_of_their_own_that_end_with_the_queue() -> None:
    recorder: Any = _Recorder()
    queue = PooledSigning(recorder)
    assert _sign_threads() == set()
    assert sorted(await asyncio.gather(*(queue.sign(bytes([65 + n])) for n in range(8)))) == list("ABCDEFGH")
    assert all(name.startswith("bank131-sign") for name in recorder.threads)
    running = _sign_threads()
    await queue.aclose()
    await queue.aclose()
    for thread in running:
        thread.join(1)
    assert _sign_threads() == set()


def _sign_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("bank131-sign")}


class _AsyncSigner:
    async def sign(self, data: bytes) -> str:
        await asyncio.sleep(0)
        return data.decode()


async def test_a_signer_of_the_users_own_is_awaited() -> None:
    queue = signing_queue(_AsyncSigner())
    assert await queue.sign(b"body") == "body"
    await queue.aclose()

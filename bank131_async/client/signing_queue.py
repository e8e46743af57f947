"""Signing without holding up the event loop.

An RSA signature takes about 0.25 ms of CPU with a 2048-bit key and 1.5 ms with a 4096-bit key. One does not hurt; fifty
requests that start together and sign back to back in one turn of the loop stop everything else for 12 to 75 ms. So:

- keys below 3072 bits sign inline, but only for a while in each turn of the loop; a lone request never waits;
- larger keys sign in a small pool of threads (cryptography releases the GIL), where the hop costs little beside them;
- a signer of the user's own (HSM, key service) is simply awaited.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from bank131_async.core.signing import AsyncSigner, Signer
from bank131_async.errors import NotSentError

POOL_KEY_BITS = 3072
TURN_S = 0.0015
"""Seconds of signing in one turn of the loop, but at least one signature. A timer may be late by two turns, so that
much more would be felt. Much less costs rate: the loop, the kernel and the server are all cheaper by the handful.
"""


class SigningQueue(Protocol):
    """Makes the signature of a body, in its own time."""

    async def sign(self, data: bytes) -> str:
        """The Base64 signature of exactly these bytes."""
        ...

    async def aclose(self) -> None:
        """Release threads, if any."""
        ...


def signing_queue(signer: Signer | AsyncSigner) -> SigningQueue:
    """The queue that suits the key."""
    if not isinstance(signer, Signer):
        return AwaitedSigning(signer)
    return InlineSigning(signer) if signer.key_size < POOL_KEY_BITS else PooledSigning(signer)


class InlineSigning:
    """Signs in the loop's thread, for ``TURN_S`` in each turn of the loop, in the order of asking."""

    def __init__(self, signer: Signer, clock: Callable[[], float] = time.monotonic) -> None:
        self._signer = signer
        self._clock = clock
        self._waiting: deque[tuple[bytes, asyncio.Future[str]]] = deque()
        self._until: float | None = None  # the end of this turn's time, None before its first signature

    async def sign(self, data: bytes) -> str:
        """Sign at once if this turn of the loop has time left for it, else in a later one."""
        if self._until is None:
            self._until = self._clock() + TURN_S
            asyncio.get_running_loop().call_soon(self._next_turn)
        elif self._waiting or self._clock() >= self._until:
            signature: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self._waiting.append((data, signature))
            return await signature
        return self._signer.sign(data)

    def _next_turn(self) -> None:
        if not self._waiting:
            self._until = None
            return
        self._until = until = self._clock() + TURN_S
        while self._waiting:
            data, signature = self._waiting.popleft()
            if signature.done():  # cancelled: its time goes to the next
                continue
            try:
                signature.set_result(self._signer.sign(data))
            except Exception as error:
                signature.set_exception(error)
            if self._clock() >= until:
                break
        asyncio.get_running_loop().call_soon(self._next_turn)

    async def aclose(self) -> None:
        """Nothing to release."""


class PooledSigning:
    """Signs in up to four threads of its own, started with the first signature."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._pool: ThreadPoolExecutor | None = None

    async def sign(self, data: bytes) -> str:
        """Sign in a thread."""
        if self._pool is None:
            # One core is left to the loop: signing on all of them delays it by whole time slices of the scheduler.
            threads = max(1, min(4, (os.cpu_count() or 1) - 1))
            self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bank131-sign")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._signer.sign, data)

    async def aclose(self) -> None:
        """Let the threads finish what is queued (milliseconds) and end by themselves."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)


class AwaitedSigning:
    """Awaits the user's own signer."""

    def __init__(self, signer: AsyncSigner) -> None:
        self._signer = signer

    async def sign(self, data: bytes) -> str:
        """Whatever the user's signer gives. Raises ``NotSentError`` if it fails."""
        try:
            return await self._signer.sign(data)
        except Exception as error:
            raise NotSentError(f"the signer failed ({type(error).__name__}), nothing was sent") from error

    async def aclose(self) -> None:
        """The signer belongs to the user."""

"""Waiting for a flow: what ``await flow``, ``async for`` and ``wait_for`` are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bank131_async.client import ApiClient
from bank131_async.core.machine import Facts
from bank131_async.flow.poller import Poller
from bank131_async.flow.record import FlowRecord
from bank131_async.flow.recorder import Recorder
from bank131_async.flow.settings import FlowSettings

T = TypeVar("T")


class Waiting:
    """Keeps a flow looked after for as long as somebody waits for it."""

    def __init__(self, api: ApiClient, recorder: Recorder, poller: Poller, settings: FlowSettings) -> None:
        self._api = api
        self._recorder = recorder
        self._poller = poller
        self._machine = settings.machine

    async def until(self, record: FlowRecord, reached: Callable[[FlowRecord], Awaitable[T | None]]) -> T:
        """Wait until ``reached`` gives a value, and return it.

        It is given the record in use, now and after each change of its facts. The frame of this coroutine, its future
        and little else is what each of a hundred thousand waiters costs, so nothing is wrapped around it.

        Raises ``ConfigurationError`` when the client is closed meanwhile, or used in another loop or process.
        """
        self._api.check_owner()
        record = self._poller.enlist(record)
        future = None
        try:
            await self._recorder.catch_up(record)
            while (value := await reached(record)) is None:
                self._poller.check_open()
                future = record.waiter()
                await future
        finally:
            if future is not None:
                record.forget(future)
            self._poller.release(record)
        return value

    def abandoned(self, facts: Facts) -> bool:
        """True when the flow has passed its horizon."""
        return facts.is_abandoned(self._machine, self._recorder.now())

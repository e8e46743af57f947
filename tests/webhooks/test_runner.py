"""The runner keeps the order of a session, tries again, bounds what runs at once and stops within its grace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bank131_async.core.retry import RetryPolicy
from bank131_async.core.webhook import WebhookEvent
from bank131_async.webhooks import Dispatched, Router, RouterRunner
from tests.support.webhooks import webhook_event

RETRIES = RetryPolicy(attempts=3, first_pause_s=1.0, longest_pause_s=10.0)


class Pauses:
    """Stands in for sleeping: notes how long and gives others a turn."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - nothing in the runner tells of a turn of the loop
        await asyncio.sleep(0)


def label(event: WebhookEvent) -> str:
    return f"{event.session_id}/{event.extra['n']}"


@pytest.mark.asyncio
async def test_a_session_keeps_its_order_while_others_go_on() -> None:
    router, seen, gate = Router(), list[str](), asyncio.Event()

    @router.on_any
    async def handle(event: WebhookEvent) -> None:
        if label(event) == "ps_1/1":
            await gate.wait()
        seen.append(label(event))

    runner = RouterRunner(router)
    for session, n in [("ps_1", 1), ("ps_1", 2), ("ps_2", 1), ("ps_1", 3), ("ps_2", 2)]:
        runner.submit(webhook_event(session_id=session, n=n))
    assert runner.pending == 5
    await until(lambda: len(seen) == 2)
    assert seen == ["ps_2/1", "ps_2/2"]
    gate.set()
    await runner.join()
    assert seen[2:] == ["ps_1/1", "ps_1/2", "ps_1/3"]
    assert runner.pending == 0


@pytest.mark.asyncio
async def test_only_the_failing_handler_is_called_again_after_growing_pauses_and_later_events_wait() -> None:
    done: list[tuple[str, Dispatched]] = []
    router, calls, pauses = Router(), list[str](), Pauses()

    @router.on_any
    async def good(event: WebhookEvent) -> None:
        calls.append(f"good {label(event)}")

    @router.on_any
    async def shaky(event: WebhookEvent) -> None:
        calls.append(f"shaky {label(event)}")
        if calls.count("shaky ps_1/1") < 3:
            raise ConnectionError("the shop's database is away")

    runner = RouterRunner(
        router, retries=RETRIES, sleep=pauses, jitter=lambda: 0.0, on_done=lambda e, r: done.append((label(e), r))
    )
    runner.submit(webhook_event(session_id="ps_1", n=1))
    runner.submit(webhook_event(session_id="ps_1", n=2))
    await runner.join()
    assert calls == ["good ps_1/1", *["shaky ps_1/1"] * 3, "good ps_1/2", "shaky ps_1/2"]
    assert pauses.taken == [1.0, 2.0]
    assert done == [("ps_1/1", Dispatched(2)), ("ps_1/2", Dispatched(2))]


@pytest.mark.asyncio
async def test_what_never_succeeds_is_given_up_reported_and_no_longer_in_the_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[tuple[str, Dispatched]] = []
    router, pauses = Router(), Pauses()

    @router.on_any
    def broken(event: WebhookEvent) -> None:
        if event.extra["n"] == 1:
            raise ValueError("always")

    runner = RouterRunner(router, retries=RETRIES, sleep=pauses, on_done=lambda e, r: done.append((label(e), r)))
    runner.submit(webhook_event(n=1))
    runner.submit(webhook_event(n=2))
    await runner.join()
    assert done == [("ps_3230/1", Dispatched(0, (broken,))), ("ps_3230/2", Dispatched(1))]
    assert len(pauses.taken) == RETRIES.attempts - 1
    assert "1 handlers were given up" in caplog.text


@pytest.mark.asyncio
async def test_no_more_than_the_allowed_number_run_at_once_and_pauses_take_no_place() -> None:
    router, running, most = Router(), 0, 0
    pausing = asyncio.Event()

    @router.on_any
    async def handle(event: WebhookEvent) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if event.extra["n"] < 2:
            raise ValueError("try again")

    async def pause(_: float) -> None:
        await pausing.wait()

    runner = RouterRunner(router, concurrency=2, sleep=pause, retries=RetryPolicy(attempts=2))
    for n in range(10):
        runner.submit(webhook_event(session_id=f"ps_{n}", n=n))
    await until(lambda: runner.pending == 2)
    pausing.set()
    await runner.join()
    assert most == 2


@pytest.mark.asyncio
async def test_closing_waits_for_the_grace_and_returns_what_is_unfinished() -> None:
    router, seen = Router(), list[str]()

    @router.on_any
    async def handle(event: WebhookEvent) -> None:
        if event.session_id == "ps_slow":
            await asyncio.Event().wait()
        await asyncio.sleep(0.005)
        seen.append(label(event))

    runner = RouterRunner(router)
    for session, n in [("ps_slow", 1), ("ps_slow", 2), ("ps_quick", 1)]:
        runner.submit(webhook_event(session_id=session, n=n))
    unfinished = await runner.aclose(grace_s=0.1)
    assert seen == ["ps_quick/1"]
    assert list(map(label, unfinished)) == ["ps_slow/1", "ps_slow/2"]
    with pytest.raises(RuntimeError, match="closed"):
        runner.submit(webhook_event(n=9))


@pytest.mark.asyncio
async def test_closing_an_idle_runner_is_quick_and_can_be_done_twice() -> None:
    runner = RouterRunner(Router())
    assert await runner.aclose() == ()
    assert await runner.aclose() == ()


@pytest.mark.asyncio
async def test_an_on_done_that_fails_does_not_stop_the_queue(caplog: pytest.LogCaptureFixture) -> None:
    router, seen = Router(), list[str]()
    router.on_any(lambda event: seen.append(label(event)))

    def explode(*_: object) -> None:
        raise RuntimeError("the journal is away")

    runner = RouterRunner(router, on_done=explode)
    runner.submit(webhook_event(n=1))
    runner.submit(webhook_event(n=2))
    await runner.join()
    assert seen == ["ps_3230/1", "ps_3230/2"]
    assert "the journal is away" in caplog.text


@pytest.mark.asyncio
async def test_an_event_without_a_handler_is_through_at_once_and_counted() -> None:
    done: list[tuple[str, Dispatched]] = []
    router = Router()
    runner = RouterRunner(router, on_done=lambda e, r: done.append((label(e), r)))
    runner.submit(webhook_event(n=1))
    assert runner.pending == 0
    assert done == [("ps_3230/1", Dispatched(0))]
    assert router.unhandled_types == {"payment_finished": 1}

"""Handlers are called in order, all of them, and those that fail are named."""

from __future__ import annotations

import logging

import pytest

from bank131_async.core.models import WebhookType
from bank131_async.core.webhook import WebhookEvent
from bank131_async.webhooks import Dispatched, Handler, Router
from tests.support.webhooks import webhook_event


class Witness:
    """Makes handlers that note that they were called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def handler(self, name: str, failure: Exception | None = None) -> Handler:
        async def handle(event: WebhookEvent) -> None:
            self.calls.append(name)
            if failure is not None:
                raise failure

        return handle


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.mark.asyncio
async def test_handlers_are_found_by_type_and_called_in_the_order_of_registration(witness: Witness) -> None:
    router = Router()
    router.on_any(witness.handler("any, first"))
    router.on(WebhookType.payment_finished)(witness.handler("finished"))
    router.on("payment_refunded")(witness.handler("refunded"))
    router.on("payment_refunded", "payment_finished")(witness.handler("both"))
    router.unhandled(witness.handler("unhandled"))
    result = await router.dispatch(webhook_event("payment_finished"))
    assert witness.calls == ["any, first", "finished", "both"]
    assert result == Dispatched(3)
    assert result.is_done


@pytest.mark.asyncio
async def test_a_plain_function_will_do() -> None:
    router, seen = Router(), list[WebhookEvent]()

    @router.on("planet_aligned")
    def note(event: WebhookEvent) -> None:
        seen.append(event)

    event = webhook_event("planet_aligned")
    assert (await router.dispatch(event)).is_done
    assert seen == [event]


@pytest.mark.asyncio
async def test_a_failing_handler_stops_no_other_and_is_named(
    witness: Witness, caplog: pytest.LogCaptureFixture
) -> None:
    reported: list[tuple[WebhookEvent, Handler, Exception]] = []
    router = Router(on_error=lambda *args: reported.append(args))
    mistake = ValueError("no such order")
    bad = router.on_any(witness.handler("bad", mistake))
    router.on_any(witness.handler("good"))
    event = webhook_event()
    result = await router.dispatch(event)
    assert witness.calls == ["bad", "good"]
    assert result == Dispatched(1, (bad,))
    assert not result.is_done
    assert reported == [(event, bad, mistake)]
    assert "ps_3230" in caplog.text
    assert caplog.records[0].exc_info is not None


@pytest.mark.asyncio
async def test_only_the_handlers_that_are_named_see_the_event_again(witness: Witness) -> None:
    router = Router()
    bad = router.on_any(witness.handler("bad", ValueError("still")))
    router.on_any(witness.handler("good"))
    event = webhook_event()
    result = await router.dispatch(event, [bad])
    assert witness.calls == ["bad"]
    assert result == Dispatched(0, (bad,))


@pytest.mark.asyncio
async def test_an_on_error_that_fails_itself_does_no_harm(witness: Witness, caplog: pytest.LogCaptureFixture) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("the pager is broken")

    router = Router(on_error=explode)
    router.on_any(witness.handler("bad", ValueError("first")))
    router.on_any(witness.handler("good"))
    assert len((await router.dispatch(webhook_event())).failed) == 1
    assert witness.calls == ["bad", "good"]
    assert "the pager is broken" in caplog.text


@pytest.mark.asyncio
async def test_events_without_a_handler_are_counted_and_each_type_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    router = Router()
    router.on("payment_refunded")(lambda _: None)
    with caplog.at_level(logging.INFO, "bank131.webhooks"):
        for _ in range(2):
            assert await router.dispatch(webhook_event("payment_finished")) == Dispatched(0)
        await router.dispatch(webhook_event("planet_aligned"))
    assert router.unhandled_types == {"payment_finished": 2, "planet_aligned": 1}
    assert [record.getMessage() for record in caplog.records] == [
        "webhooks of type 'payment_finished' have no handler",
        "webhooks of type 'planet_aligned' have no handler",
    ]


@pytest.mark.asyncio
async def test_a_fallback_takes_what_nobody_else_does(witness: Witness) -> None:
    router = Router()
    router.on("payment_refunded")(witness.handler("refunded"))
    router.unhandled(witness.handler("fallback"))
    await router.dispatch(webhook_event("planet_aligned"))
    await router.dispatch(webhook_event("payment_refunded"))
    assert witness.calls == ["fallback", "refunded"]
    assert not router.unhandled_types

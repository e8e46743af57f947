"""Handlers of webhooks by type.

    router = Router()

    @router.on(WebhookType.payment_finished)
    async def book(event: WebhookEvent) -> None: ...

Handlers run after the event has been recorded, at least once, in the order of their registration; they must bear being
called again for the same event. One that fails keeps no other from this event, and is called again later.
"""

from __future__ import annotations

import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeVar

from attrs import frozen

from bank131_async.core.models import WebhookType
from bank131_async.core.webhook import WebhookEvent

_log = logging.getLogger("bank131.webhooks")

Handler: TypeAlias = Callable[[WebhookEvent], Awaitable[None] | None]
"""A coroutine function, or a plain function that does not block."""

OnError: TypeAlias = Callable[[WebhookEvent, Handler, Exception], None]
"""Told of every failure of a handler, beside the log."""

_H = TypeVar("_H", bound=Handler)


@frozen
class Dispatched:
    """What came of one pass: how many handlers did their work, and which have still to."""

    handled: int
    failed: tuple[Handler, ...] = ()

    @property
    def is_done(self) -> bool:
        """True when no handler has to see the event again."""
        return not self.failed


class Router:
    """Finds the handlers of an event and calls them.

    ``unhandled_types`` counts the events for which there was no handler, by type; each type is logged once.
    """

    def __init__(self, *, on_error: OnError | None = None) -> None:
        self.unhandled_types: Counter[str] = Counter()
        self._handlers: list[tuple[frozenset[str] | None, Handler]] = []
        self._fallbacks: list[Handler] = []
        self._elsewhere: set[str] = set()
        self._on_error = on_error

    def on(self, type_: WebhookType | str, *more: WebhookType | str) -> Callable[[_H], _H]:
        """Register the decorated function for one or several types, unknown ones included."""
        types = frozenset({str(type_), *map(str, more)})

        def register(handler: _H) -> _H:
            self._handlers.append((types, handler))
            return handler

        return register

    def on_any(self, handler: _H) -> _H:
        """Register a function for every event."""
        self._handlers.append((None, handler))
        return handler

    def unhandled(self, handler: _H) -> _H:
        """Register a function for the events that have no other handler, here or elsewhere."""
        self._fallbacks.append(handler)
        return handler

    def elsewhere(self, type_: WebhookType | str, *more: WebhookType | str) -> None:
        """Say that the handlers of these types are in other processes, such as the workers.

        Webhooks received here are then kept for them, unless functions of this router are registered for the type too.
        """
        self._elsewhere.update((str(type_), *map(str, more)))

    def is_elsewhere(self, event: WebhookEvent) -> bool:
        """Whether other processes have the handlers of the event."""
        return event.type in self._elsewhere

    @property
    def has_handlers(self) -> bool:
        """Whether any function is registered."""
        return bool(self._handlers or self._fallbacks)

    def handlers_of(self, event: WebhookEvent) -> tuple[Handler, ...]:
        """The handlers of an event in the order in which they are called."""
        if not self._handlers and not self._elsewhere:
            return tuple(self._fallbacks)
        found = tuple(handler for types, handler in self._handlers if types is None or event.type in types)
        return found or (() if self.is_elsewhere(event) else tuple(self._fallbacks))

    async def dispatch(self, event: WebhookEvent, handlers: Sequence[Handler] | None = None) -> Dispatched:
        """Call the handlers of an event once, one after the other; never raises an ``Exception``.

        ``handlers`` names those that still have to see it, as an earlier result did; all of them by default.
        """
        if handlers is None:
            handlers = self.handlers_of(event)
            if not handlers:
                self.count_unhandled(event)
        failed: list[Handler] = []
        for handler in handlers:
            try:
                result = handler(event)
                if inspect.isawaitable(result):
                    await result
            except Exception as error:  # one handler must not keep the others from their work
                failed.append(handler)
                self._report(event, handler, error)
        return Dispatched(len(handlers) - len(failed), tuple(failed))

    def count_unhandled(self, event: WebhookEvent) -> None:
        """Make an event visible that has no handler."""
        count = self.unhandled_types[event.type] = self.unhandled_types[event.type] + 1
        if count == 1:
            _log.info("webhooks of type %r have no handler", str(event.type))

    def _report(self, event: WebhookEvent, handler: Handler, error: Exception) -> None:
        _log.error("the handler %s failed for %r", _name(handler), event, exc_info=error)
        if self._on_error is None:
            return
        try:
            self._on_error(event, handler, error)
        except Exception as another:
            _log.error("on_error itself failed for %r", event, exc_info=another)


def _name(handler: Handler) -> str:
    return getattr(handler, "__qualname__", type(handler).__qualname__)

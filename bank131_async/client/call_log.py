"""What the client tells of its calls, under ``bank131.client``: ids and states, never secrets.

INFO: one line for each answer, also for a refusal. WARNING: a request that was not sent, or whose answer was lost.
DEBUG with ``log_bodies``: the bodies, with secrets masked by field name and by looking like a card number. Every record
carries the same facts in its attribute ``bank131``, a flat dict, for structured logging.
"""

from __future__ import annotations

import asyncio
import logging

from bank131_async.core.models import Model
from bank131_async.core.operations import Operation
from bank131_async.core.redact import redact_body
from bank131_async.core.wire import IDEMPOTENCY_KEY, HttpRequest, HttpResponse
from bank131_async.errors import AnswerLostError, Bank131Error, NotSentError

_log = logging.getLogger("bank131.client")


class CallLog:
    """Tells of one client's calls; costs one comparison per call unless somebody listens."""

    def __init__(self, *, project_id: str, bodies: bool) -> None:
        self._project_id = project_id
        self._bodies = bodies

    def started(self) -> float | None:
        """The loop's time, if the duration of a call will be told."""
        return asyncio.get_running_loop().time() if _log.isEnabledFor(logging.INFO) else None

    def answered(
        self, operation: Operation[Model], request: HttpRequest, response: HttpResponse, started: float
    ) -> None:
        """An answer came, whatever it says."""
        facts = self._facts(operation, request.headers.get(IDEMPOTENCY_KEY))
        facts["http_status"] = response.status
        facts["duration_ms"] = round((asyncio.get_running_loop().time() - started) * 1000, 1)
        _log.info("%s %s: HTTP %d in %.1f ms (session %s)", *_shown(facts), extra={"bank131": facts})
        if self._bodies and _log.isEnabledFor(logging.DEBUG):
            for kind, data in (("request", request.body), ("answer", response.body)):
                text = redact_body(data).decode("utf-8", "replace")
                _log.debug("%s %s: %s", operation.path, kind, text, extra={"bank131": facts})

    def failed(self, operation: Operation[Model], key: str | None, error: Bank131Error) -> None:
        """No answer, or none that can be used, or a refusal."""
        level = logging.WARNING if isinstance(error, (NotSentError, AnswerLostError)) else logging.INFO
        if _log.isEnabledFor(level):
            facts = self._facts(operation, key) | {"error": type(error).__name__}
            _log.log(level, "%s: %s", type(error).__name__, error, extra={"bank131": facts})

    def repeats(self, operation: Operation[Model], key: str | None, *, attempt: int, pause_s: float) -> None:
        """The same request is about to be sent again."""
        facts = self._facts(operation, key) | {"attempt": attempt, "pause_s": pause_s}
        _log.info("%s: attempt %d follows in %.2f s", operation.path, attempt, pause_s, extra={"bank131": facts})

    def _facts(self, operation: Operation[Model], key: str | None) -> dict[str, object]:
        return {
            "project_id": self._project_id,
            "method": operation.http_method,
            "path": operation.path,
            "session_id": operation.session_id,
            "idempotency_key": key,
        }


def _shown(facts: dict[str, object]) -> tuple[object, ...]:
    return tuple(facts[name] for name in ("method", "path", "http_status", "duration_ms", "session_id"))

"""A transport that shows what is sent and what comes back, around the one that does the work."""

from __future__ import annotations

import time

from bank131_async import AiohttpTransport, Bank131Error, Timeout
from bank131_async.cli.demo.describe import answer_text, request_text, session_asked_for
from bank131_async.cli.demo.timeline import Course
from bank131_async.core.wire import HttpRequest, HttpResponse


class WireTap:
    """Give it to ``Bank131Client(transport=...)``."""

    def __init__(self, course: Course) -> None:
        self._inner = AiohttpTransport()
        self._course = course

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """Send, and show."""
        began = time.perf_counter()
        # The address ends in /api/v2/session/create; what follows the version is the name of the call.
        call, sent = request.url.partition("/api/")[2].partition("/")[2], request_text(request.body)
        session_id = session_asked_for(request.body)
        try:
            response = await self._inner.send(request, timeout=timeout)
        except Bank131Error as error:
            story = self._course.of(session_id)
            story.add("request", call, sent, type(error).__name__, began=began, session_id=session_id)
            raise
        told, shown_id = answer_text(response.body)
        session_id = session_id or shown_id
        story = self._course.of(session_id)
        story.add("request", call, sent, f"{response.status} {told}", began=began, session_id=session_id)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

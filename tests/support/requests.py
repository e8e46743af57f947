"""Requests and limits for tests of the transport."""

from __future__ import annotations

from bank131_async.core.wire import HttpRequest
from bank131_async.transport import Timeout

SHORT = Timeout(connect=0.1, tls=0.1, read=0.1, total=1.0)
"""For servers that stall."""

AMPLE = Timeout(connect=10, tls=10, read=10, total=20)
"""For all others: a busy machine is not a stalled server."""


def post(server_url: str, body: bytes = b'{"session_id":"ps_1"}', method: str = "POST") -> HttpRequest:
    headers = {"Content-Type": "application/json", "X-PARTNER-SIGN": "c2lnbmF0dXJl"}
    return HttpRequest(method=method, url=f"{server_url}/api/v2/session/confirm", headers=headers, body=body)

"""A bank whose clock is wrong: the times in a body, moved."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_TIME = re.compile(rb'(?<=_at":")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?=Z")')


def skewed(body: bytes, seconds: float) -> bytes:
    """The body with every time of the bank's (``created_at``, ``updated_at`` ...) moved by ``seconds``."""

    def moved(found: re.Match[bytes]) -> bytes:
        text = found.group().decode()
        moment = datetime.fromisoformat(text) + timedelta(seconds=seconds)
        return moment.isoformat(timespec="microseconds" if "." in text else "seconds").encode()

    return _TIME.sub(moved, body)

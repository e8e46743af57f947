"""Idempotency keys: a repeated one is refused, as the bank does, and never replayed."""

from __future__ import annotations

from datetime import datetime

from bank131_async.sandbox.refusal import Refusal, invalid

MAX_KEY_LENGTH = 255
MAX_KEYS = 200_000
"""Of more keys than these the oldest are forgotten, whatever their lifetime."""


class KeyStore:
    """The keys that were used, and when. ``scope`` is a project, or a method of one."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], datetime] = {}

    def claim(self, scope: str, key: str, now: datetime, lifetime_s: float | None) -> None:
        """Note a key down. Raises ``Refusal`` with ``idempotency_key_already_exists`` if it is still remembered."""
        if len(key) > MAX_KEY_LENGTH:
            raise invalid(f"X-PARTNER-IDEMPOTENCY-KEY: expected at most {MAX_KEY_LENGTH} characters")
        used = self._used.pop((scope, key), None)
        if used is not None and (lifetime_s is None or (now - used).total_seconds() < lifetime_s):
            self._used[scope, key] = used
            raise Refusal(
                "idempotency_key_already_exists",
                "X-PARTNER-IDEMPOTENCY-KEY: this key is already in progress or processed; ask session/status",
            )
        self._used[scope, key] = now
        if len(self._used) > MAX_KEYS:
            del self._used[next(iter(self._used))]

    def forget(self, scope: str, key: str) -> None:
        """Take a claim back, as if the key had never been sent."""
        self._used.pop((scope, key), None)

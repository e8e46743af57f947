"""Idempotency keys: a repeated one is refused, as the bank does, and never replayed."""

from __future__ import annotations

from datetime import datetime

from bank131_async.sandbox.refusal import Refusal, invalid

MAX_KEY_LENGTH = 255


class KeyStore:
    """The keys one project has used, and when. Keys are scoped by project, not by method."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], datetime] = {}

    def claim(self, project_id: str, key: str, now: datetime, lifetime_s: float | None) -> None:
        """Note a key down. Raises ``Refusal`` with ``idempotency_key_already_exists`` if it is still remembered."""
        if len(key) > MAX_KEY_LENGTH:
            raise invalid(f"X-PARTNER-IDEMPOTENCY-KEY: expected at most {MAX_KEY_LENGTH} characters")
        used = self._used.get((project_id, key))
        if used is not None and (lifetime_s is None or (now - used).total_seconds() < lifetime_s):
            raise Refusal(
                "idempotency_key_already_exists",
                "X-PARTNER-IDEMPOTENCY-KEY: this key is already in progress or processed; ask session/status",
            )
        self._used[project_id, key] = now

    def forget(self, project_id: str, key: str) -> None:
        """Take a claim back, as if the key had never been sent."""
        self._used.pop((project_id, key), None)

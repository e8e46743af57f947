"""Webhooks kept in a file: one JSON object a line, with the bytes as they were signed.

A body may hold secrets, such as a token for later payments: the file is readable by its owner only.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from attrs import field, frozen

from bank131_async.errors import ConfigurationError


@frozen
class Recorded:
    """One webhook. ``at`` is when it came, ISO 8601 in UTC."""

    at: str
    type: str | None
    session_id: str | None
    signature: str = field(repr=False)
    body: bytes = field(repr=False)

    def to_line(self) -> str:
        """The line of the file."""
        return json.dumps(
            {
                "at": self.at,
                "type": self.type,
                "session_id": self.session_id,
                "signature": self.signature,
                "body_base64": b64encode(self.body).decode("ascii"),
            }
        )

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a line. Raises ``ValueError``, ``KeyError`` or ``TypeError`` for any other."""
        kept = json.loads(line)
        body = b64decode(kept["body_base64"], validate=True)
        return cls(str(kept["at"]), kept["type"], kept["session_id"], str(kept["signature"]), body)


class Recording:
    """The file, opened to be added to. Raises ``ConfigurationError`` if that is not possible."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w")
        except OSError as error:
            raise ConfigurationError(f"--record {path}: {error.strerror}; name a file that can be written") from None

    def add(self, webhook: Recorded) -> None:
        """Write one down, at once."""
        print(webhook.to_line(), file=self._file, flush=True)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_recording(path: Path) -> Iterator[Recorded]:
    """The webhooks of a file, oldest first. Raises ``ConfigurationError`` that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise ConfigurationError(f"{path}: {reason}; expected a file of `bank131 listen --record`") from None
    for number, line in enumerate(lines, start=1):
        try:
            yield Recorded.from_line(line)
        except (ValueError, KeyError, TypeError, Base64Error):
            raise ConfigurationError(f"{path}, line {number}: expected a line of `bank131 listen --record`") from None

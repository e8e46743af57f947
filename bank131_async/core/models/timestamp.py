"""Times as the bank writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self


class Timestamp(datetime):
    """An aware datetime in UTC that remembers the text it was read from, and is written back as that text.

    The bank sends microseconds and ``Z``, sometimes whole seconds, sometimes an offset (docs: reference/objects).
    Compares, hashes and subtracts as the datetime it is; the result of arithmetic has the text of ``isoformat()``.
    """

    __slots__ = ("text",)

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ISO 8601 with a zone. Raises ValueError, which never quotes the text, for anything else."""
        try:
            moment = cls.fromisoformat(text)
            if moment.tzinfo is not UTC:
                if moment.tzinfo is None:
                    raise ValueError
                moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError("expected an ISO 8601 time with a zone") from None
        moment.text = text
        return moment

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The same moment, with the text in the bank's own form: UTC, microseconds, ``Z``. Naive times are refused."""
        if moment.tzinfo is None:
            raise ValueError("expected a datetime with a zone")
        return cls.parse(moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"))

    @property
    def precision(self) -> int:
        """Digits of the fraction of a second in the text, 0 for whole seconds."""
        fraction = self.text.replace(",", ".").partition(".")[2]
        return next((at for at, sign in enumerate(fraction) if not sign.isdigit()), len(fraction))

    def __getattr__(self, name: str) -> str:
        # Reached only when the slot is empty: results of arithmetic are made by datetime and have no text of their own.
        if name == "text":
            return self.isoformat()
        raise AttributeError(name)

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return type(self).parse, (self.text,)

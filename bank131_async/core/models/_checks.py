"""Checks of what a user makes, as attrs validators. None passes all of them: answers may lack any field.

The codec does not run them: what the bank sends is checked for types only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from bank131_async.core.models._base import refuse

Check: TypeAlias = "Callable[[object, attrs.Attribute[Any], Any], None]"


def matching(pattern: str, expected: str) -> Check:
    """Text that matches a pattern as a whole; ``expected`` says it in words."""
    compiled = re.compile(pattern, re.ASCII)

    def check(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is not None and not (isinstance(value, str) and compiled.fullmatch(value)):
            refuse(owner, attribute.name, expected)

    return check


def digits(least: int, most: int | None = None) -> Check:
    """So many digits, and nothing else."""
    words = f"{least} digits" if most is None else f"{least} to {most} digits"
    return matching(f"[0-9]{{{least},{most or least}}}", words)


def at_most(length: int) -> Check:
    """Text of a limited length in characters."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is not None and not (isinstance(value, str) and len(value) <= length):
            refuse(owner, attribute.name, f"at most {length} characters")

    return check


def between(least: int, most: int) -> Check:
    """A whole number within limits, both included."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is not None and (value.__class__ is not int or not least <= value <= most):
            refuse(owner, attribute.name, f"a whole number from {least} to {most}")

    return check


DATE = matching(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", "a date as YYYY-MM-DD")
"""A day as text, the way the bank writes it."""

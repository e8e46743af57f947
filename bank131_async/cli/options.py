"""What many commands share: options, input, output."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bank131_async.errors import ConfigurationError

Json = Annotated[bool, Parameter(name="--json", negative=(), show_default=False, help="Print JSON, one object a line.")]
Yes = Annotated[
    bool, Parameter(name="--yes", negative=(), show_default=False, help="Do not ask before acting on the live server.")
]


class WrongCallError(ConfigurationError):
    """An argument is not what it must be: the program ends with exit status 2."""


@contextmanager
def checking_arguments() -> Generator[None]:
    """Whatever is refused in here was given as an argument."""
    try:
        yield
    except ConfigurationError as error:
        raise WrongCallError(error.message) from None


def read_input(file: Path | None) -> bytes:
    """The bytes of a file, or of standard input. Raises ``ConfigurationError``."""
    if file is None:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}; expected a file that can be read") from None


def show(facts: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Print facts as one line of JSON, or the text for people.

    Text may quote what came over the network, so nothing in it can command the terminal.
    """
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, default=str), flush=True)
    else:
        print("".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text), flush=True)


def warn(text: str) -> None:
    """One line on standard error."""
    print(f"bank131: {text}", file=sys.stderr)

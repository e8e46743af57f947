"""What a check found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from bank131_async.cli.options import show


@frozen
class Finding:
    """The result of one check. ``next`` says what to do; there is nothing to do after ``ok``."""

    check: str
    status: Literal["ok", "warning", "failure", "skipped"]
    message: str
    next: str | None = None


def ok(check: str, message: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", message)


def warning(check: str, message: str, next_: str) -> Finding:
    """Works, but should be looked at."""
    return Finding(check, "warning", message, next_)


def failure(check: str, message: str, next_: str) -> Finding:
    """Does not work."""
    return Finding(check, "failure", message, next_)


def skipped(check: str, message: str, next_: str) -> Finding:
    """Could not be checked."""
    return Finding(check, "skipped", message, next_)


def report(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Print the findings as they come in; the exit status is 1 if one of them is a failure."""
    failed = False
    for found in findings:
        failed = failed or found.status == "failure"
        facts = {"check": found.check, "status": found.status, "message": found.message, "next": found.next}
        text = f"{found.status:<8} {found.check}: {found.message}"
        show(facts, text if found.next is None else f"{text}\n{'':<8} next: {found.next}", as_json=as_json)
    return int(failed)

"""What a fault makes of an answer. Pure; ``sockets`` carries it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from math import ceil

from attrs import frozen

from bank131_async.sandbox.api import Answer
from bank131_async.sandbox.faults.rules import FaultRule
from bank131_async.sandbox.faults.skew import skewed
from bank131_async.sandbox.render import dumps

_HTML = b"""<!doctype html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>sandbox proxy</center></body></html>
"""
_TOO_MANY = dumps({"status": "error", "error": {"code": "too_many_requests", "description": "Too many requests"}})
_GARBAGE = b'{"status":"ok","session":{]]<!-- not JSON'


@frozen
class Sending:
    """An answer and the way it is sent: after ``pause_s``, its body over ``trickle_s``; ``None``: a reset instead."""

    answer: Answer | None
    pause_s: float = 0.0
    trickle_s: float = 0.0


def spoil(
    rule: FaultRule | None, act: Callable[[], Answer], break_down: Callable[[int], Answer], now: datetime
) -> Sending:
    """Let the bank act with ``act``, unless the fault prevents it, and spoil its answer.

    ``break_down`` is what a bank answers that fails with this status before it acts.
    """
    if rule is None:
        return Sending(act())
    return _instead(rule, break_down) or _spoiled(rule, act(), now)


def _instead(rule: FaultRule, break_down: Callable[[int], Answer]) -> Sending | None:
    """What comes instead of acting; ``None`` if the bank acts."""
    match rule.name:
        case "connection_reset":
            return Sending(None)
        case "server_error":
            return Sending(break_down(rule.status or 500))
        case "rate_limited":
            headers = {"Content-Type": "application/json", "Retry-After": str(ceil(rule.seconds or 0))}
            return Sending(Answer(429, headers, _TOO_MANY))
        case "html_error":
            return Sending(Answer(rule.status or 502, {"Content-Type": "text/html"}, _HTML))
        case _:
            return None


def _spoiled(rule: FaultRule, answer: Answer, now: datetime) -> Sending:
    seconds = rule.seconds or 0.0
    match rule.name:
        case "answer_lost":
            return Sending(None)
        case "stall":
            return Sending(answer, pause_s=seconds)
        case "slow_body":
            return Sending(answer, trickle_s=seconds)
        case "truncated_json":
            return Sending(answer._replace(body=answer.body[: len(answer.body) // 2]))
        case "garbage_json":
            return Sending(answer._replace(body=_GARBAGE))
        case _:
            date = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
            return Sending(Answer(answer.status, {**answer.headers, "Date": date}, skewed(answer.body, seconds)))

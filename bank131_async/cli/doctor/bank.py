"""Checks of the bank: does it answer, does it accept us, what time is it there."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from attrs import evolve

from bank131_async.cli.doctor.finding import Finding, failure, ok, skipped, warning
from bank131_async.client import ApiClient, Bank131Config
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.wire import HttpRequest, HttpResponse
from bank131_async.errors import (
    AnswerLostError,
    AuthenticationError,
    AuthorizationError,
    BankRefusedError,
    BankUnavailableError,
    NotSentError,
    RateLimitedError,
)
from bank131_async.transport import AiohttpTransport, Timeout

_NOBODYS_SESSION = "ps_0"
_SKEW_S = 30.0


class _Watched:
    """A transport that remembers the last answer, and when it came."""

    def __init__(self, config: Bank131Config) -> None:
        self.answer: HttpResponse | None = None
        self.answered_at = datetime.now(UTC)
        self._inner = AiohttpTransport(timeout=config.timeout, max_answer_bytes=config.max_answer_bytes)

    async def send(self, request: HttpRequest, *, timeout: Timeout | None = None) -> HttpResponse:
        """Send by the usual transport."""
        self.answer = await self._inner.send(request, timeout=timeout)
        self.answered_at = datetime.now(UTC)
        return self.answer

    async def aclose(self) -> None:
        """Close it."""
        await self._inner.aclose()


async def check_bank(config: Bank131Config) -> list[Finding]:
    """Ask for a session that does not exist: the way in which it is refused tells whether we are known."""
    transport = _Watched(config)
    # Once: whoever waits for a diagnosis does not want to wait for repetitions.
    api = ApiClient(evolve(config, retry=RetryPolicy(attempts=1)), transport)
    try:
        async with api:
            await api.sessions.status(_NOBODYS_SESSION)
        found = ok("bank", "it answers, and knows the project and its key")
    except (NotSentError, AnswerLostError, BankRefusedError) as error:
        found = _judge(error, config)
    finally:
        await transport.aclose()
    return [found, _clock(transport)]


def _judge(error: NotSentError | AnswerLostError | BankRefusedError, config: Bank131Config) -> Finding:
    match error:
        case NotSentError():
            return failure("bank", str(error), "check BANK131_SERVER, the network and the firewall")
        case AnswerLostError():
            return failure("bank", str(error), f"check that BANK131_SERVER ({config.server}) is the bank's API")
        case AuthenticationError(code="identification_error"):
            return failure("bank", error.message, "check BANK131_PROJECT_ID; demo and live have projects of their own")
        case AuthenticationError():
            return failure(
                "bank",
                error.message,
                "give the bank the public half of your key (`bank131 keys show`); demo and live have keys of their own",
            )
        case AuthorizationError():
            return warning("bank", error.message, "ask the bank's manager what the project is allowed to do")
        case RateLimitedError() | BankUnavailableError():
            return warning("bank", error.message, "it answers, but not now: run this again later")
        case _:
            return ok("bank", "it answers, and knows the project and its key")


def _clock(transport: _Watched) -> Finding:
    date = "" if transport.answer is None else transport.answer.headers.get("Date", "")
    try:
        skew_s = (transport.answered_at - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return skipped("clock", "the bank did not tell its time", "compare this machine's clock with a time server")
    if abs(skew_s) <= _SKEW_S:
        return ok("clock", f"within {_SKEW_S:g} s of the bank's")
    way = "ahead of" if skew_s > 0 else "behind"
    return warning(
        "clock",
        f"this machine is {abs(skew_s):.0f} s {way} the bank",
        "set the clock by a time server (NTP); deadlines such as expiration_at depend on it",
    )

"""Requests and answers as values: which bytes go where, and what an answer means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import TypeVar, cast

import attrs

from bank131_async.core import codec
from bank131_async.core.models._base import JsonValue, Model
from bank131_async.core.models.codes import refusal
from bank131_async.core.models.enums import ResponseStatus
from bank131_async.core.models.error import BankError
from bank131_async.core.operations.base import Operation
from bank131_async.core.redact import mask_text
from bank131_async.errors import AnswerLostError, CodecError, ConfigurationError, RateLimitedError

A = TypeVar("A", bound=Model)

PROJECT = "X-PARTNER-PROJECT"
SIGNATURE = "X-PARTNER-SIGN"
SUBMERCHANT = "X-PARTNER-SUBMERCHANT"
IDEMPOTENCY_KEY = "X-PARTNER-IDEMPOTENCY-KEY"

_VARIABLE = (PROJECT, SIGNATURE, SUBMERCHANT, IDEMPOTENCY_KEY)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Headers(Mapping[str, str]):
    """Headers of an answer; names are looked up whatever their case, as HTTP wants it."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def __getitem__(self, name: str) -> str:
        for own in self._given:
            if own.lower() == name.lower():
                return self._given[own]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


@attrs.frozen(weakref_slot=False)
class HttpRequest:
    """What is to be sent, byte for byte. The repr shows neither the body nor the signature.

    ``leave_by``: the sender's time (of the event loop, in seconds) after which the bytes must not leave any more: what
    allowed them to be sent may hold no longer. ``None`` for no limit.
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(repr=False, hash=False)
    body: bytes = attrs.field(repr=False)
    leave_by: float | None = None


@attrs.frozen(weakref_slot=False)
class HttpResponse:
    """What came back. ``headers`` may be given as any mapping."""

    status: int
    headers: Mapping[str, str] = attrs.field(converter=Headers, repr=False, hash=False)
    body: bytes = attrs.field(repr=False)


def body_of(operation: Operation[Model], version: codec.Version, *, zone: tzinfo = codec.MOSCOW) -> bytes:
    """The body of a call: the bytes to sign and to send. An operation without fields is ``{}``.

    Raises ConfigurationError naming the field that holds a value of the wrong type.
    """
    return codec.encode(operation, "v2" if operation.version_for(version) == "v2" else "v1", zone=zone)


def build_request(
    operation: Operation[Model],
    body: bytes,
    *,
    server: str,
    project_id: str,
    signature: str,
    version: codec.Version,
    idempotency_key: str | None = None,
    submerchant: str | None = None,
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
) -> HttpRequest:
    """The request for a call (docs: reference/format). ``headers`` are added to those of the protocol, below them.

    Raises ConfigurationError for a value that cannot be a header.
    """
    made = {
        **dict(headers),
        "Content-Type": "application/json",
        "Accept": "application/json",
        PROJECT: project_id,
        SIGNATURE: signature,
    }
    if submerchant is not None and submerchant.strip():
        made[SUBMERCHANT] = submerchant
    if idempotency_key is not None:
        made[IDEMPOTENCY_KEY] = idempotency_key
    for name in _VARIABLE:
        value = made.get(name, "-")
        if not (value.isascii() and value.isprintable() and value and value == value.strip()):
            raise ConfigurationError(f"{name}: expected printable ASCII without spaces around it")
    url = f"{server.rstrip('/')}/api/{operation.version_for(version)}/{operation.path}"
    return HttpRequest(operation.http_method, url, made, body)


def read_response(operation: Operation[A], response: HttpResponse) -> A:
    """The typed answer of a call.

    Raises the BankRefusedError of the bank's code for an error envelope, whatever the HTTP status; RateLimitedError for
    429; AnswerLostError if the answer is none of these: then nothing is known of the effect.
    """
    if response.status == 429:
        raise _rate_limited(operation, response)
    if 200 <= response.status < 300:
        try:
            answer = codec.decode(operation.answer_type, response.body)
        except CodecError:
            pass  # judged below, step by step
        else:
            if _is_usable(operation, answer) and getattr(answer, "error", None) is None:
                return cast("A", answer)  # `answer_type` is the class for A, which a class variable cannot say
    return _judge(operation, response)


def _judge(operation: Operation[A], response: HttpResponse) -> A:
    """What an answer means that is not simply good."""
    try:
        value = codec.loads(response.body)
    except CodecError:
        raise _lost(operation, response, "the answer is not JSON") from None
    _raise_refusal(operation, response, value)
    if not 200 <= response.status < 300:
        raise _lost(operation, response, "the answer is neither a success nor an error of the bank")
    try:
        answer = codec.structure(operation.answer_type, value)
    except CodecError as error:
        raise _lost(operation, response, f"the answer has an unknown shape: {error.message}") from None
    if not _is_usable(operation, answer):
        raise _lost(operation, response, f"the answer has no {operation.result}")
    return cast("A", answer)


def _is_usable(operation: Operation[A], answer: Model) -> bool:
    """Whether the answer has what the call is made for; of some calls that is a status alone, ok or pending."""
    result = getattr(answer, operation.result)
    return result is not None and result is not ResponseStatus.error


def _raise_refusal(operation: Operation[A], response: HttpResponse, value: JsonValue) -> None:
    """Raise if the answer is the bank's no: an error with a code, and not under ``status: ok``."""
    if not isinstance(value, dict) or value.get("error") is None or value.get("status") not in ("error", None):
        return
    try:
        error = codec.structure(BankError, value["error"])
    except CodecError:
        return
    if not error.code:
        return
    description = mask_text(error.description or "")  # the bank may quote what it was sent
    raise refusal(operation.path, error.code, description, http_status=response.status, session_id=operation.session_id)


def _rate_limited(operation: Operation[A], response: HttpResponse) -> RateLimitedError:
    error = RateLimitedError(
        f"{operation.path}: too many requests",
        code="rate_limited",
        http_status=response.status,
        session_id=operation.session_id,
    )
    error.retry_after = retry_after(response.headers)
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by ``Retry-After``: given as such, or as a date measured from the answer's own ``Date``."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until, now = _http_date(text), _http_date(headers.get("Date", ""))
    return max(0.0, (until - now).total_seconds()) if until is not None and now is not None else None


def _http_date(text: str) -> datetime | None:
    found = _HTTP_DATE.fullmatch(text.strip())
    if found is None or found[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(found[at]) for at in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _lost(operation: Operation[A], response: HttpResponse, reason: str) -> AnswerLostError:
    return AnswerLostError(
        f"{operation.path}: {reason} (HTTP {response.status})",
        moves_money=operation.moves_money,
        http_status=response.status,
        session_id=operation.session_id,
    )

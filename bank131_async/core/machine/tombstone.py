"""Tombstones: what is kept of a finished payment when its journal is pruned.

A tombstone is the facts themselves, less what only an unfinished payment needs (bytes, keys, snapshots). So a late
chargeback is folded onto it like onto the entries that it replaces, an order's name and a refund's name still find
what they stand for, and a webhook that is sent once more is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar, cast, get_args

import attrs

from bank131_async.core.codec import dumps, loads, structure, unstructure
from bank131_async.core.machine.entries import Kind, Origin, Pruned
from bank131_async.core.machine.facts import Facts
from bank131_async.core.machine.parts import Attempt, IntentFacts, IntentState, Opening, RefundFacts
from bank131_async.core.machine.phases import Command, Phase
from bank131_async.core.machine.settings import MachineSettings
from bank131_async.core.machine.standing import outcome_of, phase_of
from bank131_async.core.models import JsonValue
from bank131_async.core.models.enums import RefundStatus
from bank131_async.core.models.error import BankError
from bank131_async.core.models.timestamp import Timestamp
from bank131_async.errors import CodecError, StoreCorruptError

#: The form that is written. Forms up to this one are read.
_FORM = 1
_LEFT_OUT = frozenset(
    {"key", "body", "known", "version", "reply_version", "silent_statuses", "silent_since", "silent_until", "proof"}
    | {"awaited", "checked", "error_from", "amount_from"}
)
_Part: TypeAlias = Opening | Attempt | RefundFacts | IntentFacts
_P = TypeVar("_P", Opening, Attempt, RefundFacts, IntentFacts)


def is_prunable(facts: Facts, settings: MachineSettings, now: datetime) -> bool:
    """Whether nothing of the stream but its facts will ever be needed.

    True for a payment that has ended with nothing outstanding and no contradiction, for an init that was linked or
    refused, and for a basket that was opened, never started, and left past its horizon.
    """
    if facts.unhandled or facts.troubles or facts.open_intent:
        return False
    return not facts.wants_polling or _is_init(facts) or _is_left_basket(facts, settings, now)


def _is_init(facts: Facts) -> bool:
    return any(intent.command is Command.init for intent in facts.intents)


def _is_left_basket(facts: Facts, settings: MachineSettings, now: datetime) -> bool:
    return facts.phase is Phase.CREATED and not facts.question_open and facts.is_abandoned(settings, now)


def tombstone(facts: Facts, *, session_id: str | None = None, by: str = "") -> Pruned:
    """What is left of the stream. ``session_id``: of an init, the session that it made; ``by``: the pruning process."""
    held: dict[str, JsonValue] = {
        "form": _FORM,
        "opening": None if facts.opening is None else _written(facts.opening),
        "attempts": [_written(one) for one in facts.items],
        "refunds": [_written(one) for one in facts.refunds],
        "intents": [_written(one) for one in facts.intents],
        "newest": None if facts.newest is None else facts.newest.text,
        "ended": facts.ended,
        "handled_by": facts.handled_by,
        "entered_at": facts.entered_at.isoformat(),
        "digests": [digest.hex() for digest in facts.digests],
    }
    return Pruned(facts=dumps(held), session_id=session_id, by=by)


def revived(entry: Pruned, settings: MachineSettings) -> Facts:
    """The facts that the tombstone holds, at no version yet. Raises StoreCorruptError for what is no tombstone."""
    try:
        held = loads(entry.facts)
        if not isinstance(held, dict) or not isinstance(form := held["form"], int):
            raise TypeError
        if form > _FORM:
            raise StoreCorruptError(f"a tombstone has form {form}, this package reads up to {_FORM}: upgrade it")
        return _made(held, settings)
    except (CodecError, KeyError, TypeError, ValueError):
        raise StoreCorruptError("a tombstone cannot be read") from None


def _made(held: dict[str, JsonValue], settings: MachineSettings) -> Facts:
    items = tuple(_read(Attempt, one) for one in _list(held["attempts"]))
    intents = tuple(_read(IntentFacts, one) for one in _list(held["intents"]))
    ended = _whole(held["ended"])
    opening = None if held["opening"] is None else _read(Opening, held["opening"])
    outcome = outcome_of(items, intents, ended, settings, "payment" if opening is None else opening.kind)
    return Facts(
        opening=opening,
        phase=phase_of(items, intents, (), False) if outcome is None else Phase.PAYMENT_FINISHED,
        outcome=outcome,
        items=items,
        refunds=tuple(_read(RefundFacts, one) for one in _list(held["refunds"])),
        intents=intents,
        newest=None if held["newest"] is None else Timestamp.parse(_text(held["newest"])),
        ended=ended,
        handled_by="widget" if held["handled_by"] == "widget" else "merchant",
        entered_at=datetime.fromisoformat(_text(held["entered_at"])),
        digests=tuple(bytes.fromhex(_text(one)) for one in _list(held["digests"])),
    )


def _written(part: _Part) -> JsonValue:
    """The fields that are kept and differ from their defaults."""
    fields = (field for field in attrs.fields(type(part)) if field.name not in _LEFT_OUT)
    values = ((field, getattr(part, field.name)) for field in fields)
    return {field.name: _plain(value) for field, value in values if value != field.default}


def _plain(value: object) -> JsonValue:
    match value:
        case Timestamp():
            return value.text
        case datetime():
            return value.isoformat()
        case BankError():
            return unstructure(value)
        case StrEnum():
            return value.value
        case tuple():
            return [_text(one) for one in cast("tuple[object, ...]", value)]
        case bool() | int() | str() | None:
            return value
        case _:
            raise TypeError(f"a tombstone cannot hold {type(value).__name__}")


def _read(cls: type[_P], value: JsonValue) -> _P:
    if not isinstance(value, dict):
        raise TypeError
    types = {field.name: str(field.type) for field in attrs.fields(cls)}
    return _filled(cls, {name: _READERS[types[name]](held) for name, held in value.items()})


def _filled(make: Callable[..., _P], fields: dict[str, object]) -> _P:
    return make(**fields)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _one_of(literal: object) -> Callable[[JsonValue], object]:
    allowed = get_args(literal)

    def read(value: JsonValue) -> object:
        if value not in allowed:
            raise ValueError
        return value

    return read


#: By the annotation of the field. Fields that are absent have their default, so none of these sees null.
_READERS: Mapping[str, Callable[[JsonValue], object]] = {
    "str": _text,
    "str | None": _text,
    "int": _whole,
    "int | None": _whole,
    "bool": _flag,
    "tuple[str, ...]": lambda value: tuple(_text(one) for one in _list(value)),
    "datetime": lambda value: datetime.fromisoformat(_text(value)),
    "Timestamp | None": lambda value: Timestamp.parse(_text(value)),
    "BankError | None": lambda value: structure(BankError, value),
    "RefundStatus": lambda value: RefundStatus(_text(value)),
    "Command": lambda value: Command(_text(value)),
    "Kind": _one_of(Kind),
    "Origin": _one_of(Origin),
    "IntentState": _one_of(IntentState),
}

"""A bank as small as it can be: one session, and what it admits. A value, so that states can be compared."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import attrs

from bank131_async.core.machine import Command, Observed
from tests.support.journals import hook, item, refund, session, told

Stage = Literal["created", "confirm", "working", "held", "capturing", "cancelling", "succeeded", "cancelled"]
Reply = Literal["ok", "refused", "key used"]
SUM = 5_000


@attrs.frozen
class Bank:
    """``keys`` it remembers; ``refunds`` it has made, each with the tag that came; ``taken``: what it accepted."""

    stage: Stage
    moves: int = 0
    keys: frozenset[str] = frozenset()
    refunds: tuple[str, ...] = ()
    taken: tuple[Command, ...] = ()

    def handle(self, command: Command, key: str, tag: str) -> tuple[Bank, Reply]:
        """A request arrives."""
        if key in self.keys:
            return self, "key used"
        after = _ADMITS.get((self.stage, command))
        if after is None:
            return self, "refused"
        refunds = (*self.refunds, tag) if command is Command.refund else self.refunds
        moved = attrs.evolve(
            self, stage=after, moves=self.moves + 1, keys=self.keys | {key}, refunds=refunds,
            taken=(*self.taken, command),
        )  # fmt: skip
        return moved, "ok"

    def work(self) -> Bank | None:
        """What the bank does by itself next."""
        after = _GOES_ON.get(self.stage)
        return None if after is None else attrs.evolve(self, stage=after, moves=self.moves + 1)


_ADMITS: dict[tuple[Stage, Command], Stage] = {
    ("created", Command.start): "confirm",
    ("created", Command.cancel): "cancelled",
    ("confirm", Command.confirm): "working",
    ("confirm", Command.cancel): "cancelling",
    ("held", Command.capture): "capturing",
    ("held", Command.cancel): "cancelling",
    ("succeeded", Command.refund): "succeeded",
}
_GOES_ON: dict[Stage, Stage] = {"working": "succeeded", "capturing": "succeeded", "cancelling": "cancelled"}
_TYPES: dict[Stage, str] = {
    "confirm": "ready_to_confirm", "held": "ready_to_capture", "succeeded": "payment_finished",
    "cancelled": "payment_finished",
}  # fmt: skip


@cache
def shown(bank: Bank, echoes: bool, with_time: bool) -> dict[str, Any]:
    """The session as the bank renders it."""
    stamp = {"t": bank.moves} if with_time else {}
    if bank.stage == "created":
        return session("created", **stamp)
    if bank.stage == "cancelled":
        return session("cancelled", item("failed"), **stamp)
    if bank.stage != "succeeded":
        waits = {"confirm": "confirm", "held": "capture"}.get(bank.stage)
        return session("in_progress", item(), next_action=waits, **stamp)
    made = [
        refund(f"rf_{place}", amount=SUM, **({"metadata": {"_b131": tag}} if echoes else {}))
        for place, tag in enumerate(bank.refunds)
    ]
    return session("accepted", item("succeeded", **({"refunds": made} if made else {})), **stamp)


@cache
def answer_of(bank: Bank, echoes: bool, with_time: bool, asked: int) -> Observed:
    """A status answer."""
    return told(shown(bank, echoes, with_time), asked)


@cache
def webhook_of(bank: Bank, echoes: bool, with_time: bool) -> Observed | None:
    """The webhook about the last change, if there is one."""
    type_ = "payment_refunded" if bank.refunds else _TYPES.get(bank.stage)
    return None if type_ is None else hook(type_, shown(bank, echoes, with_time))

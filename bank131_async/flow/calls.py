"""Which call of the API carries out a command.

The command alone tells it for most; where it does not (payouts have five ways to start), the intent keeps the path.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from bank131_async.core import operations
from bank131_async.core.codec import decode
from bank131_async.core.machine import Command, IntentFacts
from bank131_async.core.models import SessionAnswer
from bank131_async.core.operations import (
    CancelSession,
    CaptureSession,
    ConfirmSession,
    InitPayment,
    Operation,
    RefundSession,
    StartPayment,
)
from bank131_async.errors import AnswerLostError

_log = logging.getLogger("bank131.flow")
_USUAL: dict[Command, Callable[..., Operation[SessionAnswer]]] = {
    Command.start: StartPayment,
    Command.confirm: ConfirmSession,
    Command.cancel: CancelSession,
    Command.capture: CaptureSession,
    Command.refund: RefundSession,
    Command.init: InitPayment,
}
_OTHERS = {
    "session/init/payment/sync": "InitPaymentSync",
    "session/init/payout": "InitPayout",
    "session/init/payout/fiscalization": "InitPayoutWithFiscalization",
    "session/init/payout/nominal": "InitEscrowPayout",
    "session/init/payout/rko": "InitSettlementPayout",
    "session/start/payout": "StartPayout",
    "session/start/payout/fiscalization": "StartPayoutWithFiscalization",
    "session/start/payout/nominal": "StartEscrowPayout",
    "session/start/payout/rko": "StartSettlementPayout",
    "session/multi/init": "InitMultiSession",
    "session/multi/start/payment/nominal": "StartEscrowMultiPayment",
    "session/multi/start/payment/rko": "StartSettlementMultiPayment",
}


def call_of(command: Command, operation: Operation[SessionAnswer]) -> str | None:
    """What the intent has to keep of the call: its path, or ``None`` where it is the usual one."""
    return None if type(operation) is _USUAL[command] else operation.path


def operation_of(intent: IntentFacts, session_id: str, body: bytes) -> Operation[SessionAnswer]:
    """The call of an intent. The bytes are sent as they were kept; the call tells where, and how to read the answer."""
    if intent.call is not None:
        cls: type[Operation[SessionAnswer]] = getattr(operations, _OTHERS[intent.call])
        return decode(cls, body)
    if intent.command is Command.init:
        return decode(InitPayment, body)
    return _USUAL[intent.command](session_id=session_id)


def check_session(answer: SessionAnswer, session_id: str | None) -> SessionAnswer:
    """Refuse an answer about another session than the one of the call: answers are not signed, and proxies mix up.

    Raises AnswerLostError: what became of our call is not known. An answer that names no session is let through.
    """
    told = answer.session.id if answer.session is not None else None
    if session_id is None or not told or told == session_id:
        return answer
    _log.error("session %s: the answer is about session %s and is not used", session_id, told)
    raise AnswerLostError("the answer is about another session", session_id=session_id)

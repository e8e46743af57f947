"""``RefundFlow``: one refund, awaited."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from bank131_async.core.machine import RefundFacts
from bank131_async.errors import FlowAbandonedError
from bank131_async.flow.record import FlowRecord

if TYPE_CHECKING:
    from bank131_async.flow.engine import Engine


class RefundFlow:
    """A refund that the bank has accepted for processing.

    ``await refund`` gives its facts once the bank has accepted or declined it (``status``). A refund in ``error`` is
    waited on: the bank may still turn it either way. Raises ``FlowAbandonedError`` at the horizon.
    """

    __slots__ = ("_engine", "_record", "intent_id")

    def __init__(self, engine: Engine, record: FlowRecord, intent_id: str) -> None:
        self._engine = engine
        self._record = record
        self.intent_id: str = intent_id

    def __repr__(self) -> str:
        return f"<RefundFlow {self._record.session_id} {self.refund_id or 'not listed yet'}>"

    @property
    def refund_id(self) -> str | None:
        """The bank's id of the refund, once it is known which one is ours."""
        return self._record.facts.intent(self.intent_id).refund_id

    def __await__(self) -> Generator[object, None, RefundFacts]:
        return self._settled().__await__()

    async def _settled(self) -> RefundFacts:
        async def reached(record: FlowRecord) -> RefundFacts | None:
            self._record, facts = record, record.facts
            refund_id = facts.intent(self.intent_id).refund_id
            refund = None if refund_id is None else facts.refund(refund_id)
            if refund is not None and refund.is_settled:
                return refund
            if self._engine.waiting.abandoned(facts):
                raise FlowAbandonedError(
                    "the refund was neither accepted nor declined within its horizon; look at the bank's dashboard",
                    session_id=self._record.session_id,
                )
            return None

        return await self._engine.waiting.until(self._record, reached)

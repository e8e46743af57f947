"""``bank.multi_sessions``: open sessions of several operations, and find them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from bank131_async.core.metadata import tag_metadata
from bank131_async.core.operations import (
    CreateEscrowMultiSession,
    CreateSession,
    CreateSettlementMultiSession,
    InitMultiSession,
    InitPayment,
    InitPayout,
)
from bank131_async.flow.engine import Engine
from bank131_async.flow.inits import Init, Inits
from bank131_async.flow.multi import Account, MultiFlow
from bank131_async.flow.opening import Opener, digest_of

if TYPE_CHECKING:
    from bank131_async.core.models import JsonValue

_CREATES: dict[Account, type[CreateSession]] = {
    "escrow": CreateEscrowMultiSession,
    "settlement": CreateSettlementMultiSession,
}


class MultiSessions:
    """Sessions of several operations, of one project. Made by ``Bank131Client``."""

    def __init__(self, engine: Engine, inits: Inits) -> None:
        self._engine = engine
        self._opener = Opener(engine, inits, "multi", MultiFlow)

    async def init(
        self, *, order: str, payments: Sequence[InitPayment], payouts: Sequence[InitPayout], managed: bool = True
    ) -> MultiFlow:
        """Begin payments and payouts together (``session/multi/init``, API v2).

        ``order`` is your own name for this decision, as in ``payouts.create``. A lost answer is settled as that of
        ``payouts.init``: by a tag, here in the metadata of the first payment.
        """

        operation = InitMultiSession(payment_list=tuple(payments), payout_list=tuple(payouts))

        def build(tag: str) -> InitMultiSession:
            first, *others = operation.payment_list
            tagged = attrs.evolve(first, metadata=tag_metadata(first.metadata, tag))
            return attrs.evolve(operation, payment_list=(tagged, *others))

        init = Init(
            kind="multi",
            build=build,
            amount=None,
            currency=None,
            order=order,
            params_digest=digest_of(self._engine.api.body_of(operation)),
            managed=managed,
            masked_card=None,
        )
        return await self._opener.init(init)

    async def create(
        self,
        account: Account,
        *,
        order: str,
        metadata: JsonValue = None,
        managed: bool = True,
        transaction: object | None = None,
    ) -> MultiFlow:
        """Open a session for a payout to a card from an account (``session/multi/create``); no money moves yet.

        ``order`` and ``transaction`` as in ``payouts.create``, which also says what is raised.
        """
        operation = _CREATES[account](metadata=metadata)
        return await self._opener.create(operation, amount=None, order=order, managed=managed, transaction=transaction)

    async def attach(self, session_id: str) -> MultiFlow:
        """The flow of a session that any process, or another program, has opened. Asks nobody but the journal."""
        return await self._opener.attach(session_id)

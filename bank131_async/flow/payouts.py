"""``bank.payouts``: open payouts and find them again. ``bank.payments.run`` works on unfinished ones as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.core.metadata import tag_metadata
from bank131_async.core.models import (
    Amount,
    Customer,
    FpsVerification,
    Participant,
    ParticipantDetails,
    PayoutDetails,
)
from bank131_async.core.operations import (
    CreateEscrowSession,
    CreateSession,
    CreateSettlementSession,
    InitEscrowPayout,
    InitPayout,
    InitPayoutWithFiscalization,
    InitSettlementPayout,
    VerifyFpsCustomer,
)
from bank131_async.flow.cards import masked_card
from bank131_async.flow.engine import Engine
from bank131_async.flow.inits import Init, Inits
from bank131_async.flow.opening import Opener, digest_of
from bank131_async.flow.payout import PayoutFlow, Source, start_call

if TYPE_CHECKING:
    from bank131_async.core.models import CustomRouting, FiscalizationDetails, JsonValue, PayingTo

_CREATES: dict[Source, type[CreateSession]] = {
    "project": CreateSession,
    "escrow": CreateEscrowSession,
    "settlement": CreateSettlementSession,
}
_INITS: dict[Source, type[InitPayout]] = {
    "project": InitPayout,
    "escrow": InitEscrowPayout,
    "settlement": InitSettlementPayout,
}


class Payouts:
    """Payouts of one project. Made by ``Bank131Client``.

    Money that was paid out twice does not come back by itself, so every payout has a name: ``order`` is mandatory.
    """

    def __init__(self, engine: Engine, inits: Inits) -> None:
        self._engine = engine
        self._inits = inits
        self._opener = Opener(engine, inits, "payout", PayoutFlow)

    async def create(
        self,
        *,
        order: str,
        amount: Amount,
        method: PayingTo | None = None,
        participants: ParticipantDetails | None = None,
        customer: Customer | None = None,
        fiscalization: FiscalizationDetails | None = None,
        metadata: JsonValue = None,
        custom_routing: CustomRouting | None = None,
        source: Source = "project",
        managed: bool = True,
        transaction: object | None = None,
    ) -> PayoutFlow:
        """Open a payout (``session/create``); no money moves yet.

        ``order`` is your own name for this decision: calling again with it returns the first one's flow instead of
        opening a second payout, and raises ``CommandNotAllowedError`` if the parameters differ. ``source``: an escrow
        account wants ``participants.sender.beneficiary_id``, a settlement account ``participants.sender.account``.
        ``managed=False`` keeps workers away from it. ``transaction`` as in ``payments.create``.

        Raises ``NotSentError``, ``AnswerLostError`` (safe to call again: a session without a start is harmless) or
        ``BankRefusedError``.
        """
        start_call(source, fiscalized=fiscalization is not None)  # what could not be started is not opened either
        operation = _CREATES[source](
            payout_details=None if method is None else PayoutDetails.of(method),
            amount_details=amount,
            participant_details=participants,
            customer=customer,
            fiscalization_details=fiscalization,
            metadata=metadata,
            custom_routing=custom_routing,
        )
        return await self._opener.create(
            operation, amount=amount, order=order, managed=managed, transaction=transaction
        )

    async def init(
        self,
        method: PayingTo,
        *,
        order: str,
        amount: Amount,
        participants: ParticipantDetails | None = None,
        customer: Customer | None = None,
        fiscalization: FiscalizationDetails | None = None,
        metadata: JsonValue = None,
        custom_routing: CustomRouting | None = None,
        source: Source = "project",
        managed: bool = True,
    ) -> PayoutFlow:
        """Open and start a payout in one request (``session/init/payout``).

        ``create`` and ``start`` are safer, and what the bank recommends: here the session's id is lost with the
        answer. If that happens the intent is recognised by a tag in the metadata when a webhook shows it; until then
        ``CommandInDoubtError``. ``order`` and ``source`` as in ``create``.
        """
        start_call(source, fiscalized=fiscalization is not None)
        call = InitPayoutWithFiscalization if fiscalization is not None else _INITS[source]

        def build(tag: str | None) -> InitPayout:
            return call(
                payout_details=PayoutDetails.of(method),
                amount_details=amount,
                participant_details=participants,
                customer=customer,
                fiscalization_details=fiscalization,
                metadata=metadata if tag is None else tag_metadata(metadata, tag),
                custom_routing=custom_routing,
            )

        init = Init(
            kind="payout",
            build=build,
            amount=amount.amount,
            currency=amount.currency,
            order=order,
            params_digest=digest_of(self._engine.api.body_of(build(None))),
            managed=managed,
            masked_card=masked_card(method),
        )
        return await self._opener.init(init)

    async def verify(
        self, *, phone: str, bank_id: str, first_name: str, last_name: str, middle_name: str | None = None
    ) -> PayoutFlow:
        """Ask whether the FPS account at ``phone`` in the bank ``bank_id`` is this person's; no money moves.

        The answer takes its time (``fps/customer_verification`` is asynchronous), so it is a flow: awaiting it gives
        ``Succeeded`` if the account is theirs, ``Failed`` with the reason if it is not. Asking again is harmless,
        so it has no name. Raises ``NotSentError``, ``AnswerLostError`` or ``BankRefusedError``.
        """
        person = Participant(first_name=first_name, middle_name=middle_name, last_name=last_name)
        operation = VerifyFpsCustomer(
            payout_details=PayoutDetails.of(FpsVerification(phone=phone, bank_id=bank_id)),
            participant_details=ParticipantDetails(recipient=person),
        )
        return await self._opener.follow(await self._engine.api.execute(operation))

    async def attach(self, session_id: str) -> PayoutFlow:
        """The flow of a session that any process, or another program, has opened. Asks nobody but the journal.

        A session that is not in the journal yet is recorded as a payout that workers leave alone.
        """
        return await self._opener.attach(session_id)

    async def resolve_init(self, intent_id: str, *, session_id: str | None, note: str = "") -> None:
        """A person's word on a ``session/init`` that is in doubt: the session that it made, or ``None`` for no session.

        Journaled with the note. Raises ``CommandNotAllowedError`` if the init is not in doubt.
        """
        await self._inits.resolve(intent_id, session_id, note)

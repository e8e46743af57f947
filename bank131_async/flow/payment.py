"""``PaymentFlow``: one payment, awaited and commanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bank131_async.core.machine import Command, TokenGiven
from bank131_async.core.metadata import tag_metadata
from bank131_async.core.models import AcquiringWidget, Amount, Customer, PaymentDetails, PaymentOptions
from bank131_async.core.operations import CreateToken, RefundSession, StartPayment
from bank131_async.flow.cards import masked_card
from bank131_async.flow.commands import Decision
from bank131_async.flow.flow import SingleFlow, capture_of, minor_units
from bank131_async.flow.refund import RefundFlow

if TYPE_CHECKING:
    from bank131_async.core.models import CustomRouting, JsonValue, ParticipantDetails, PayingWith, RevenueSplit


class PaymentFlow(SingleFlow):
    """A payment that any process may wait for and command; see :class:`~bank131_async.flow.flow.Flow` for the waiting.

    Get one by ``bank.payments.create``, ``init`` or ``attach``.
    """

    __slots__ = ()

    async def start(
        self,
        method: PayingWith | None = None,
        *,
        amount: Amount | None = None,
        customer: Customer | None = None,
        options: PaymentOptions | None = None,
        participants: ParticipantDetails | None = None,
        metadata: JsonValue = None,
        payment_metadata: Mapping[str, JsonValue] | None = None,
        custom_routing: CustomRouting | None = None,
        revenue_split: Sequence[RevenueSplit] = (),
    ) -> None:
        """Start the payment with ``method`` (a card, a token, ...), or with what ``create`` was given.

        Written down before it is sent, except for card data, tokens and hashes, which no journal ever sees. Raises
        ``CommandNotAllowedError`` if it was started before, ``CardNeededError`` if the start got lost together with
        its card, ``CommandInDoubtError`` if nobody knows, and ``BankRefusedError``.
        """
        operation = StartPayment(
            session_id=self.session_id,
            payment_details=None if method is None else PaymentDetails.of(method),
            amount_details=amount,
            customer=customer,
            payment_options=options,
            participant_details=participants,
            metadata=metadata,
            payment_metadata=payment_metadata,
            custom_routing=custom_routing,
            revenue_split_info=tuple(revenue_split),
        )
        decision = Decision(
            command=Command.start,
            plain=operation,
            build=lambda _intent: operation,
            amount=minor_units(amount),
            currency=None if amount is None else amount.currency,
            masked_card=masked_card(method),
        )
        await self._command(decision)

    async def capture(self, amount: Amount | None = None, *, attempt: str | None = None) -> None:
        """Take the held money: all of it, or ``amount`` (the rest is released)."""
        await self._command(capture_of(self.session_id, amount, attempt))

    async def refund(
        self, amount: Amount | None = None, *, name: str | None = None, metadata: JsonValue = None
    ) -> RefundFlow:
        """Pay back ``amount``, or the whole payment.

        ``name`` is your own name for this decision, unique within the payment: calling again with it returns the first
        refund instead of making a second one, which is what a queue that redelivers needs. Without a name each call is
        a new decision. The bank judges how much can still be refunded (``BankRefusedError``).
        """
        plain = RefundSession(session_id=self.session_id, amount_details=amount, metadata=metadata)
        tagged = self._engine.settings.machine.tag_refunds

        def build(intent_id: str) -> RefundSession:
            if not tagged:
                return plain
            return RefundSession(
                session_id=self.session_id, amount_details=amount, metadata=tag_metadata(metadata, intent_id)
            )

        decision = Decision(
            command=Command.refund,
            plain=plain,
            build=build,
            amount=minor_units(amount),
            currency=None if amount is None else amount.currency,
            name=name,
        )
        intent = await self._command(decision)
        return RefundFlow(self._engine, self._record, intent.id)

    async def widget_token(
        self,
        *,
        success_return_url: str | None = None,
        failure_return_url: str | None = None,
        show_recurrent_checkbox: bool = False,
    ) -> str:
        """A token for the bank's payment form; works once. From here on the form redirects the payer by itself."""
        widget = AcquiringWidget(
            session_id=self.session_id,
            success_return_url=success_return_url,
            failure_return_url=failure_return_url,
            show_recurrent_checkbox=show_recurrent_checkbox,
        )
        await self._check_committed()
        answer = await self._engine.api.execute(CreateToken(acquiring_widget=widget))
        await self._engine.recorder.catch_up(self._record)
        await self._engine.recorder.write(self._record, TokenGiven(widget="acquiring_widget"))
        return answer.public_token or ""

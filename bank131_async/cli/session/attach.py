"""The flow of a session, whether it is a payment or a payout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.errors import CommandNotAllowedError

if TYPE_CHECKING:
    from bank131_async.flow import Bank131Client, PaymentFlow, PayoutFlow


async def attach(client: Bank131Client, session_id: str) -> PaymentFlow | PayoutFlow:
    """Asks the bank which of the two it is: a person at a terminal gives the id alone."""
    session = (await client.sessions.status(session_id)).session
    if session is not None and session.payout_list and not session.payment_list:
        return await client.payouts.attach(session_id)
    return await client.payments.attach(session_id)


def only_payment(flow: PaymentFlow | PayoutFlow, command: str) -> PaymentFlow:
    """The flow, if it is a payment's. Raises ``CommandNotAllowedError``."""
    from bank131_async.flow import PaymentFlow

    if not isinstance(flow, PaymentFlow):
        raise CommandNotAllowedError(f"{command}: this is a payout", session_id=flow.session_id)
    return flow

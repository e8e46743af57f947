"""``bank131 session confirm | cancel | capture | refund``: through the flow, so that nothing is done twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bank131_async.cli.options import Json, Yes, show
from bank131_async.cli.session.attach import attach, only_payment
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:
    from bank131_async.core.models import Amount
    from bank131_async.flow import PaymentFlow, PayoutFlow

Facts = dict[str, object]

_WHY_DURABLE = "if the answer is lost, what was sent is not remembered beyond this command; set it, or look yourself"


def confirm(session_id: str, /, *, yes: Yes = False, as_json: Json = False) -> None:
    """Approve what the bank is ready to do.

    Example: bank131 session confirm ps_1001

    Parameters
    ----------
    session_id
        The id that the bank gave.
    """

    async def deed(flow: PaymentFlow | PayoutFlow) -> Facts:
        await flow.confirm()
        return {}

    _do("confirm", session_id, deed, yes=yes, as_json=as_json)


def cancel(session_id: str, /, *, yes: Yes = False, as_json: Json = False) -> None:
    """Give a payment or payout up: before its start, instead of confirm, or instead of capture.

    Example: bank131 session cancel ps_1001

    Parameters
    ----------
    session_id
        The id that the bank gave.
    """

    async def deed(flow: PaymentFlow | PayoutFlow) -> Facts:
        await flow.cancel()
        return {}

    _do("cancel", session_id, deed, yes=yes, as_json=as_json)


def capture(
    session_id: str, amount: str | None = None, /, *, currency: str = "rub", yes: Yes = False, as_json: Json = False
) -> None:
    """Take the held money: all of it, or AMOUNT (the rest is released).

    Example: bank131 session capture ps_1001 100.00

    Parameters
    ----------
    session_id
        The id that the bank gave.
    amount
        A part of the sum in major units, such as 100.00.
    currency
        The currency of AMOUNT.
    """

    async def deed(flow: PaymentFlow | PayoutFlow) -> Facts:
        await only_payment(flow, "capture").capture(_amount(amount, currency))
        return {}

    _do("capture", session_id, deed, amount=_amount(amount, currency), yes=yes, as_json=as_json)


def refund(
    session_id: str,
    amount: str | None = None,
    /,
    *,
    currency: str = "rub",
    name: str | None = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Pay back the whole payment, or AMOUNT.

    Example: bank131 session refund ps_1001 50.00 --name return-17

    Parameters
    ----------
    session_id
        The id that the bank gave.
    amount
        A part of the sum in major units, such as 50.00.
    currency
        The currency of AMOUNT.
    name
        Your own name for this refund: repeating the command with it makes no second one, if BANK131_STORE is set.
    """

    async def deed(flow: PaymentFlow | PayoutFlow) -> Facts:
        made = await only_payment(flow, "refund").refund(_amount(amount, currency), name=name)
        return {"refund_id": made.refund_id}

    _do("refund", session_id, deed, amount=_amount(amount, currency), yes=yes, as_json=as_json)


def _amount(amount: str | None, currency: str) -> Amount | None:
    from bank131_async.core.models import Amount
    from bank131_async.core.models.currency import exponent_of

    if amount is None:
        return None
    exponent = exponent_of(currency)
    if exponent is None:
        raise ConfigurationError("--currency: expected a code of ISO 4217, such as rub")
    try:
        return Amount.of(amount, currency)
    except ConfigurationError:
        expected = f"a sum of {currency.upper()} above zero with {exponent} decimals at most, such as 100"
        raise ConfigurationError(f"AMOUNT: expected {expected}") from None


def _do(
    name: str,
    session_id: str,
    deed: Callable[[PaymentFlow | PayoutFlow], Awaitable[Facts]],
    *,
    amount: Amount | None = None,
    yes: bool,
    as_json: bool,
) -> None:
    import asyncio

    from bank131_async.cli.connect import ask_if_live, read_config

    config = read_config()
    ask_if_live(config, f"{name} {'' if amount is None else f'{amount} of '}{session_id}", yes=yes)

    async def run() -> Facts:
        from bank131_async.cli.connect import opened_client

        async with opened_client(config, why_durable=_WHY_DURABLE) as client:
            flow = await attach(client, session_id)
            told = await deed(flow)
            await flow.refresh()
            return {"command": name, "session_id": session_id, "phase": flow.phase.value, **told}

    facts = asyncio.run(run())
    refund_id = facts.get("refund_id")
    text = f"{name}: done; {session_id} is at {facts['phase']}" + (f", refund {refund_id}" if refund_id else "")
    show(facts, text, as_json=as_json)

"""How much money there is, and where it went (docs: statements). API v1 only."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from bank131_async.core.models import AccountBalanceAnswer, AccountStatementAnswer, Timestamp, WalletBalanceAnswer
from bank131_async.core.models._base import required_text
from bank131_async.core.models._checks import DATE, digits
from bank131_async.core.operations.base import Operation
from bank131_async.errors import ConfigurationError


def _moment(value: datetime) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    try:
        return Timestamp.of(value)
    except (AttributeError, ValueError):
        raise ConfigurationError("GetWalletBalance.request_datetime: expected a datetime with a zone") from None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetWalletBalance(Operation[WalletBalanceAnswer]):
    """``wallet/balance``: the balances for payouts. ``request_datetime`` is the time of asking, with a zone."""

    path: ClassVar[str] = "wallet/balance"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[WalletBalanceAnswer]] = WalletBalanceAnswer
    result: ClassVar[str] = "wallets"

    request_datetime: Timestamp = attrs.field(converter=_moment)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetAccountBalance(Operation[AccountBalanceAnswer]):
    """``report/account_balance``: what is on an escrow or settlement account of 20 digits."""

    path: ClassVar[str] = "report/account_balance"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[AccountBalanceAnswer]] = AccountBalanceAnswer
    result: ClassVar[str] = "balance"

    account_number: str = attrs.field(validator=(digits(20), required_text))


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetAccountStatement(Operation[AccountStatementAnswer]):
    """``report/account_statement``: the transactions of one day; both dates are that day, as ``YYYY-MM-DD``.

    The newest example of the bank sends it by GET, the others by POST, as here (docs: statements/statements-escrow).
    """

    path: ClassVar[str] = "report/account_statement"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[AccountStatementAnswer]] = AccountStatementAnswer
    result: ClassVar[str] = "status"

    date_from: str = attrs.field(validator=(DATE, required_text))
    date_to: str = attrs.field(validator=(DATE, required_text))
    account_number: str = attrs.field(validator=(digits(20), required_text))

    def __attrs_post_init__(self) -> None:
        if self.date_from != self.date_to:
            raise ConfigurationError("GetAccountStatement.date_to: expected the same day as date_from")

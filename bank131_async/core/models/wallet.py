"""Electronic wallets: payouts go to them, and YooMoney can also pay."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models._base import required_text
from bank131_async.core.models._checks import at_most, digits
from bank131_async.core.models._tagged import Method, Tagged


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Wallet(Tagged["Qiwi | YooMoney | Moneta | Steam"], Method):
    """``type`` and the object of that name."""

    TAG: ClassVar[str] = "wallet"

    type: str | None = None
    qiwi: Qiwi | None = None
    yoomoney: YooMoney | None = None
    moneta: Moneta | None = None
    steam: Steam | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Qiwi(Method):
    """A QIWI wallet."""

    TAG: ClassVar[str] = "qiwi"
    GROUP: ClassVar[type[Wallet]] = Wallet

    account: str | None = attrs.field(validator=required_text)
    description: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class YooMoney(Method):
    """A YooMoney wallet: 11 to 20 digits, a description of up to 128 characters."""

    TAG: ClassVar[str] = "yoomoney"
    GROUP: ClassVar[type[Wallet]] = Wallet

    account: str | None = attrs.field(validator=(required_text, digits(11, 20)))
    description: str | None = attrs.field(default=None, validator=at_most(128))


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Moneta(Method):
    """A Moneta wallet."""

    TAG: ClassVar[str] = "moneta"
    GROUP: ClassVar[type[Wallet]] = Wallet

    account: str | None = attrs.field(validator=required_text)
    description: str | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class Steam(Method):
    """A Steam account."""

    TAG: ClassVar[str] = "steam"
    GROUP: ClassVar[type[Wallet]] = Wallet

    account: str | None = attrs.field(validator=required_text)

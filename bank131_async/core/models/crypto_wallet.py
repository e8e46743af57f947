"""Wallets of crypto currencies."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models._base import required_text
from bank131_async.core.models._tagged import Method, Tagged


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CryptoWallet(Tagged["TonWallet"], Method):
    """``type`` and the object of that name."""

    TAG: ClassVar[str] = "crypto_wallet"

    type: str | None = None
    ton: TonWallet | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TonWallet(Method):
    """A TON wallet and what is bought; the sums are in the currency ``tonc``."""

    TAG: ClassVar[str] = "ton"
    GROUP: ClassVar[type[CryptoWallet]] = CryptoWallet

    address: str | None = attrs.field(validator=required_text)
    product_id: str | None = attrs.field(validator=required_text)
    product_name: str | None = attrs.field(validator=required_text)

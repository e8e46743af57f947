"""Ways of paying and of being paid that requests and answers share."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import attrs

from bank131_async.core.models._base import SECRET, required_text
from bank131_async.core.models._checks import matching
from bank131_async.core.models._tagged import Method

_security_code = matching("[0-9]{3,4}", "3 or 4 digits")


class RecurrentInitiator(StrEnum):
    """Who starts a repeated payment: the merchant alone (MIT), or with the payer taking part (CIT)."""

    merchant = "merchant"
    client = "client"


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Recurrent(Method):
    """A saved means of payment by its token. ``client`` also needs ``payment_options.return_url``."""

    TAG: ClassVar[str] = "recurrent"

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)
    initiator: RecurrentInitiator | str | None = None
    security_code: str | None = attrs.field(default=None, validator=_security_code, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FasterPaymentSystem(Method):
    """The Faster Payment System (FPS, SBP): the payer is shown a QR code (docs: payments/payment-fps-qr).

    A payout to a phone number is a :class:`FpsAccount`. The fields but ``description`` occur in answers only.
    """

    TAG: ClassVar[str] = "faster_payment_system"

    phone: str | None = None
    bank_id: str | None = None
    description: str | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class FasterPaymentSystemBinding(Method):
    """A payment by FPS that also binds the payer's account for later ones."""

    TAG: ClassVar[str] = "faster_payment_system_binding"

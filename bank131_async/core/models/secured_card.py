"""Cards kept in a wallet on the payer's device."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models._base import SECRET, required_text
from bank131_async.core.models._tagged import Method, Tagged


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SecuredCard(Tagged["GooglePay | ApplePay"], Method):
    """``type`` and the object of that name."""

    TAG: ClassVar[str] = "secured_card"

    type: str | None = None
    google_pay: GooglePay | None = None
    apple_pay: ApplePay | None = None


@attrs.frozen(weakref_slot=False, repr=False)
class GooglePay(Method):
    """The ``token`` that Google Pay gave out for this payment."""

    TAG: ClassVar[str] = "google_pay"
    GROUP: ClassVar[type[SecuredCard]] = SecuredCard

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False)
class ApplePay(Method):
    """The ``token`` that Apple Pay gave out for this payment."""

    TAG: ClassVar[str] = "apple_pay"
    GROUP: ClassVar[type[SecuredCard]] = SecuredCard

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)

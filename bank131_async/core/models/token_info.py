"""What the bank knows of a card or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from bank131_async.core.models._base import SECRET, Model, required_text
from bank131_async.core.models._tagged import Method
from bank131_async.core.models.answer import Answer
from bank131_async.core.models.timestamp import Timestamp

if TYPE_CHECKING:
    from bank131_async.core.models.method import RecurrentInitiator
    from bank131_async.core.models.transaction import RecurrentToken


@attrs.frozen(weakref_slot=False, repr=False)
class PublicToken(Method):
    """A token that a widget was opened with."""

    TAG: ClassVar[str] = "public_token"

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False)
class SavedToken(Method):
    """A recurrent token that is asked about or switched off."""

    TAG: ClassVar[str] = "recurrent_token"

    token: str | None = attrs.field(validator=required_text, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenInfo(Model):
    """A card (``brand``, ``last4``), an account (``masked_account``) or a saved token (``is_active`` and times).

    ``type`` is card, public_token or recurrent_token.
    The bank does not act upon ``finished_at``: a token stays active after it (docs: transfers/transfer-recurrent).
    """

    type: str | None = None
    token: str | None = attrs.field(default=None, metadata=SECRET)
    number_hash: str | None = attrs.field(default=None, metadata=SECRET)
    brand: str | None = None
    last4: str | None = None
    country_iso3: str | None = None
    masked_account: str | None = None
    created_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    is_active: bool | None = None
    initiator: RecurrentInitiator | str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenInfoAnswer(Answer):
    """The answer of ``token/info``."""

    info: TokenInfo | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class RecurrentAnswer(Answer):
    """The answer of ``recurrent/status`` and ``recurrent/disable``."""

    recurrent: RecurrentToken | None = None

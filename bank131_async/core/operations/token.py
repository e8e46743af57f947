"""Tokens for the bank's widgets, and what the bank knows of tokens. API v1 only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

import attrs

from bank131_async.core.models import TokenAnswer, TokenInfoAnswer
from bank131_async.core.models._tagged import Tagged, wrap
from bank131_async.core.operations.base import Operation, given
from bank131_async.errors import ConfigurationError

if TYPE_CHECKING:  # the codec loads them when a call that holds them is first written
    from bank131_async.core.models import (
        AcquiringWidget,
        BankCard,
        Card,
        EncryptedCard,
        PublicToken,
        SavedToken,
        SelfEmployedWidget,
        TokenizedCard,
        TokenizeWidget,
    )

AskableToken: TypeAlias = "BankCard | EncryptedCard | TokenizedCard | Card | PublicToken | SavedToken"
"""What the bank can be asked about."""


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateToken(Operation[TokenAnswer]):
    """``token``: what the page needs to show the bank's form; at least one widget, unknown ones in ``extra``.

    The token serves one operation.
    """

    path: ClassVar[str] = "token"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[TokenAnswer]] = TokenAnswer
    result: ClassVar[str] = "public_token"

    acquiring_widget: AcquiringWidget | None = None
    tokenize_widget: TokenizeWidget | None = None
    self_employed_widget: SelfEmployedWidget | None = None

    def __attrs_post_init__(self) -> None:
        if not (self.acquiring_widget or self.tokenize_widget or self.self_employed_widget or self.extra):
            raise ConfigurationError("CreateToken: expected acquiring_widget, tokenize_widget or self_employed_widget")


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class GetTokenInfo(Operation[TokenInfoAnswer], Tagged["Card | PublicToken | SavedToken"]):
    """``token/info``: what the bank knows of a card or a token. Make it with :meth:`of`."""

    path: ClassVar[str] = "token/info"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[TokenInfoAnswer]] = TokenInfoAnswer
    result: ClassVar[str] = "info"

    type: str | None = attrs.field(validator=given)
    card: Card | None = None
    public_token: PublicToken | None = None
    recurrent_token: SavedToken | None = None

    @classmethod
    def of(cls, token: AskableToken) -> Self:
        """Ask about a card, a widget's token or a saved one."""
        return wrap(cls, token)

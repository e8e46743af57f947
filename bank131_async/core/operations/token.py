"""Tokens for the bank's widgets."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bank131_async.core.models.answer import TokenAnswer
from bank131_async.core.models.widget import AcquiringWidget, SelfEmployedWidget, TokenizeWidget
from bank131_async.core.operations.base import Operation
from bank131_async.errors import ConfigurationError


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class CreateToken(Operation[TokenAnswer]):
    """``token``: what the page needs to show the bank's form; at least one widget. API v1 only."""

    path: ClassVar[str] = "token"
    versions: ClassVar[tuple[str, ...]] = ("v1",)
    answer_type: ClassVar[type[TokenAnswer]] = TokenAnswer
    result: ClassVar[str] = "public_token"

    acquiring_widget: AcquiringWidget | None = None
    tokenize_widget: TokenizeWidget | None = None
    self_employed_widget: SelfEmployedWidget | None = None

    def __attrs_post_init__(self) -> None:
        if self.acquiring_widget is None and self.tokenize_widget is None and self.self_employed_widget is None:
            raise ConfigurationError("CreateToken: expected acquiring_widget, tokenize_widget or self_employed_widget")

"""``token``: one-time tokens with which a page shows the bank's widgets."""

from __future__ import annotations

from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import AcquiringWidget, SelfEmployedWidget, TokenAnswer, TokenizeWidget
from bank131_async.core.operations import CreateToken


class TokensResource:
    """Tokens for widgets; no money moves."""

    def __init__(self, client: Executor) -> None:
        self._client = client

    async def create(
        self,
        *,
        acquiring_widget: AcquiringWidget | None = None,
        tokenize_widget: TokenizeWidget | None = None,
        self_employed_widget: SelfEmployedWidget | None = None,
        **options: Unpack[CallOptions],
    ) -> TokenAnswer:
        """A token for one or more widgets. Raises ``ConfigurationError`` without any."""
        operation = CreateToken(
            acquiring_widget=acquiring_widget,
            tokenize_widget=tokenize_widget,
            self_employed_widget=self_employed_widget,
        )
        return await self._client.execute(operation, **options)

    async def acquiring_widget(
        self,
        session_id: str,
        *,
        success_return_url: str | None = None,
        failure_return_url: str | None = None,
        show_recurrent_checkbox: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> TokenAnswer:
        """A token for the payment form of a session that ``session/create`` made (docs: payments/payment-with-form)."""
        widget = AcquiringWidget(
            session_id=session_id,
            success_return_url=success_return_url,
            failure_return_url=failure_return_url,
            show_recurrent_checkbox=show_recurrent_checkbox,
        )
        return await self.create(acquiring_widget=widget, **options)

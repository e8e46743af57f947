"""``token``, ``token/info``, ``tokenize``: tokens for the bank's widgets, and in place of cards and accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from bank131_async.client.resources.base import CallOptions, Executor
from bank131_async.core.models import (
    AcquiringWidget,
    CardElement,
    RuBankAccount,
    SelfEmployedWidget,
    TokenAnswer,
    TokenInfoAnswer,
    TokenizeAnswer,
    TokenizeElementsAnswer,
    TokenizeWidget,
)
from bank131_async.core.operations import AskableToken, CreateToken, GetTokenInfo, Tokenize, TokenizeElements


class TokensResource:
    """Tokens; no money moves."""

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

    async def info(self, token: AskableToken, **options: Unpack[CallOptions]) -> TokenInfoAnswer:
        """``token/info``: what the bank knows of a card, a widget's token or a saved one."""
        return await self._client.execute(GetTokenInfo.of(token), **options)

    async def tokenize(self, account: RuBankAccount, **options: Unpack[CallOptions]) -> TokenizeAnswer:
        """``tokenize``: a token in place of an account, for ``RuBankAccount(token=...)`` in later payouts.

        Beside the demo server this call has a server of its own (docs: payouts/payout-tokenized-account).
        """
        return await self._client.execute(Tokenize.of(account), **options)

    async def tokenize_elements(
        self, elements: Iterable[CardElement], **options: Unpack[CallOptions]
    ) -> TokenizeElementsAnswer:
        """``tokenize/elements``: tokens in place of open card numbers (PCI DSS), for ``TokenizedCard(token=...)``."""
        return await self._client.execute(TokenizeElements(elements=tuple(elements)), **options)

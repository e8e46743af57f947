"""Webhooks as the bank would send them, made and signed here: for the test of a webhook route."""

from __future__ import annotations

from typing import Any

from attrs import evolve, field, frozen

from bank131_async.core.codec import encode
from bank131_async.core.models import Session, WebhookBody, WebhookType
from bank131_async.core.signing import Signer
from bank131_async.core.wire import SIGNATURE
from bank131_async.testing import factories


@frozen
class SignedWebhook:
    """The exact bytes of a webhook and the signature over them, ready to be posted."""

    body: bytes
    signature: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the bank sends with it."""
        return {"Content-Type": "application/json", SIGNATURE: self.signature}

    def forged(self) -> SignedWebhook:
        """The same bytes under a signature over others, as a stranger may send them."""
        return evolve(self, body=self.body + b" ")


def sign_webhook(
    signer: Signer, type_: WebhookType | str, session: Session | None = None, **fields: Any
) -> SignedWebhook:
    """A webhook of any type, signed with the bank's private key of a sandbox.

    Without ``session`` it is about ``ps_1001``, in the state that the type tells of. Further ``fields`` are those of
    ``WebhookBody``, such as ``confirm_information`` or ``extra``.
    """
    body = WebhookBody(type=type_, session=session or session_in(type_), **fields)
    data = encode(body)
    return SignedWebhook(data, signer.sign(data))


def session_in(type_: WebhookType | str) -> Session:
    """The session ``ps_1001`` in the state that webhooks of this type tell of; accepted for all other types."""
    match type_:
        case WebhookType.action_required:
            return _waiting(customer_interaction=factories.customer_interaction())
        case WebhookType.ready_to_confirm:
            return evolve(_waiting(), next_action="confirm")
        case WebhookType.ready_to_capture:
            return evolve(_waiting(), next_action="capture")
        case WebhookType.payment_refunded:
            return factories.session(payment_list=(factories.payment(refunds=(factories.refund(),)),))
        case _:
            return factories.session()


def _waiting(**changes: Any) -> Session:
    payment = factories.payment(status="pending", finished_at=None, transaction_info=None, **changes)
    return factories.session(status="in_progress", finished_at=None, payment_list=(payment,))

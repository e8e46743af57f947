"""Enumerations of the API (docs: reference/objects, reference/webhooks).

All are open: a field typed ``SessionStatus | str`` holds the member for a known value, the plain string for any other.
"""

from __future__ import annotations

from enum import StrEnum


class ResponseStatus(StrEnum):
    """``status`` of an answer. ``pending`` occurs in the calls about self-employed recipients."""

    ok = "ok"
    error = "error"
    pending = "pending"


class SessionStatus(StrEnum):
    """Where a session is. ``error`` is not an end: the bank does not know the result yet (docs: reference/errors)."""

    created = "created"
    in_progress = "in_progress"
    accepted = "accepted"
    cancelled = "cancelled"
    error = "error"


class PaymentStatus(StrEnum):
    """Where one payment or payout of a session is. ``pending`` waits for the merchant or the payer."""

    in_progress = "in_progress"
    pending = "pending"
    succeeded = "succeeded"
    failed = "failed"


class RefundStatus(StrEnum):
    """Where a refund is. ``error``, as for sessions, says that the result is not known yet."""

    in_progress = "in_progress"
    accepted = "accepted"
    declined = "declined"
    error = "error"


class NextAction(StrEnum):
    """What the bank waits for from the merchant."""

    confirm = "confirm"
    capture = "capture"


class WebhookType(StrEnum):
    """Type of a webhook."""

    action_required = "action_required"
    ready_to_confirm = "ready_to_confirm"
    ready_to_capture = "ready_to_capture"
    payment_finished = "payment_finished"
    payment_refunded = "payment_refunded"
    transaction_registration = "transaction_registration"
    nominal_topup = "nominal_topup"


class InteractionType(StrEnum):
    """What the payer has to be shown: a page to go to, or a QR code."""

    redirect = "redirect"
    inform = "inform"

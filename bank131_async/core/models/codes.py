"""Error codes of the bank as data (docs: reference/errors). The list is partial and may grow without notice."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from bank131_async.errors import (
    AuthenticationError,
    AuthorizationError,
    BankRefusedError,
    BankUnavailableError,
    DeclinedError,
    DuplicateKeyError,
    InvalidRequestError,
    WrongStateError,
)

Repeat: TypeAlias = Literal["no", "after_fix", "later", "new_attempt", "after_status"]


class CodeFacts(NamedTuple):
    """What a code means for the caller.

    ``definite_decline``: no money has moved, for certain. ``in_doubt``: as the answer to a command, the code does not
    tell whether the command took effect.
    """

    error: type[BankRefusedError]
    who: str
    may_repeat: Repeat
    definite_decline: bool = False
    in_doubt: bool = False


ERROR_CODES: dict[str, CodeFacts] = {
    # the request
    "authentication_error": CodeFacts(AuthenticationError, "developer", "after_fix"),
    "identification_error": CodeFacts(AuthenticationError, "developer", "after_fix"),
    "authorization_error": CodeFacts(AuthorizationError, "developer", "after_fix"),
    "invalid_request": CodeFacts(InvalidRequestError, "developer", "after_fix"),
    "idempotency_key_already_exists": CodeFacts(DuplicateKeyError, "developer", "after_status", in_doubt=True),
    "amount_less_allowed_provider": CodeFacts(InvalidRequestError, "merchant", "after_fix", definite_decline=True),
    "account_not_found": CodeFacts(InvalidRequestError, "merchant", "after_fix", definite_decline=True),
    # the clock
    "confirm_timeout": CodeFacts(WrongStateError, "merchant", "new_attempt", definite_decline=True),
    "capture_timeout": CodeFacts(WrongStateError, "merchant", "after_status"),
    # the payer, the card, the issuer
    "3DS_error": CodeFacts(DeclinedError, "payer", "new_attempt", definite_decline=True),
    "activity_count_exceeded": CodeFacts(DeclinedError, "payer", "later", definite_decline=True),
    "bank_card_expired": CodeFacts(DeclinedError, "payer", "new_attempt", definite_decline=True),
    "binding_is_deactivated": CodeFacts(DeclinedError, "issuer", "no", definite_decline=True),
    "card_number_does_not_exist": CodeFacts(DeclinedError, "payer", "after_fix", definite_decline=True),
    # the recipient
    "taxpayer_unknown": CodeFacts(DeclinedError, "recipient", "after_fix", definite_decline=True),
    "taxpayer_not_bound": CodeFacts(DeclinedError, "recipient", "after_fix", definite_decline=True),
    "taxpayer_already_bound": CodeFacts(DeclinedError, "merchant", "no", definite_decline=True),
    "taxpayer_income_exceeds_amount_limit": CodeFacts(DeclinedError, "recipient", "no", definite_decline=True),
    "provider_foreign_transfer_prohibited": CodeFacts(DeclinedError, "recipient", "new_attempt", definite_decline=True),
    "provider_exceeds_amount_limit": CodeFacts(DeclinedError, "merchant", "after_fix", definite_decline=True),
    # the bank and those behind it
    "internal_error": CodeFacts(BankUnavailableError, "bank", "after_status", in_doubt=True),
    "provider_timeout": CodeFacts(BankUnavailableError, "bank", "after_status", in_doubt=True),
    "provider_internal_error": CodeFacts(BankUnavailableError, "bank", "later"),
    "provider_issuer_unavailable": CodeFacts(BankUnavailableError, "bank", "later"),
}

_UNKNOWN = CodeFacts(BankRefusedError, "merchant", "after_status")
_UNKNOWN_SERVER_FAULT = CodeFacts(BankUnavailableError, "bank", "after_status", in_doubt=True)


def facts_of(code: str | None, http_status: int | None = None) -> CodeFacts:
    """What is known of a code. An unknown one with HTTP status 500 or above leaves the outcome in doubt."""
    facts = ERROR_CODES.get(code or "")
    if facts is not None:
        return facts
    return _UNKNOWN_SERVER_FAULT if http_status is not None and http_status >= 500 else _UNKNOWN

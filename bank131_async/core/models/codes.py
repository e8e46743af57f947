"""Error codes of the bank as data (docs: reference/errors). The list is partial and may grow without notice.

The words for payers and merchants are this package's own.
"""

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
"""Whether an operation may be repeated; ``after_status`` means: ask the status first."""

Who: TypeAlias = Literal["developer", "merchant", "payer", "recipient", "issuer", "bank"]
"""Whose move it is."""


class CodeFacts(NamedTuple):
    """What a code means for the caller.

    ``payer_message`` can be shown to the one who pays or is paid, ``merchant_message`` to the merchant's staff; both
    are whole sentences without the bank's own text. ``definite_decline``: no money has moved, for certain.
    ``in_doubt``: as the answer to a command, the code does not tell whether the command took effect.
    """

    error: type[BankRefusedError]
    who: Who
    may_repeat: Repeat
    payer_message: str
    merchant_message: str
    definite_decline: bool = False
    in_doubt: bool = False


_CHECK_FIRST = "The payment was not accepted. Please check that nothing was charged before you pay in another way."
_LATER = "The payment could not be made right now. Please try again later."
_WAIT = "The payment is still being processed. Please do not pay again."
_OUR_FAULT = "The payment could not be made because of a fault on our side. Please contact us."

ERROR_CODES: dict[str, CodeFacts] = {
    # the request
    "authentication_error": CodeFacts(
        AuthenticationError,
        "developer",
        "after_fix",
        _OUR_FAULT,
        "The bank did not accept the signature: check the private key, and that the bank has its public half.",
    ),
    "identification_error": CodeFacts(
        AuthenticationError,
        "developer",
        "after_fix",
        _OUR_FAULT,
        "The bank does not know the project: check the project's id and the server.",
    ),
    "authorization_error": CodeFacts(
        AuthorizationError,
        "developer",
        "after_fix",
        _OUR_FAULT,
        "The project may not do this: ask the bank's manager to allow it.",
    ),
    "invalid_request": CodeFacts(
        InvalidRequestError,
        "developer",
        "after_fix",
        _OUR_FAULT,
        "The bank did not accept the request: its description tells which field to correct.",
    ),
    "idempotency_key_already_exists": CodeFacts(
        DuplicateKeyError,
        "developer",
        "after_status",
        _WAIT,
        "The same key was used before: ask the status of what was done under it, and take no new key until then.",
        in_doubt=True,
    ),
    "amount_less_allowed_provider": CodeFacts(
        InvalidRequestError,
        "merchant",
        "after_fix",
        "The sum is too small for this way of paying. Please pay in another way.",
        "The sum is below the provider's minimum.",
        definite_decline=True,
    ),
    "account_not_found": CodeFacts(
        InvalidRequestError,
        "merchant",
        "after_fix",
        "The account was not found. Please check its details.",
        "There is no such account: ask the recipient for the right details.",
        definite_decline=True,
    ),
    # the clock
    "confirm_timeout": CodeFacts(
        WrongStateError,
        "merchant",
        "new_attempt",
        "The payment was not completed in time. Nothing was charged; please try again.",
        "The operation was not confirmed in time and is cancelled: start it anew, and confirm sooner.",
        definite_decline=True,
    ),
    "capture_timeout": CodeFacts(
        WrongStateError,
        "merchant",
        "after_status",
        _WAIT,
        "The held money was not captured in time: repeat only if session and payment are final and failed.",
    ),
    # the payer, the card, the issuer
    "3DS_error": CodeFacts(
        DeclinedError,
        "payer",
        "new_attempt",
        "Your bank could not confirm that it was you. Please try again or use another card.",
        "The payer did not pass 3-D Secure.",
        definite_decline=True,
    ),
    "activity_count_exceeded": CodeFacts(
        DeclinedError,
        "payer",
        "later",
        "The card's limit of operations is reached. Please try later, ask your bank, or use another card.",
        "The card has reached its limit of operations; the payer can ask the issuer.",
        definite_decline=True,
    ),
    "bank_card_expired": CodeFacts(
        DeclinedError,
        "payer",
        "new_attempt",
        "The card has expired. Please use another card.",
        "The card has expired: ask for another one.",
        definite_decline=True,
    ),
    "binding_is_deactivated": CodeFacts(
        DeclinedError,
        "issuer",
        "no",
        "The saved card or account can no longer be used. Please enter your details again.",
        "The issuer has switched the binding off: forget it and ask the payer for the details again.",
        definite_decline=True,
    ),
    "card_number_does_not_exist": CodeFacts(
        DeclinedError,
        "payer",
        "after_fix",
        "There is no card with this number. Please check it.",
        "The card number is wrong: ask for it again.",
        definite_decline=True,
    ),
    # the recipient
    "taxpayer_unknown": CodeFacts(
        DeclinedError,
        "recipient",
        "after_fix",
        "The tax service does not know you as self-employed. Please register or correct your INN.",
        "The recipient's INN is not registered as self-employed.",
        definite_decline=True,
    ),
    "taxpayer_not_bound": CodeFacts(
        DeclinedError,
        "recipient",
        "after_fix",
        "Please allow the bank to issue receipts for you, in the app of the tax service.",
        "The recipient is not linked to the bank: show them the widget for it.",
        definite_decline=True,
    ),
    "taxpayer_already_bound": CodeFacts(
        DeclinedError,
        "merchant",
        "no",
        "You are linked to the bank already.",
        "The recipient is linked to the bank already; nothing is to be done.",
        definite_decline=True,
    ),
    "taxpayer_income_exceeds_amount_limit": CodeFacts(
        DeclinedError,
        "recipient",
        "no",
        "Your income of this year has reached the limit for the self-employed.",
        "The recipient has reached the yearly limit of income for the self-employed.",
        definite_decline=True,
    ),
    "provider_foreign_transfer_prohibited": CodeFacts(
        DeclinedError,
        "recipient",
        "new_attempt",
        "Transfers to this card are not possible. Please give another one.",
        "The card was issued abroad and takes no transfers: ask for another one.",
        definite_decline=True,
    ),
    "provider_exceeds_amount_limit": CodeFacts(
        DeclinedError,
        "merchant",
        "after_fix",
        "The sum is too large for this way of paying. Please choose another way.",
        "The sum is above the provider's maximum: divide it or take another method.",
        definite_decline=True,
    ),
    # the bank and those behind it
    "internal_error": CodeFacts(
        BankUnavailableError,
        "bank",
        "after_status",
        _WAIT,
        "The bank failed on its side: ask the status before anything is repeated.",
        in_doubt=True,
    ),
    "provider_timeout": CodeFacts(
        BankUnavailableError,
        "bank",
        "after_status",
        _WAIT,
        "The provider did not answer the bank: how it ended is not known yet, so ask the status.",
        in_doubt=True,
    ),
    "provider_internal_error": CodeFacts(
        BankUnavailableError, "bank", "later", _LATER, "The provider failed on its side: repeat later."
    ),
    "provider_issuer_unavailable": CodeFacts(
        BankUnavailableError, "bank", "later", _LATER, "The issuing bank cannot be reached: repeat later."
    ),
}

_UNKNOWN = CodeFacts(
    BankRefusedError,
    "merchant",
    "after_status",
    _CHECK_FIRST,
    "The bank refused with a code that this version does not know: see its description, and ask the status first.",
)
_UNKNOWN_SERVER_FAULT = CodeFacts(
    BankUnavailableError,
    "bank",
    "after_status",
    _WAIT,
    "The bank failed in a way that this version does not know: ask the status before anything is repeated.",
    in_doubt=True,
)


def facts_of(code: str | None, http_status: int | None = None) -> CodeFacts:
    """What is known of a code. An unknown one with HTTP status 500 or above leaves the outcome in doubt."""
    facts = ERROR_CODES.get(code or "")
    if facts is not None:
        return facts
    return _UNKNOWN_SERVER_FAULT if http_status is not None and http_status >= 500 else _UNKNOWN


def refusal(
    call: str, code: str, description: str, *, http_status: int | None, session_id: str | None
) -> BankRefusedError:
    """The error to be raised for a code of the bank's, with all that is known of it."""
    facts = facts_of(code, http_status)
    return facts.error(
        f"{call}: the bank refused with {code}" + (f": {description}" if description else ""),
        code=code,
        description=description,
        http_status=http_status,
        session_id=session_id,
        who=facts.who,
        may_repeat=facts.may_repeat,
        payer_message=facts.payer_message,
        merchant_message=facts.merchant_message,
    )

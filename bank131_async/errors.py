"""Every error that this package raises, in one tree.

::

    Bank131Error
    ├── ConfigurationError          before anything is sent: bad key, missing setting (also a ValueError)
    ├── NotSentError                the bank has not seen the request; safe to repeat
    ├── OutcomeUnknownError         the bank itself does not know how the payment ended; money may have moved
    ├── BankRefusedError            the bank answered no
    │   ├── AuthenticationError     the signature or the partner was not recognised
    │   ├── AuthorizationError      the project has no right to do this
    │   ├── InvalidRequestError     the request is malformed or a value is not accepted
    │   ├── WrongStateError         the session is not in a state that allows the call
    │   ├── DuplicateKeyError       the idempotency key was used before: an outcome exists, go and look
    │   ├── RateLimitedError        too many requests; ``retry_after`` says when to repeat
    │   ├── BankUnavailableError    the bank or one of its providers failed; ask the status before repeating
    │   └── DeclinedError           the payer, the card or the issuer is the reason
    ├── AnswerLostError             bytes were sent, no usable answer came
    ├── CodecError                  JSON that does not have the documented shape (also a ValueError)
    ├── WebhookError
    │   ├── WebhookSignatureError   forged or malformed signature
    │   └── WebhookPayloadError     signed by the bank, but unreadable
    ├── FlowError
    │   ├── CommandNotAllowedError  the bank has positively shown that the command cannot apply
    │   ├── CommandInDoubtError     a command was sent and nobody knows yet whether it took effect
    │   ├── CardNeededError         a start is lost and its card is, on purpose, not kept
    │   ├── FlowTimeoutError        waiting took longer than asked (also a TimeoutError)
    │   ├── FlowAbandonedError      the flow passed its horizon; a person has to look
    │   └── ConflictError           contradicting facts; a person has to look
    └── StoreError
        ├── StoreUnavailableError   the journal cannot be reached; nothing is known to be recorded
        ├── StaleVersionError       somebody else appended first
        ├── NameTakenError          the caller's name for a decision belongs to another stream
        └── StoreCorruptError       the journal holds something that this version cannot read

Each error says what failed, whose move it is (``who``), whether money may have moved (``money_may_have_moved``) and,
where there is one, carries the ``session_id``. None of them ever contains card data, keys or tokens.
"""

from __future__ import annotations


class Bank131Error(Exception):
    """Base of all errors of this package.

    ``who`` names the party whose move it is: ``developer``, ``merchant``, ``payer``, ``recipient``, ``issuer``,
    ``bank`` or ``operator``. ``money_may_have_moved`` is true when the operation may have taken effect.
    ``idempotency_key`` is the key under which the failed request was sent, if it had one.
    """

    who: str = "developer"
    money_may_have_moved: bool = False
    idempotency_key: str | None = None

    def __init__(self, message: str, *, session_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.session_id = session_id

    def __str__(self) -> str:
        return f"{self.message} (session {self.session_id})" if self.session_id else self.message


class ConfigurationError(Bank131Error, ValueError):
    """A setting, key or value is unusable; raised before anything is sent. Names the field and what is expected."""


class NotSentError(Bank131Error):
    """The connection was not made (refused, no such name, no TLS): the bank has not seen the request."""

    who = "bank"


class OutcomeUnknownError(Bank131Error):
    """The bank put the session into ``error``: it does not know how the payment ended. Never pay again by yourself."""

    who = "bank"
    money_may_have_moved = True


class BankRefusedError(Bank131Error):
    """The bank answered with an error.

    ``code`` and ``description`` are the bank's own words, ``http_status`` the status of the answer, ``may_repeat``
    one of ``no``, ``after_fix``, ``later``, ``new_attempt`` or ``after_status`` (ask the status first). Unknown codes
    keep the raw code here. ``payer_message`` is a sentence that can be shown to the payer, ``merchant_message`` one for
    the merchant's staff; both are this package's own words.
    """

    may_repeat: str = "after_status"
    payer_message: str = "The payment could not be made right now. Please try again later."
    merchant_message: str = "The bank did not take the request: see the description."

    def __init__(
        self,
        message: str,
        *,
        code: str,
        description: str = "",
        http_status: int | None = None,
        session_id: str | None = None,
        who: str | None = None,
        may_repeat: str | None = None,
        payer_message: str | None = None,
        merchant_message: str | None = None,
    ) -> None:
        super().__init__(message, session_id=session_id)
        self.code = code
        self.description = description
        self.http_status = http_status
        if who is not None:
            self.who = who
        if may_repeat is not None:
            self.may_repeat = may_repeat
        if payer_message is not None:
            self.payer_message = payer_message
        if merchant_message is not None:
            self.merchant_message = merchant_message


class AuthenticationError(BankRefusedError):
    """``authentication_error`` or ``identification_error``: check the private key and the project id."""

    may_repeat = "after_fix"


class AuthorizationError(BankRefusedError):
    """``authorization_error``: the project may not do this; ask the bank's manager."""

    may_repeat = "after_fix"


class InvalidRequestError(BankRefusedError):
    """``invalid_request`` and its kin: a field is missing, malformed or out of range."""

    may_repeat = "after_fix"


class WrongStateError(BankRefusedError):
    """The session is not in a state that allows the call; ask its status."""

    who = "merchant"


class DuplicateKeyError(BankRefusedError):
    """``idempotency_key_already_exists``: an earlier request with this key was seen, its outcome exists."""

    money_may_have_moved = True


class RateLimitedError(BankRefusedError):
    """HTTP 429. ``retry_after`` is the pause in seconds that the bank asked for, if it named one."""

    who = "merchant"
    may_repeat = "later"
    merchant_message = "Too many requests: wait as long as the bank asks, then send the same again."
    retry_after: float | None = None


class BankUnavailableError(BankRefusedError):
    """``internal_error``, ``provider_*`` or HTTP 5xx: whether the operation took effect must be asked."""

    who = "bank"
    money_may_have_moved = True


class DeclinedError(BankRefusedError):
    """A definite decline by issuer, card or payer."""

    who = "payer"
    may_repeat = "new_attempt"


class AnswerLostError(Bank131Error):
    """The request left this machine and no usable answer came back.

    ``idempotency_key`` is the key it was sent under (``None`` for reads). Settle it by asking ``session/status``; do
    not repeat the request under a new key. Inside a flow this is done for you.
    """

    who = "developer"

    def __init__(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        moves_money: bool = False,
        http_status: int | None = None,
        session_id: str | None = None,
    ) -> None:
        super().__init__(message, session_id=session_id)
        self.idempotency_key = idempotency_key
        self.money_may_have_moved = moves_money
        self.http_status = http_status


class CodecError(Bank131Error, ValueError):
    """JSON that is malformed or does not have the documented shape. Says where, never what."""

    who = "bank"

    def __init__(self, message: str, *, path: str = "$") -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class WebhookError(Bank131Error):
    """Base of the two ways in which a webhook can be refused."""


class WebhookSignatureError(WebhookError):
    """The signature is missing, malformed or not the bank's. Answer 401; nothing of the body may be believed."""


class WebhookPayloadError(WebhookError):
    """Signed by the bank, but unreadable here. Answer 200, keep it, and tell the operator."""

    who = "operator"


class FlowError(Bank131Error):
    """Base of the errors that belong to one payment's flow."""

    who = "merchant"


class CommandNotAllowedError(FlowError):
    """The command cannot apply to the flow as the bank has positively shown it, or another command is under way."""


class CommandInDoubtError(FlowError):
    """A command was sent and its effect is not known yet; the flow goes on settling it. Do not repeat it."""

    money_may_have_moved = True

    def __init__(self, message: str, *, intent_id: str, session_id: str | None = None) -> None:
        super().__init__(message, session_id=session_id)
        self.intent_id = intent_id


class CardNeededError(FlowError):
    """A start may not have reached the bank and its card is, on purpose, not kept: give the card again."""

    who = "payer"


class FlowTimeoutError(FlowError, TimeoutError):
    """Waiting took longer than asked. The payment itself is untouched."""


class FlowAbandonedError(FlowError):
    """The flow passed its horizon without an end. Later news still moves it, but a person has to look."""

    who = "operator"
    money_may_have_moved = True


class ConflictError(FlowError):
    """Facts contradict each other or what was opened; a person has to look before anything more is done."""

    who = "operator"
    money_may_have_moved = True


class StoreError(Bank131Error):
    """Base of the errors of the journal's store."""

    who = "operator"


class StoreUnavailableError(StoreError):
    """The store cannot be reached; the entry was not acknowledged and may or may not be there."""


class StaleVersionError(StoreError):
    """Somebody else appended to the stream first. ``actual`` is the version found, if known."""

    def __init__(self, message: str, *, actual: int | None = None, session_id: str | None = None) -> None:
        super().__init__(message, session_id=session_id)
        self.actual = actual


class NameTakenError(StoreError):
    """The caller's own name for a decision is in use; ``stream`` is the one that owns it."""

    def __init__(self, message: str, *, stream: str) -> None:
        super().__init__(message)
        self.stream = stream


class StoreCorruptError(StoreError):
    """The store holds an entry that this version cannot read; upgrade the package or look at the row."""

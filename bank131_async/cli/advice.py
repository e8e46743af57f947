"""What to do about an error, as the end of the line that tells it."""

from __future__ import annotations

from bank131_async import errors

_ADVICE: tuple[tuple[type[errors.Bank131Error], str], ...] = (
    (errors.NotSentError, "nothing has happened, so it can be repeated; `bank131 doctor` looks at the connection"),
    (errors.AnswerLostError, "do not repeat it; look first: bank131 session status {session}"),
    (errors.CommandInDoubtError, "do not repeat it; look at the bank's side: bank131 session status {session}"),
    (errors.OutcomeUnknownError, "wait for the bank: bank131 session watch {session}"),
    (errors.FlowTimeoutError, "it goes on at the bank: bank131 session watch {session}"),
    (errors.FlowAbandonedError, "look at the bank's side: bank131 session status {session}"),
    (errors.ConflictError, "a person has to look: bank131 session status {session}"),
    (errors.CommandNotAllowedError, "see where it stands: bank131 session status {session}"),
    (errors.WrongStateError, "see where it stands: bank131 session status {session}"),
    (errors.AuthenticationError, "check project and keys: bank131 doctor"),
    (errors.AuthorizationError, "ask the bank's manager to allow it to this project"),
    (errors.RateLimitedError, "wait, then repeat it"),
    (errors.BankUnavailableError, "look before you repeat it: bank131 session status {session}"),
    (errors.BankRefusedError, "correct it as the bank says"),
    (errors.StoreError, "check BANK131_STORE: bank131 doctor"),
)
"""The most special errors come first. Errors that are not here say themselves what is expected."""


def advice(error: errors.Bank131Error) -> str:
    """``"; <next step>"``, or nothing for an error that says itself what is expected."""
    for kind, text in _ADVICE:
        if isinstance(error, kind):
            return "; " + text.format(session=error.session_id or "SESSION")
    return ""

"""The sandbox's test data: a table of our own. The bank's demo server documents no card but 4242424242424242.

What has no card number ends as the table says by its last four digits: a payout to account 40817810...0192, or to a
phone or wallet that ends so, is declined as the card 4000000000000192 is.
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen


@frozen
class SandboxCard:
    """A test card: its number and what the bank does with it."""

    number: str = field(repr=False)
    outcome: str
    description: str
    # The payer must act on the 3-D Secure page.
    challenge: bool = False
    # False: the issuer does not take part in 3-D Secure.
    enrolled: bool = True
    # The error code with which authorisation fails.
    declined: str | None = None
    # The session goes to `error` at authorisation, and this is how it ends later.
    unknown: Literal["success", "failure"] | None = None
    # What becomes of refunds to this card; `error` waits for somebody to resolve it.
    refund: Literal["accepted", "declined", "error"] = "accepted"
    # The recipient's bank sends a payout back.
    returned: bool = False

    @property
    def brand(self) -> str:
        """The payment system's name by the first digits, in lower case as the bank writes it."""
        return "visa" if self.number[0] == "4" else "mir" if self.number[:2] == "22" else "mastercard"

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]

    def listed(self) -> dict[str, str]:
        """The card as a row of the published table."""
        return {"number": self.number, "outcome": self.outcome, "description": self.description}


def _decline(number: str, code: str, reason: str) -> SandboxCard:
    return SandboxCard(number, f"decline:{code}", f"Declined with {code}: {reason}", declined=code)


CARDS: tuple[SandboxCard, ...] = (
    SandboxCard("4242424242424242", "approve", "Approved without a challenge"),
    SandboxCard("5555555555554444", "approve", "Approved without a challenge (Mastercard)"),
    SandboxCard("2200001310000015", "approve", "Approved without a challenge (Mir)"),
    SandboxCard("4000000000000010", "challenge", "3-D Secure challenge: the payer decides on the page", challenge=True),
    SandboxCard("5555551310000013", "challenge", "3-D Secure challenge (Mastercard)", challenge=True),
    SandboxCard("4000000000000028", "frictionless", "3-D Secure without a challenge, approved"),
    SandboxCard(
        "4000000000000036",
        "not_enrolled",
        "Not enrolled in 3-D Secure: no redirect; in a two-stage project ready_to_capture comes at once",
        enrolled=False,
    ),
    _decline("4000000000000101", "3DS_error", "3-D Secure failed before the payer saw a page"),
    _decline("4000000000000119", "activity_count_exceeded", "too many payments with this card"),
    _decline("4000000000000127", "amount_less_allowed_provider", "the amount is too small"),
    _decline("4000000000000135", "bank_card_expired", "the card has expired"),
    _decline("4000000000000143", "binding_is_deactivated", "the binding is switched off"),
    _decline("4000000000000150", "card_number_does_not_exist", "no such card"),
    _decline("4000000000000168", "provider_exceeds_amount_limit", "over the provider's limit"),
    _decline("4000000000000176", "provider_foreign_transfer_prohibited", "foreign cards are not taken"),
    _decline("4000000000000184", "provider_internal_error", "the provider failed"),
    _decline("4000000000000192", "provider_issuer_unavailable", "the issuer cannot be reached"),
    _decline("4000000000000200", "sandbox_undocumented_code", "a code that no document names"),
    SandboxCard(
        "4000000000000309",
        "error_then_success",
        "Session error (outcome unknown), resolved later as a success",
        unknown="success",
    ),
    SandboxCard(
        "4000000000000317",
        "error_then_failure",
        "Session error (outcome unknown), resolved later as a failure",
        unknown="failure",
    ),
    SandboxCard(
        "4000000000000408", "refund_decline", "Approved without a challenge; refunds are declined", refund="declined"
    ),
    SandboxCard(
        "4000000000000416",
        "refund_error",
        "Approved without a challenge; refunds end in error until they are resolved",
        refund="error",
    ),
    SandboxCard(
        "4000000000000424",
        "payout_return",
        "Approved; a payout to it succeeds and is sent back by the recipient's bank",
        returned=True,
    ),
    _decline("4000000000000432", "account_not_found", "there is no such account"),
)

_BY_NUMBER = {card.number: card for card in CARDS}


def card_for(number: str) -> SandboxCard:
    """What the bank does with a number. One that is not in the table is declined: no such card."""
    return _BY_NUMBER.get(number) or _decline(number, "card_number_does_not_exist", "not a card of the sandbox")


_BY_ENDING = {card.last4: card for card in CARDS if card.number.startswith("4000000000000")}
_APPROVE = CARDS[0]


def outcome_for(destination: str | None) -> SandboxCard:
    """How a payment or payout ends that names an account, phone or wallet: by its last four digits, else well."""
    row = _BY_ENDING.get((destination or "")[-4:], _APPROVE)
    return _APPROVE if row.challenge else row


def card_with(outcome: str) -> SandboxCard:
    """The first card of the table with this outcome. Raises ``KeyError`` for an unknown one."""
    for card in CARDS:
        if card.outcome == outcome:
            return card
    raise KeyError(outcome)

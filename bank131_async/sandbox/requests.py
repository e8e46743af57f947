"""What each method of the API takes (reference: methods and objects), as values that hold no card number."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from attrs import frozen

from bank131_async.sandbox.cards import SandboxCard, card_for
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.shapes import Shape

Json = dict[str, object]
Version = Literal["v1", "v2"]

PAYOUT_NAME = {"v1": "payment_method", "v2": "payout_details"}
PARTICIPANT_FIELDS = (
    "full_name", "first_name", "last_name", "middle_name", "company_name", "reference", "tax_reference",
    "country_iso2", "country_iso3", "city", "postal_code", "address_line", "building", "street", "flat", "state",
    "ipv4", "ipv6", "document", "account", "currency", "bank_name", "registration_number", "date_of_incorporation",
    "msisdn", "email", "code", "swift_bic_code", "description", "beneficiary_id", "wallet_id",
    "citizenship_country_iso_3", "date_of_birth",
)  # fmt: skip


@frozen
class CardUse:
    """A card as the bank remembers it: its row in the table, the shown digits, and its last month ("YYMM")."""

    card: SandboxCard
    bin: str
    last4: str
    expires: str | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether the last month is over."""
        return self.expires is not None and self.expires < now.strftime("%y%m")


@frozen(kw_only=True)
class PaymentFields:
    """Everything a payment is made of; each part may come with create or with start."""

    card: CardUse | None = None
    amount: int | None = None
    currency: str | None = None
    customer: Json | None = None
    participants: Json | None = None
    options: Json | None = None
    metadata: object = None

    def over(self, older: PaymentFields) -> PaymentFields:
        """These fields, and the older ones where these are silent (docs: session/start/payment)."""
        return PaymentFields(
            card=self.card or older.card,
            amount=self.amount or older.amount,
            currency=self.currency or older.currency,
            customer=self.customer or older.customer,
            participants=self.participants or older.participants,
            options=self.options or older.options,
            metadata=older.metadata if self.metadata is None else self.metadata,
        )

    @property
    def return_url(self) -> str | None:
        """Where the payer goes after 3-D Secure."""
        value = (self.options or {}).get("return_url")
        return value if isinstance(value, str) else None

    def whole(self) -> tuple[CardUse, int, str]:
        """Card, amount and currency of a payment that has all its mandatory parts. Raises ``Refusal`` otherwise."""
        if self.card is None:
            raise _missing("payment_details", "an object")
        return self.card, *self.for_form()

    def for_form(self) -> tuple[int, str]:
        """Amount and currency of a payment that lacks nothing but its card. Raises ``Refusal`` otherwise."""
        if self.amount is None or self.currency is None:
            raise _missing("amount_details", "an object with amount and currency")
        if self.customer is None:
            raise _missing("customer", "an object with a reference")
        return self.amount, self.currency


def _missing(name: str, expected: str) -> Refusal:
    return invalid(f"{name}: missing; expected {expected}, here or in session/create")


@frozen
class Sum:
    """An amount in minor units and its currency as the merchant spelled it."""

    amount: int
    currency: str


@frozen
class WidgetRequest:
    """What ``v1/token`` asks for: the bank's payment form for one session."""

    session_id: str
    success_return_url: str | None
    failure_return_url: str | None
    success_on_hold: bool


def read_payment(shape: Shape, version: Version) -> PaymentFields:
    """The fields of create, start/payment, init/payment and init/payment/sync."""
    _refuse_payouts(shape, version)
    details = shape.shape("payment_details")
    total = read_sum(shape)
    customer = shape.shape("customer")
    if customer is not None:
        customer.must_text("reference")
        for contact in customer.shapes("contacts"):
            contact.texts("email", "phone")
    participants = shape.shape("participant_details")
    if participants is not None:
        _read_participants(participants)
    options = shape.shape("payment_options")
    if options is not None:
        _read_options(options)
    for name in ("payment_metadata", "custom_routing"):
        shape.value(name)
    shape.value("revenue_split_info")
    return PaymentFields(
        card=None if details is None else _read_details(details),
        amount=None if total is None else total.amount,
        currency=None if total is None else total.currency,
        customer=None if customer is None else customer.data,
        participants=None if participants is None else participants.data,
        options=None if options is None else options.data,
        metadata=shape.value("metadata"),
    )


def read_sum(shape: Shape) -> Sum | None:
    """``amount_details``, if it is there."""
    details = shape.shape("amount_details")
    if details is None:
        return None
    amount = details.value("amount", required="a whole number of minor units above 0")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise invalid(f"{details.path('amount')}: expected a whole number of minor units above 0")
    currency = details.must_text("currency", pattern=r"[A-Za-z]{3,5}", expected="3 to 5 letters such as rub")
    return Sum(amount, currency)


def read_widget(shape: Shape) -> WidgetRequest:
    """The body of ``v1/token``. Only the payment form is offered here."""
    if "acquiring_widget" not in shape and ("tokenize_widget" in shape or "self_employed_widget" in shape):
        raise invalid("acquiring_widget: missing; this sandbox gives tokens for the payment form only")
    widget = shape.must_shape("acquiring_widget")
    widget.flag("show_recurrent_checkbox", texts=True)
    widget.texts("locale", "redirect_target")
    return WidgetRequest(
        session_id=widget.must_text("session_id"),
        success_return_url=widget.url("success_return_url"),
        failure_return_url=widget.url("failure_return_url"),
        success_on_hold=bool(widget.flag("success_on_hold", texts=True)),
    )


def read_card(card: Shape) -> CardUse:
    """The open data of a card: number, last month, code and name (reference: objects, bank_card)."""
    number = card.must_text("number", pattern=r"\d{14,19}", expected="14 to 19 digits")
    if not passes_luhn(number):
        raise invalid(f"{card.path('number')}: expected a number with a valid check digit (Luhn)")
    month = card.text("expiration_month", pattern=r"0[1-9]|1[0-2]", expected="two digits, 01 to 12")
    year = card.text("expiration_year", pattern=r"\d\d", expected="two digits")
    card.text("security_code", pattern=r"\d{3,4}", expected="3 or 4 digits")
    card.text("cardholder_name")
    return CardUse(card_for(number), number[:6], number[-4:], f"{year}{month}" if year and month else None)


def passes_luhn(number: str) -> bool:
    """Whether the check digit of a string of digits is right."""
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(digit - 9 * (digit > 9) for digit in doubled)) % 10 == 0


def _read_details(details: Shape) -> CardUse:
    details.one_of("type", ("card",), required=True)
    card = details.must_shape("card")
    kind = card.one_of("type", ("bank_card", "encrypted_card", "tokenized_card"), required=True)
    inner = card.must_shape(str(kind))
    if kind == "bank_card":
        return read_card(inner)
    name = "number_hash" if kind == "encrypted_card" else "token"
    inner.texts("expiration_date_hash", "security_code_hash", "cardholder_name_hash")
    # The sandbox hashes nothing: a hash or token that ends with the digits of a test card stands for that card.
    digits = re.search(r"\d{14,19}$", inner.must_text(name))
    if digits is None or not passes_luhn(digits[0]):
        raise invalid(f"{inner.path(name)}: expected, in the sandbox, any text that ends with a test card's number")
    return CardUse(card_for(digits[0]), digits[0][:6], digits[0][-4:])


def _read_participants(participants: Shape) -> None:
    for side in ("sender", "recipient"):
        participant = participants.shape(side)
        if participant is None:
            continue
        participant.texts(*PARTICIPANT_FIELDS)
        document = participant.shape("identity_document")
        if document is not None:
            document.must_text("id_type")
            document.must_text("id_number")
            document.texts("id_expiration_date", "issue_date", "division_code", "issued_by")


def _read_options(options: Shape) -> None:
    options.url("return_url")
    options.flag("recurrent")
    options.text("expiration_at", pattern=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", expected="YYYY-MM-DD HH:MM:SS")
    options.value("subscription")
    platform = options.shape("platform_details")
    if platform is not None:
        platform.one_of("type", ("desktop", "mobile"), required=True)
        platform.texts("os", "browser")


def _refuse_payouts(shape: Shape, version: Version) -> None:
    for other, name in PAYOUT_NAME.items():
        if name in shape and other != version:
            raise invalid(f"{name}: {version} calls this field {PAYOUT_NAME[version]}")
    for name in (PAYOUT_NAME[version], "fiscalization_details"):
        if name in shape:
            raise invalid(f"{name}: this sandbox takes payments by card; it makes no payouts")

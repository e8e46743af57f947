"""Everything a payment or payout is made of. Each part may come with create or with start."""

from __future__ import annotations

from typing import Literal, cast

from attrs import evolve, fields, frozen

from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.requests.amounts import Sum, read_amount
from bank131_async.sandbox.requests.fiscal import Fiscal, read_fiscal
from bank131_async.sandbox.requests.parties import (
    read_customer,
    read_options,
    read_participants,
    read_routing,
    read_split,
)
from bank131_async.sandbox.requests.payments import Source, read_paying
from bank131_async.sandbox.requests.payouts import read_delivery
from bank131_async.sandbox.shapes import Shape
from bank131_async.sandbox.ways import Way

Json = dict[str, object]
Version = Literal["v1", "v2"]

PAYOUT_NAME: dict[Version, str] = {"v1": "payment_method", "v2": "payout_details"}


@frozen(kw_only=True)
class Fields:
    """The parts as they were given; ``paying`` is the way of a payment, ``delivery`` that of a payout."""

    paying: Way | None = None
    delivery: Way | None = None
    total: Sum | None = None
    customer: Json | None = None
    participants: Json | None = None
    options: Json | None = None
    metadata: object = None
    fiscal: Fiscal | None = None
    split: list[Json] | None = None

    def over(self, older: Fields) -> Fields:
        """These fields, and the older ones where these are silent (docs: session/start/payment)."""
        given = {item.name: getattr(self, item.name) for item in fields(Fields)}
        return evolve(older, **{name: value for name, value in given.items() if value is not None})

    @property
    def amount(self) -> int | None:
        """The amount in minor units."""
        return None if self.total is None else self.total.amount

    @property
    def currency(self) -> str | None:
        """The currency, as the merchant spelled it."""
        return None if self.total is None else self.total.currency

    @property
    def return_url(self) -> str | None:
        """Where the payer goes after 3-D Secure."""
        value = (self.options or {}).get("return_url")
        return value if isinstance(value, str) else None

    def participant(self, side: Literal["sender", "recipient"], name: str) -> str | None:
        """A field of a participant, if it was given."""
        person = (self.participants or {}).get(side)
        value = cast("Json", person).get(name) if isinstance(person, dict) else None
        return value if isinstance(value, str) else None

    def for_payment(self) -> tuple[Way, Sum]:
        """Way and amount of a payment that has all its mandatory parts. Raises ``Refusal`` otherwise."""
        if self.paying is None:
            raise missing("payment_details", "an object")
        total = self.for_form()
        if self.paying.payer == "challenge" and self.paying.recurrent_token and self.return_url is None:
            raise missing("payment_options.return_url", "an absolute http or https URL")
        if self.paying.name == "tpay" and not (self.options or {}).get("platform_details"):
            raise missing("payment_options.platform_details", "an object with type desktop or mobile (T-Pay)")
        return self.paying, total

    def for_form(self) -> Sum:
        """The amount of a payment that lacks nothing but its way. Raises ``Refusal`` otherwise."""
        if self.total is None:
            raise missing("amount_details", "an object with amount and currency")
        if self.customer is None:
            raise missing("customer", "an object with a reference")
        return self.total

    def for_payout(self, version: Version) -> tuple[Way, Sum]:
        """Way and amount of a payout that has all its mandatory parts. Raises ``Refusal`` otherwise."""
        if self.delivery is None:
            raise missing(PAYOUT_NAME[version], "an object")
        if self.total is None:
            raise missing("amount_details", "an object with amount and currency")
        return self.delivery, self.total


def missing(name: str, expected: str) -> Refusal:
    """The refusal of an operation without a mandatory part."""
    return invalid(f"{name}: missing; expected {expected}, here or in session/create")


def read_fields(shape: Shape, version: Version, source: Source) -> Fields:
    """All parts of an operation that a body gives."""
    paying, delivery = shape.shape("payment_details"), _delivery(shape, version, source)
    read_routing(shape)
    return Fields(
        paying=None if paying is None else read_paying(paying, source),
        delivery=None if delivery is None else read_delivery(delivery, source),
        total=read_amount(shape),
        customer=read_customer(shape),
        participants=read_participants(shape),
        options=read_options(shape),
        metadata=shape.value("metadata"),
        fiscal=read_fiscal(shape),
        split=read_split(shape) or None,
    )


def read_payment_fields(shape: Shape, version: Version, source: Source) -> Fields:
    """The parts of a payment; those of a payout are refused."""
    for name in (*PAYOUT_NAME.values(), "fiscalization_details"):
        if name in shape:
            raise invalid(f"{name}: expected the fields of a payment; a payout is started by session/start/payout")
    return read_fields(shape, version, source)


def read_payout_fields(shape: Shape, version: Version, source: Source) -> Fields:
    """The parts of a payout; those of a payment are refused."""
    if "payment_details" in shape:
        raise invalid("payment_details: expected the fields of a payout; session/start/payment starts a payment")
    return read_fields(shape, version, source)


def _delivery(shape: Shape, version: Version, source: Source) -> Shape | None:
    for other, name in PAYOUT_NAME.items():
        if name in shape and other != version:
            if source.project.settings.other_versions_names == "accept":
                return shape.shape(name)
            raise invalid(f"{shape.path(name)}: {version} calls this field {PAYOUT_NAME[version]}")
    return shape.shape(PAYOUT_NAME[version])

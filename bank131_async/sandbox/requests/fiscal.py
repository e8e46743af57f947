"""``fiscalization_details``: the receipt of a self-employed recipient (reference: objects)."""

from __future__ import annotations

from attrs import frozen

from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.amounts import read_amount
from bank131_async.sandbox.shapes import Shape

Json = dict[str, object]

MOST_SERVICES = 6
TAX_REFERENCE = r"\d{12}"
TAX_REFERENCE_EXPECTED = "12 digits"


@frozen
class Fiscal:
    """A receipt that is asked for: whose, and what answers show."""

    tax_reference: str
    shown: Json


def read_fiscal(shape: Shape, *, required: bool = False) -> Fiscal | None:
    """``fiscalization_details``, if they are there."""
    details = shape.shape("fiscalization_details", required=required)
    if details is None:
        return None
    taxpayer = details.must_shape("professional_income_taxpayer")
    services = taxpayer.shapes("services")
    if not 1 <= len(services) <= MOST_SERVICES:
        raise invalid(f"{taxpayer.path('services')}: expected 1 to {MOST_SERVICES} services")
    for service in services:
        service.must_text("name")
        read_amount(service, required=True)
        quantity = service.value("quantity")
        if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1):
            raise invalid(f"{service.path('quantity')}: expected a whole number above 0")
    legal = taxpayer.one_of("payer_type", ("legal", "individual", "foreign")) == "legal"
    taxpayer.text("payer_tax_number", required=legal)
    taxpayer.text("payer_name")
    reference = taxpayer.must_text("tax_reference", pattern=TAX_REFERENCE, expected=TAX_REFERENCE_EXPECTED)
    return Fiscal(reference, taxpayer.data)

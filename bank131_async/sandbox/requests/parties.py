"""Who takes part, and under what conditions: customer, participants, payment options, routing, revenue split."""

from __future__ import annotations

from datetime import UTC, datetime

from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.shapes import Shape

Json = dict[str, object]

PARTICIPANT_FIELDS = (
    "full_name", "first_name", "last_name", "middle_name", "company_name", "reference", "tax_reference",
    "country_iso2", "country_iso3", "city", "postal_code", "address_line", "building", "street", "flat", "state",
    "ipv4", "ipv6", "document", "account", "currency", "bank_name", "registration_number", "date_of_incorporation",
    "msisdn", "email", "code", "swift_bic_code", "description", "beneficiary_id", "wallet_id",
    "citizenship_country_iso_3",
)  # fmt: skip
DATE = r"\d{4}-\d\d-\d\d"
DATE_EXPECTED = "YYYY-MM-DD"


def read_customer(shape: Shape) -> Json | None:
    """``customer``, if it is there."""
    customer = shape.shape("customer")
    if customer is None:
        return None
    customer.must_text("reference")
    for contact in customer.shapes("contacts"):
        contact.texts("email", "phone")
    return customer.data


def read_participants(shape: Shape) -> Json | None:
    """``participant_details``, if it is there."""
    participants = shape.shape("participant_details")
    if participants is None:
        return None
    for side in ("sender", "recipient"):
        participant = participants.shape(side)
        if participant is None:
            continue
        participant.texts(*PARTICIPANT_FIELDS)
        participant.text("date_of_birth", pattern=DATE, expected=DATE_EXPECTED)
        document = participant.shape("identity_document")
        if document is not None:
            document.must_text("id_type")
            document.must_text("id_number")
            document.texts("division_code", "issued_by")
            for name in ("id_expiration_date", "issue_date"):
                document.text(name, pattern=DATE, expected=DATE_EXPECTED)
    return participants.data


def read_options(shape: Shape) -> Json | None:
    """``payment_options``, if they are there."""
    options = shape.shape("payment_options")
    if options is None:
        return None
    options.url("return_url")
    options.flag("recurrent")
    expiration_at = options.text("expiration_at", pattern=r"[\d: -]{19}", expected="YYYY-MM-DD HH:MM:SS")
    if expiration_at is not None and not _is_moment(expiration_at):
        raise invalid(f"{options.path('expiration_at')}: expected YYYY-MM-DD HH:MM:SS")
    subscription = options.shape("subscription")
    if subscription is not None:
        subscription.must_text("period")
    platform = options.shape("platform_details")
    if platform is not None:
        platform.one_of("type", ("desktop", "mobile"), required=True)
        platform.texts("os", "browser")
    return options.data


def _is_moment(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def read_routing(shape: Shape) -> None:
    """``payment_metadata`` and ``custom_routing``, which change nothing in the sandbox."""
    shape.value("payment_metadata")
    routing = shape.shape("custom_routing")
    if routing is not None:
        for tag in routing.shapes("tags"):
            tag.must_text("root_tag")
            tag.value("values")


def read_split(shape: Shape) -> list[Json]:
    """``revenue_split_info``: shares in percent, and at most one contractor who has what remains."""
    shares = shape.shapes("revenue_split_info")
    total = 0.0
    for share in shares:
        share.must_text("contractor_alias")
        percent = share.text("percent", pattern=r"\d{1,3}(\.\d{1,4})?", expected='a percentage as text, such as "10"')
        remains = share.flag("remains")
        share.value("amount")
        if (percent is None) == (not remains):
            raise invalid(f"{share.path('percent')}: expected either percent, or remains: true")
        total += float(percent or 0)
    if total > 100 or sum(share.value("remains") is True for share in shares) > 1:
        raise invalid(f"{shape.path('revenue_split_info')}: expected shares of 100 % at most, and one that remains")
    return [share.data for share in shares]

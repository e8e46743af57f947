"""Who sends and who receives (docs: reference/objects)."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model, required_text
from bank131_async.core.models._checks import DATE


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class IdentityDocument(Model):
    """A person's document. Dates are ``YYYY-MM-DD`` and kept as text."""

    id_type: str | None = attrs.field(validator=required_text)
    id_number: str | None = attrs.field(validator=required_text)
    id_expiration_date: str | None = attrs.field(default=None, validator=DATE)
    issue_date: str | None = attrs.field(default=None, validator=DATE)
    division_code: str | None = None
    issued_by: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Participant(Model):
    """One side of a transfer; which fields are needed depends on the method of payment. Dates are ``YYYY-MM-DD``.

    ``tax_reference`` is the INN; ``beneficiary_id`` the INN of an escrow account's beneficiary; ``account`` of a sender
    the settlement account to pay from, 20 digits.
    """

    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    company_name: str | None = None
    reference: str | None = None
    tax_reference: str | None = None
    country_iso2: str | None = None
    country_iso3: str | None = None
    city: str | None = None
    postal_code: str | None = None
    address_line: str | None = None
    building: str | None = None
    street: str | None = None
    flat: str | None = None
    state: str | None = None
    ipv4: str | None = None
    ipv6: str | None = None
    document: str | None = None
    account: str | None = None
    currency: str | None = None
    bank_name: str | None = None
    registration_number: str | None = None
    date_of_incorporation: str | None = None
    msisdn: str | None = None
    email: str | None = None
    code: str | None = None
    swift_bic_code: str | None = None
    description: str | None = None
    identity_document: IdentityDocument | None = None
    beneficiary_id: str | None = None
    wallet_id: str | None = None
    citizenship_country_iso_3: str | None = None  # the bank writes this one with an underscore before the 3
    date_of_birth: str | None = attrs.field(default=None, validator=DATE)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class ParticipantDetails(Model):
    """Both sides of a transfer."""

    sender: Participant | None = None
    recipient: Participant | None = None

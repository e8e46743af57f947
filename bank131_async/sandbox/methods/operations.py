"""``session/init/*`` and ``session/start/*``: payments and payouts, alone or several in one session."""

from __future__ import annotations

from collections.abc import Callable

from bank131_async.sandbox.cards import outcome_for
from bank131_async.sandbox.methods.base import Call, Json
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.requests.fields import Fields, missing, read_fields, read_payment_fields, read_payout_fields
from bank131_async.sandbox.session import Family, Session
from bank131_async.sandbox.shapes import Shape
from bank131_async.sandbox.ways import Way

RECEIPT = Way(name="fiscalization", title="Receipt", shown={}, outcome=outcome_for(None), moves_money=False)


def init_payment(call: Call) -> Json:
    """``session/init/payment``: create and start in one."""
    fields = call.fields("payment")
    fields.for_payment()
    session = call.rules.create(call.project, call.version, fields)
    call.rules.start(session, Fields())
    return call.shown(session)


def init_payment_sync(call: Call) -> Json:
    """``session/init/payment/sync``: open card data only, no webhooks, the result in the answer."""
    if not call.project.settings.sync_enabled:
        raise Refusal("authorization_error", "session/init/payment/sync is not enabled for this project")
    fields = call.fields("payment")
    method, _ = fields.for_payment()
    if method.name != "card":
        raise invalid("payment_details.type: expected card; a synchronous payment takes open card data only")
    if fields.return_url is None:
        raise invalid("payment_options.return_url: missing; expected an absolute http or https URL")
    session = call.rules.create(call.project, call.version, fields, sync=True)
    call.rules.start(session, Fields())
    return call.shown(session)


def start_payment(call: Call) -> Json:
    """``session/start/payment``."""
    session = _session(call, "plain", multi=False)
    call.rules.start(session, call.fields("payment"))
    return call.shown(session)


def init_payout_of(family: Family, *, fiscal: bool = False) -> Callable[[Call], Json]:
    """``session/init/payout`` and its relatives."""

    def init(call: Call) -> Json:
        fields = call.fields("payout")
        fields.for_payout(call.version)
        _check_payout(fields, family, fiscal=fiscal)
        session = call.rules.create(call.project, call.version, fields, family=family)
        call.rules.start_payout(session, Fields(), call.version)
        return call.shown(session)

    return init


def start_payout_of(family: Family, *, fiscal: bool = False) -> Callable[[Call], Json]:
    """``session/start/payout`` and its relatives."""

    def start(call: Call) -> Json:
        session = _session(call, family, multi=False)
        fields = call.fields("payout")
        _check_payout(fields.over(session.fields), family, fiscal=fiscal)
        call.rules.start_payout(session, fields, call.version)
        return call.shown(session)

    return start


def init_pair_of(family: Family) -> Callable[[Call], Json]:
    """``session/multi/init/payment/*``: a transfer between accounts and the payout to a card that it is for."""

    def init(call: Call) -> Json:
        fields = call.fields()
        _check_pair(call, fields, family)
        session = call.rules.create(call.project, call.version, fields, family=family, multi=True)
        _start_pair(call, session, fields)
        return call.shown(session)

    return init


def start_pair_of(family: Family) -> Callable[[Call], Json]:
    """``session/multi/start/payment/*``."""

    def start(call: Call) -> Json:
        session = _session(call, family, multi=True)
        given = call.fields().over(session.fields)
        _check_pair(call, given, family)
        _start_pair(call, session, given)
        return call.shown(session)

    return start


def init_multi(call: Call) -> Json:
    """``session/multi/init``: several payments and several payouts, each shaped as for ``init``."""
    payments = [read_payment_fields(item, call.version, call.source) for item in _items(call.shape, "payment_list")]
    payouts = [read_payout_fields(item, call.version, call.source) for item in _items(call.shape, "payout_list")]
    metadata = call.shape.value("metadata")
    call.all_read()
    for fields in payments:
        fields.for_payment()
    for fields in payouts:
        fields.for_payout(call.version)
    session = call.rules.create(call.project, call.version, Fields(metadata=metadata), multi=True)
    for fields in payments:
        call.rules.start(session, fields)
    for fields in payouts:
        call.rules.start_payout(session, fields, call.version)
    return call.shown(session)


def verify_customer(call: Call) -> Json:
    """``fps/customer_verification``: asks the recipient's bank, and answers later (official PHP SDK)."""
    fields = read_fields(call.shape, call.version, call.source)
    call.all_read()
    if fields.delivery is None or fields.delivery.moves_money:
        raise invalid("bank_account.system_type: expected faster_payment_system_verification")
    for name in ("first_name", "last_name"):
        if fields.participant("recipient", name) is None:
            raise invalid(f"participant_details.recipient.{name}: missing; expected a non-empty string")
    session = call.rules.create(call.project, call.version, fields)
    call.rules.look(session, fields, fields.delivery)
    return call.shown(session)


def fiscalize(call: Call) -> Json:
    """``fiscalization``: a receipt without a payout (docs: selfemployed/selfemployed-fiscalization)."""
    session = _session(call, "plain", multi=False)
    given = call.fields("payout")
    if given.fiscal is None:
        raise missing("fiscalization_details", "an object with professional_income_taxpayer")
    if not session.may_start:
        raise invalid(f"session_id: the session is {session.status}; expected one that is created")
    call.rules.look(session, given.over(session.fields), RECEIPT)
    return call.shown(session)


def _session(call: Call, family: Family, *, multi: bool) -> Session:
    session = call.session()
    if (session.family, session.multi) != (family, multi):
        made = "session/" + ("multi/" if session.multi else "") + "create"
        made += "" if session.family == "plain" else f"/{session.family}"
        raise invalid(f"session_id: this session was made by {made}, which has start methods of its own")
    return session


def _start_pair(call: Call, session: Session, fields: Fields) -> None:
    if not session.may_start:
        raise invalid(f"session_id: the session is {session.status}; expected one that is created")
    call.rules.start(session, fields)
    call.rules.start_payout(session, fields, call.version)


def _check_pair(call: Call, fields: Fields, family: Family) -> None:
    method, _ = fields.for_payment()
    fields.for_payout(call.version)
    kind = "transfer_from_nominal_account" if family == "nominal" else "transfer_from_bank_account"
    if method.name != kind:
        raise invalid(f"payment_details.internal_transfer.type: expected {kind}")
    if family == "nominal":
        _need_sender(fields, "beneficiary_id", "the tax reference of the beneficiary")


def _check_payout(fields: Fields, family: Family, *, fiscal: bool) -> None:
    if fiscal and fields.fiscal is None:
        raise missing("fiscalization_details", "an object with professional_income_taxpayer")
    if family == "nominal":
        _need_sender(fields, "beneficiary_id", "the tax reference of the beneficiary")
    if family == "rko":
        account = _need_sender(fields, "account", "the account to pay from, 20 digits")
        if len(account) != 20 or not account.isdecimal():
            raise invalid("participant_details.sender.account: expected 20 digits")


def _need_sender(fields: Fields, name: str, expected: str) -> str:
    value = fields.participant("sender", name)
    if not value:
        raise missing(f"participant_details.sender.{name}", expected)
    return value


def _items(shape: Shape, name: str) -> list[Shape]:
    items = shape.shapes(name)
    if not items:
        raise invalid(f"{shape.path(name)}: expected a list with at least one object")
    return items

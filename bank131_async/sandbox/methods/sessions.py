"""``session/*``: what can be done to a session, whatever it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from bank131_async.sandbox.methods.base import Call, Json
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.render import confirm_information
from bank131_async.sandbox.requests.amounts import read_amount
from bank131_async.sandbox.requests.fields import PAYOUT_NAME
from bank131_async.sandbox.session import Family, Session


def create_of(family: Family, *, multi: bool = False) -> Callable[[Call], Json]:
    """``session/create`` and its relatives."""

    def create(call: Call) -> Json:
        fields = call.fields()
        return call.shown(call.rules.create(call.project, call.version, fields, family=family, multi=multi))

    return create


def confirm(call: Call) -> Json:
    """``session/confirm``."""
    session, given = call.session(), call.shape.shape("confirm_information")
    if given is not None:
        given.read_whole()
    call.all_read()
    if session.family != "plain" and confirm_information(session, call.version) is not None:
        _compare(session, call, None if given is None else given.data)
    call.rules.confirm(session)
    return call.shown(session)


def cancel(call: Call) -> Json:
    """``session/cancel``."""
    session = call.session()
    call.shape.value("confirm_information")
    call.all_read()
    call.rules.cancel(session)
    return call.shown(session)


def capture(call: Call) -> Json:
    """``session/capture``."""
    session, total = call.session(), read_amount(call.shape)
    call.all_read()
    call.rules.capture(session, total)
    return call.shown(session)


def refund(call: Call) -> Json:
    """``session/refund``."""
    session, total, metadata = call.session(), read_amount(call.shape), call.shape.value("metadata")
    call.shape.value("revenue_split_info")
    call.all_read()
    call.rules.refunds.ask(session, total, metadata)
    return call.shown(session)


def chargeback(call: Call) -> Json:
    """``session/chargeback``: only the official PHP SDK has it."""
    if not call.project.settings.merchant_chargebacks:
        raise Refusal("authorization_error", "session/chargeback is not enabled for this project")
    session, total, metadata = call.session(), read_amount(call.shape), call.shape.value("metadata")
    call.all_read()
    call.rules.refunds.ask(session, total, metadata, chargeback=True)
    return call.shown(session)


def status(call: Call) -> Json:
    """``session/status``."""
    session = call.session()
    call.all_read()
    return call.shown(session)


def _compare(session: Session, call: Call, given: Json | None) -> None:
    """Refuse a confirmation that is not of what ``ready_to_confirm`` brought."""
    if given is None:
        if call.project.settings.confirm_information_required:
            raise invalid("confirm_information: missing; expected what the webhook ready_to_confirm brought")
        return
    brought = confirm_information(session, "v2")
    if _plain(given) != _plain(brought):
        raise invalid("confirm_information: expected what the webhook ready_to_confirm brought, unchanged")


def _plain(value: object) -> object:
    """A value without nulls and without differences between the versions' names."""
    if isinstance(value, dict):
        items = cast("Json", value).items()
        return {PAYOUT_NAME["v2"] if name == PAYOUT_NAME["v1"] else name: _plain(item)
                for name, item in items if item is not None}  # fmt: skip
    return value

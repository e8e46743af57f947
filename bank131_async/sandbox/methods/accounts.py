"""Balances, statements, banks of the Faster Payment System, push messages, checks of self-employed people."""

from __future__ import annotations

from datetime import date

from bank131_async.sandbox.funds import OWN_ACCOUNT, Account, Entry
from bank131_async.sandbox.methods.base import Call, Json
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.render import render_amount, wire_time
from bank131_async.sandbox.requests.fiscal import TAX_REFERENCE, TAX_REFERENCE_EXPECTED
from bank131_async.sandbox.requests.payments import PHONE, PHONE_EXPECTED
from bank131_async.sandbox.session import Stage
from bank131_async.sandbox.shapes import Shape

BANKS = (
    ("100000000004", "T-Bank", "Т-Банк"),
    ("100000000069", "Bank Sinara", "Банк Синара"),
    ("100000000111", "Sberbank", "Сбербанк"),
    ("100000000197", "Sandbox bank", "Банк-песочница"),
)
"""Some banks of the Faster Payment System: id, English and Russian name."""

ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)"
ACCOUNT = r"40(702|703|802|807|701)\d{15}"
ACCOUNT_EXPECTED = "20 digits that begin with 40702, 40703, 40802, 40807 or 40701"


def wallet_balance(call: Call) -> Json:
    """``wallet/balance``: what payouts can still be made from."""
    call.shape.text("request_datetime", required=True, pattern=ISO_TIME, expected="an ISO 8601 time with its zone")
    call.all_read()
    wallets = call.rules.books.funds.wallets(call.project)
    shown = [
        {"id": str(number), "amount_details": render_amount(wallet.balance, wallet.currency)}
        for number, wallet in enumerate(wallets, 131)
    ]
    return {"wallets": shown}


def account_balance(call: Call) -> Json:
    """``report/account_balance``: what is on an escrow or settlement account (docs: statements/statements-balance)."""
    account = _account(call)
    call.all_read()
    return {
        "account_number": account.number,
        "account_currency": account.currency.upper(),
        "balance": {"current_balance": account.balance},
    }


def account_statement(call: Call) -> Json:
    """``report/account_statement``: the movements of an account on one day (docs: statements/statements-escrow)."""
    account = _account(call)
    day = _day(call.shape, "date_from")
    if day != _day(call.shape, "date_to"):
        raise invalid("date_to: expected the same day as date_from; a statement is of one day")
    call.all_read()
    entries = account.of(day)
    credit = sum(entry.amount for entry in entries if entry.amount > 0)
    debit = -sum(entry.amount for entry in entries if entry.amount < 0)
    earlier = [entry for entry in account.entries if entry.at.date() <= day]
    closing = earlier[-1].balance if earlier else _before(account)
    return {
        "name": "account_statement",
        "account_statement": {
            "date_from": day.isoformat(),
            "date_to": day.isoformat(),
            "account_number": account.number,
        },
        "total_balance": {"opening": closing - credit + debit, "closing": closing},
        "total_turnover": {"debet": debit, "credit": credit},
        "transactions": [_transaction(account, entry) for entry in entries],
    }


def fps_banks(call: Call) -> Json:
    """``fps/banks``, the one GET of the API."""
    call.all_read()
    return {"banks": [{"id": code, "eng_name": english, "ru_name": russian} for code, english, russian in BANKS]}


def sberpay_push(call: Call) -> Json:
    """``sberpay/push``: reminds the payer of an order at SberPay."""
    session = call.session()
    call.shape.must_text("phone", pattern=PHONE, expected=PHONE_EXPECTED)
    call.all_read()
    last = session.last
    if last is None or last.method.name != "sber_pay" or last.stage is not Stage.CHALLENGE:
        raise invalid(f"session_id: the session is {session.status}; expected one whose payer is waited for at SberPay")
    return {}


def npd_check(call: Call) -> Json:
    """``npd/check``: asks the tax office about a self-employed person."""
    reference = call.shape.must_text("tax_reference", pattern=TAX_REFERENCE, expected=TAX_REFERENCE_EXPECTED)
    call.all_read()
    books = call.rules.books
    return {"request_id": books.taxpayers.ask(call.project, reference, books.now())}


def npd_status(call: Call) -> Json:
    """``npd/request/status``: the answer of the tax office, or ``pending``."""
    request_id = call.shape.must_text("request_id")
    call.all_read()
    books = call.rules.books
    check = books.taxpayers.check(call.project, request_id)
    if check is None:
        raise invalid("request_id: no such request; npd/check gives one")
    if books.now() < check.answered_at:
        return {"status": "pending"}
    person = books.taxpayers.person(check.tax_reference)
    return {"is_professional_income_taxpayer": person.is_professional, "is_linked": person.is_linked}


def _account(call: Call) -> Account:
    number = call.shape.must_text("account_number", pattern=ACCOUNT, expected=ACCOUNT_EXPECTED)
    return call.rules.books.funds.account(call.project, number)


def _before(account: Account) -> int:
    """The balance before the first movement that is kept."""
    first = next(iter(account.entries), None)
    return account.balance if first is None else first.balance - first.amount


def _day(asked: Shape, name: str) -> date:
    text = asked.must_text(name, pattern=r"\d{4}-\d\d-\d\d", expected="a day, YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(f"{asked.path(name)}: expected a day, YYYY-MM-DD") from None


def _transaction(account: Account, entry: Entry) -> Json:
    shown: Json = {
        "amount": abs(entry.amount),
        "currency": account.currency,
        "payment_date": wire_time(entry.at),
        "bank_system_id": f"{entry.session_id or 'top-up'}/{entry.operation_id or wire_time(entry.at)}",
        "purpose": entry.purpose,
        "counter_party": {"name": "Sandbox", "account_number": OWN_ACCOUNT, "bank_code": "049205131"},
        "type": "credit" if entry.amount > 0 else "debet",
    }
    if entry.session_id is not None:
        shown |= {"session_id": entry.session_id, "transaction_id": entry.operation_id}
    return shown

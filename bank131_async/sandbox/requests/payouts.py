"""Ways of delivering a payout: ``payout_details``, in v1 ``payment_method`` (reference: objects)."""

from __future__ import annotations

from collections.abc import Callable

from bank131_async.sandbox.cards import SandboxCard, outcome_for
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.cards import read_any_card
from bank131_async.sandbox.requests.payments import PHONE, PHONE_EXPECTED, Source, card_way, read_recurrent
from bank131_async.sandbox.shapes import Shape
from bank131_async.sandbox.ways import Json, Way

PURPOSE = r"(?s)[^?!]{1,210}"
PURPOSE_EXPECTED = "up to 210 characters without ? and !"
ACCOUNTS = (
    "40817810", *(f"4230{digit}810" for digit in range(1, 8)), "40802810", "40820810", "40702810", "40701810",
    "40502810",
)  # fmt: skip
"""How the accounts begin that payouts may go to (docs: payouts/russian-account, escrow-account/escrow-intro)."""


def read_delivery(details: Shape, source: Source) -> Way:
    """The way of delivery that ``payout_details`` names."""
    kind = details.one_of("type", tuple(_READERS), required=True)
    return _READERS[str(kind)](details, source)


def read_account(account: Shape) -> str:
    """BIK and number of a Russian account; gives the number."""
    account.must_text("bik", pattern=r"\d{6,9}", expected="the digits of a BIK")
    return account.must_text("account", pattern=r"\d{6,20}", expected="the digits of an account")


def _card(details: Shape, source: Source) -> Way:
    return card_way(read_any_card(details.must_shape("card"), source.vault))


def _recurrent(details: Shape, source: Source) -> Way:
    found, shown = read_recurrent(details, source)
    return Way(name="recurrent", title="the card of an earlier payment", shown=shown, outcome=found.outcome,
               card=found.card, recurrent_token=found.token)  # fmt: skip


def _ru(inner: Shape, source: Source) -> tuple[str, SandboxCard]:
    token = inner.text("token")
    inner.must_text("full_name")
    inner.must_text("description", pattern=PURPOSE, expected=PURPOSE_EXPECTED)
    inner.flag("is_fast")
    inner.text("inn", pattern=r"\d{9,12}", expected="9 to 12 digits")
    inner.text("kpp", pattern=r"\d{9}", expected="9 digits")
    if token is None:
        account = read_account(inner)
        if source.project.settings.check_accounts and not (len(account) == 20 and account.startswith(ACCOUNTS)):
            raise invalid(f"{inner.path('account')}: expected 20 digits that begin with {', '.join(ACCOUNTS)}")
        return f"account ending in {account[-4:]}", outcome_for(account)
    kept = source.vault.account(token)
    if kept is None:
        raise invalid(f"{inner.path('token')}: no such token; tokenize gives one for bik and account")
    return f"account {kept.masked}", kept.outcome


def _by_phone(inner: Shape, _: Source) -> tuple[str, SandboxCard]:
    phone = inner.must_text("phone", pattern=PHONE, expected=PHONE_EXPECTED)
    inner.must_text("bank_id", pattern=r"\d{12}", expected="12 digits, an id from fps/banks")
    inner.text("description", pattern=PURPOSE, expected=PURPOSE_EXPECTED)
    return f"phone ending in {phone[-4:]}", outcome_for(phone)


def _iban(inner: Shape, _: Source) -> tuple[str, SandboxCard]:
    account = inner.must_text("account", pattern="[A-Za-z0-9]{4,34}", expected="an IBAN")
    return f"IBAN ending in {account[-4:]}", outcome_for(account)


def _global(inner: Shape, _: Source) -> tuple[str, SandboxCard]:
    account = inner.must_text("iban")
    inner.text("description")
    return f"IBAN ending in {account[-4:]}", outcome_for(account)


def _upi(_: Shape, __: Source) -> tuple[str, SandboxCard]:
    return "UPI", outcome_for(None)


_SYSTEMS: dict[str, Callable[[Shape, Source], tuple[str, SandboxCard]]] = {
    "ru": _ru,
    "faster_payment_system": _by_phone,
    "faster_payment_system_verification": _by_phone,
    "iban": _iban,
    "global": _global,
    "upi": _upi,
}


def _bank_account(details: Shape, source: Source) -> Way:
    account = details.must_shape("bank_account")
    system = str(account.one_of("system_type", tuple(_SYSTEMS), required=True))
    inner = account.must_shape(system) if system != "upi" else account.shape(system) or Shape({}, account.path(system))
    title, outcome = _SYSTEMS[system](inner, source)
    shown: Json = {"type": "bank_account", "bank_account": {"system_type": system, system: inner.data}}
    moves_money = system != "faster_payment_system_verification"
    # Money sent by the Faster Payment System cannot come back (docs: payouts/payout-fps-phone).
    returns = system != "faster_payment_system"
    return Way(name=system, title=title, shown=shown, outcome=outcome, moves_money=moves_money, returns=returns)


def _wallet(details: Shape, _: Source) -> Way:
    wallet = details.must_shape("wallet")
    name = str(wallet.one_of("type", ("qiwi", "yoomoney", "moneta", "steam"), required=True))
    inner = wallet.must_shape(name)
    digits = name == "yoomoney"
    account = inner.must_text(
        "account",
        pattern=r"\d{11,20}" if digits else r"(?s).{1,64}",
        expected="11 to 20 digits" if digits else "1 to 64 characters",
    )
    inner.text("description", pattern=r"(?s).{1,128}", expected="up to 128 characters")
    shown: Json = {"type": "wallet", "wallet": {"type": name, name: inner.data}}
    return Way(name=name, title=f"{name} {account[-4:]}", shown=shown, outcome=outcome_for(account))


def _tax(details: Shape, _: Source) -> Way:
    tax = details.must_shape("tax")
    name = str(tax.one_of("type", ("tax_full", "tax_short"), required=True))
    # Some descriptions of the API put the fields of the full order into an object of their own.
    inner = tax.shape("tax_full") or tax
    (_tax_full if name == "tax_full" else _tax_short)(inner)
    return Way(name=name, title="Tax", shown={"type": "tax", "tax": tax.data}, outcome=outcome_for(None))


def _tax_full(tax: Shape) -> None:
    tax.must_text("description", pattern=PURPOSE, expected=PURPOSE_EXPECTED)
    tax.must_text("uin")
    of = tax.must_shape("tax_details")
    for name in ("kbk", "oktmo", "payment_reason", "document_number", "document_date"):
        of.must_text(name)
    of.value("period", required="the period that is paid for")
    payer, payee = tax.must_shape("payer"), tax.must_shape("payee")
    payer.must_text("inn", pattern=r"\d{10}|\d{12}", expected="10 or 12 digits")
    payer.text("kpp", pattern=r"\d{9}", expected="9 digits")
    read_account(payee)
    payee.text("account_eks", pattern=r"\d{20}", expected="20 digits")
    payee.must_text("name")
    payee.must_text("inn", pattern=r"\d{10}", expected="10 digits")
    payee.text("kpp", pattern=r"\d{9}", expected="9 digits")


def _tax_short(tax: Shape) -> None:
    period = tax.must_shape("tax_details").must_shape("period")
    kind = period.one_of("type", ("month", "quarter"), required=True)
    last = 12 if kind == "month" else 4
    number = period.value("number", required=f"a number from 1 to {last}")
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= last:
        raise invalid(f"{period.path('number')}: expected a number from 1 to {last}")
    period.must_text("year", pattern=r"\d{4}", expected="four digits, as text")


def _fps(details: Shape, _: Source) -> Way:
    inner = details.shape("faster_payment_system") or Shape({}, details.path("faster_payment_system"))
    inner.texts("phone", "bank_id", "description")
    shown: Json = {"type": "faster_payment_system", "faster_payment_system": inner.data}
    return Way(name="faster_payment_system", title="Faster Payment System", shown=shown, outcome=outcome_for(None),
               returns=False)  # fmt: skip


_READERS: dict[str, Callable[[Shape, Source], Way]] = {
    "card": _card,
    "bank_account": _bank_account,
    "wallet": _wallet,
    "tax": _tax,
    "recurrent": _recurrent,
    "faster_payment_system": _fps,
}

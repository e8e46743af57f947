"""Valid objects of every model, with the fields that a test is about changed::

    factories.session(status="cancelled")
    factories.payment(amount_details=factories.amount(amount=1))

A factory bears the model's name in small letters. Called without arguments, each gives an equal object every time. The
examples fit together: the session ``ps_1001`` is accepted, with the payment ``pm_1001`` of 150.00 RUB by card.
"""

# ruff: noqa: S106  the tokens are examples, not secrets

from __future__ import annotations

from typing import Any, Generic, TypeVar

from bank131_async.core import models
from bank131_async.core.models import Model, Timestamp

M = TypeVar("M", bound=Model)


class Factory(Generic[M]):
    """Makes objects of one model: its example, with the fields named in the call changed.

    Raises ``TypeError`` for a field that the model does not have, and what the model raises for an unfit value.
    """

    def __init__(self, model: type[M], /, **example: Any) -> None:
        self.model = model
        self._example = example

    def __call__(self, **changes: Any) -> M:
        return self.model(**(self._example | changes))

    def __repr__(self) -> str:
        return f"<Factory of {self.model.__name__}>"


_CREATED, _UPDATED, _FINISHED = (Timestamp.parse(f"2026-03-02T09:1{minute}:00.000000Z") for minute in (0, 1, 2))
_TIMES = {"created_at": _CREATED, "updated_at": _UPDATED, "finished_at": _FINISHED}

# -- money, people, errors -------------------------------------------------------------------------------------------

amount: Factory[models.Amount] = Factory(models.Amount, amount=15_000, currency="RUB")
fee: Factory[models.Fee] = Factory(models.Fee, merchant_fee=amount(amount=300))
amounts: Factory[models.Amounts] = Factory(models.Amounts, gross=amount(), net=amount(amount=14_700), fee=fee())
contact: Factory[models.Contact] = Factory(models.Contact, email="payer@shop.example", phone="79161234567")
customer: Factory[models.Customer] = Factory(models.Customer, reference="payer-1", contacts=(contact(),))
identity_document: Factory[models.IdentityDocument] = Factory(
    models.IdentityDocument, id_type="passport", id_number="4510123456"
)
participant: Factory[models.Participant] = Factory(
    models.Participant, first_name="Ivan", last_name="Ivanov", country_iso3="RUS"
)
participant_details: Factory[models.ParticipantDetails] = Factory(models.ParticipantDetails, recipient=participant())
reject_reason: Factory[models.RejectReason] = Factory(
    models.RejectReason, rule_alias="limit", list_alias="daily", expiration_date=_FINISHED
)
bank_error: Factory[models.BankError] = Factory(
    models.BankError, code="bank_card_expired", description="The card has expired"
)

# -- cards and other ways to pay -------------------------------------------------------------------------------------

bank_card: Factory[models.BankCard] = Factory(
    models.BankCard, number="4242424242424242", expiration_month="12", expiration_year="30", security_code="123"
)
encrypted_card: Factory[models.EncryptedCard] = Factory(
    models.EncryptedCard,
    number_hash="number-hash",
    expiration_date_hash="expiration-hash",
    security_code_hash="code-hash",
)
tokenized_card: Factory[models.TokenizedCard] = Factory(models.TokenizedCard, token="card-token")
card: Factory[models.Card] = Factory(
    models.Card, brand="visa", last4="4242", bin="424242", country_iso3="RUS", card_id="card-1"
)
recurrent: Factory[models.Recurrent] = Factory(models.Recurrent, token="recurrent-token", initiator="merchant")
faster_payment_system: Factory[models.FasterPaymentSystem] = Factory(models.FasterPaymentSystem)
faster_payment_system_binding: Factory[models.FasterPaymentSystemBinding] = Factory(models.FasterPaymentSystemBinding)
sber_pay: Factory[models.SberPay] = Factory(models.SberPay, channel="web")
phone_ident: Factory[models.PhoneIdent] = Factory(models.PhoneIdent, phone="79161234567")
pix: Factory[models.Pix] = Factory(models.Pix, document="12345678909", name="Ivan Ivanov", email="payer@shop.example")
country_ewallet: Factory[models.CountryEwallet] = Factory(models.CountryEwallet, country_iso2="PH")
internet_banking: Factory[models.InternetBanking] = Factory(
    models.InternetBanking, type="sber_pay", sber_pay=sber_pay()
)
google_pay: Factory[models.GooglePay] = Factory(models.GooglePay, token="wallet-token")
apple_pay: Factory[models.ApplePay] = Factory(models.ApplePay, token="wallet-token")
secured_card: Factory[models.SecuredCard] = Factory(models.SecuredCard, type="google_pay", google_pay=google_pay())
ton_wallet: Factory[models.TonWallet] = Factory(
    models.TonWallet, address="ton-address", product_id="1", product_name="Game"
)
crypto_wallet: Factory[models.CryptoWallet] = Factory(models.CryptoWallet, type="ton", ton=ton_wallet())
transfer_from_nominal_account: Factory[models.TransferFromNominalAccount] = Factory(
    models.TransferFromNominalAccount, description="Rent"
)
transfer_from_bank_account: Factory[models.TransferFromBankAccount] = Factory(
    models.TransferFromBankAccount, description="Rent"
)
internal_transfer: Factory[models.InternalTransfer] = Factory(
    models.InternalTransfer,
    type="transfer_from_nominal_account",
    transfer_from_nominal_account=transfer_from_nominal_account(),
)
payment_details: Factory[models.PaymentDetails] = Factory(models.PaymentDetails, type="card", card=card())

# -- ways to be paid -------------------------------------------------------------------------------------------------

ru_bank_account: Factory[models.RuBankAccount] = Factory(
    models.RuBankAccount, bik="044525974", account="40817810400000000001", full_name="Ivan Ivanov"
)
iban_account: Factory[models.IbanAccount] = Factory(models.IbanAccount, account="DE89370400440532013000")
bank_account: Factory[models.BankAccount] = Factory(models.BankAccount, system_type="ru", ru=ru_bank_account())
fps_account: Factory[models.FpsAccount] = Factory(models.FpsAccount, phone="79161234567", bank_id="100000000004")
yoo_money: Factory[models.YooMoney] = Factory(models.YooMoney, account="41001234567890", description="Payout")
wallet: Factory[models.Wallet] = Factory(models.Wallet, type="yoomoney", yoomoney=yoo_money())
tax_period: Factory[models.TaxPeriod] = Factory(models.TaxPeriod, type="quarter", number=1, year="2026")
tax_details: Factory[models.TaxDetails] = Factory(
    models.TaxDetails, kbk="18210102010011000110", oktmo="45379000", period=tax_period()
)
tax_payer: Factory[models.TaxPayer] = Factory(models.TaxPayer, inn="7707083893", kpp="773601001")
tax_payee: Factory[models.TaxPayee] = Factory(
    models.TaxPayee, bik="017003983", account="03100643000000018500", name="Treasury"
)
tax: Factory[models.Tax] = Factory(
    models.Tax, type="tax_full", tax_details=tax_details(), payer=tax_payer(), payee=tax_payee()
)
payout_details: Factory[models.PayoutDetails] = Factory(models.PayoutDetails, type="card", card=card())

# -- what the payer is shown, and options ----------------------------------------------------------------------------

redirect: Factory[models.Redirect] = Factory(
    models.Redirect, url="https://bank131.test/3ds/1", base_url="https://bank131.test/3ds/1", method="GET"
)
qr: Factory[models.Qr] = Factory(models.Qr, content="https://qr.nspk.ru/AS1000", img="https://bank131.test/qr/1.png")
inform: Factory[models.Inform] = Factory(models.Inform, qr=qr())
customer_interaction: Factory[models.CustomerInteraction] = Factory(
    models.CustomerInteraction, type="redirect", redirect=redirect()
)
platform_details: Factory[models.PlatformDetails] = Factory(
    models.PlatformDetails, type="desktop", os="Linux", browser="Firefox"
)
subscription: Factory[models.Subscription] = Factory(models.Subscription, period="month", id="sub-1", initial=True)
payment_options: Factory[models.PaymentOptions] = Factory(
    models.PaymentOptions, return_url="https://shop.example/return"
)
routing_tag: Factory[models.RoutingTag] = Factory(models.RoutingTag, root_tag="region", values=("north",))
custom_routing: Factory[models.CustomRouting] = Factory(models.CustomRouting, tags=(routing_tag(),))
revenue_split: Factory[models.RevenueSplit] = Factory(models.RevenueSplit, contractor_alias="partner", percent="10")

# -- receipts and approvals ------------------------------------------------------------------------------------------

fiscal_service: Factory[models.FiscalService] = Factory(
    models.FiscalService, name="Delivery", amount_details=amount(), quantity=1
)
receipt: Factory[models.Receipt] = Factory(models.Receipt, id="receipt-1", link="https://bank131.test/receipts/1")
professional_income_taxpayer: Factory[models.ProfessionalIncomeTaxpayer] = Factory(
    models.ProfessionalIncomeTaxpayer, services=(fiscal_service(),), tax_reference="123456789012"
)
fiscalization_details: Factory[models.FiscalizationDetails] = Factory(
    models.FiscalizationDetails, professional_income_taxpayer=professional_income_taxpayer()
)
transfer_participant: Factory[models.TransferParticipant] = Factory(
    models.TransferParticipant, account_number="40702810400000000001", name="Shop", bik="044525974"
)
transfer_details: Factory[models.TransferDetails] = Factory(
    models.TransferDetails, customer=transfer_participant(), recipient=transfer_participant(), amount=amount()
)
confirm_exchange: Factory[models.ConfirmExchange] = Factory(
    models.ConfirmExchange, id="exchange-1", source=amount(), fx_rate="1.0"
)
account_details: Factory[models.AccountDetails] = Factory(
    models.AccountDetails, sender=transfer_participant(), recipient=transfer_participant()
)
confirm_information: Factory[models.ConfirmInformation] = Factory(
    models.ConfirmInformation, transfer_details=transfer_details()
)

# -- sessions and what they hold -------------------------------------------------------------------------------------

transaction_info: Factory[models.TransactionInfo] = Factory(
    models.TransactionInfo, rrn="123456789012", auth_code="A1B2C3"
)
recurrent_token: Factory[models.RecurrentToken] = Factory(
    models.RecurrentToken,
    token="recurrent-token",
    created_at=_CREATED,
    is_active=True,
    initiator="merchant",
)
refund: Factory[models.Refund] = Factory(
    models.Refund, id="rf_1001", status="accepted", amount_details=amount(), **_TIMES
)
payment: Factory[models.Payment] = Factory(
    models.Payment,
    id="pm_1001",
    status="succeeded",
    customer=customer(),
    payment_details=payment_details(),
    amount_details=amount(),
    transaction_info=transaction_info(),
    **_TIMES,
)
payout: Factory[models.Payout] = Factory(
    models.Payout,
    id="po_1001",
    status="succeeded",
    payout_details=payout_details(),
    amount_details=amount(),
    participant_details=participant_details(),
    **_TIMES,
)
session: Factory[models.Session] = Factory(
    models.Session, id="ps_1001", status="accepted", payment_list=(payment(),), **_TIMES
)

# -- answers, webhooks, forms ----------------------------------------------------------------------------------------

session_answer: Factory[models.SessionAnswer] = Factory(models.SessionAnswer, status="ok", session=session())
token_answer: Factory[models.TokenAnswer] = Factory(models.TokenAnswer, status="ok", public_token="public-token")
webhook_body: Factory[models.WebhookBody] = Factory(models.WebhookBody, type="payment_finished", session=session())
acquiring_widget: Factory[models.AcquiringWidget] = Factory(models.AcquiringWidget, session_id="ps_1001")
tokenize_widget: Factory[models.TokenizeWidget] = Factory(models.TokenizeWidget, access=True)
self_employed_widget: Factory[models.SelfEmployedWidget] = Factory(
    models.SelfEmployedWidget, tax_reference="123456789012"
)

# -- methods without details, and rare ones --------------------------------------------------------------------------

alipay: Factory[models.Alipay] = Factory(models.Alipay)
alipay_hk: Factory[models.AlipayHk] = Factory(models.AlipayHk)
china_union_pay: Factory[models.ChinaUnionPay] = Factory(models.ChinaUnionPay)
dana: Factory[models.Dana] = Factory(models.Dana)
gcash: Factory[models.GCash] = Factory(models.GCash)
kakao_pay: Factory[models.KakaoPay] = Factory(models.KakaoPay)
tpay: Factory[models.TPay] = Factory(models.TPay)
upi: Factory[models.Upi] = Factory(models.Upi)
we_chat_pay: Factory[models.WeChatPay] = Factory(models.WeChatPay)
fps_verification: Factory[models.FpsVerification] = Factory(
    models.FpsVerification, phone="79161234567", bank_id="100000000004"
)
moneta: Factory[models.Moneta] = Factory(models.Moneta, account="1234567890", description="Payout")
qiwi: Factory[models.Qiwi] = Factory(models.Qiwi, account="79161234567", description="Payout")
steam: Factory[models.Steam] = Factory(models.Steam, account="player")
public_token: Factory[models.PublicToken] = Factory(models.PublicToken, token="public-token")
saved_token: Factory[models.SavedToken] = Factory(models.SavedToken, token="saved-token")

# -- tokens, balances, banks, statements -----------------------------------------------------------------------------

answer: Factory[models.Answer] = Factory(models.Answer, status="ok")
recurrent_answer: Factory[models.RecurrentAnswer] = Factory(
    models.RecurrentAnswer, status="ok", recurrent=recurrent_token()
)
token_info: Factory[models.TokenInfo] = Factory(
    models.TokenInfo, type="card", token="card-token", brand="visa", last4="4242", country_iso3="RUS"
)
token_info_answer: Factory[models.TokenInfoAnswer] = Factory(models.TokenInfoAnswer, status="ok", info=token_info())
masked_account: Factory[models.MaskedAccount] = Factory(models.MaskedAccount, masked_account="408178******0001")
tokenize_answer: Factory[models.TokenizeAnswer] = Factory(
    models.TokenizeAnswer, status="ok", token="account-token", data=masked_account()
)
card_element: Factory[models.CardElement] = Factory(
    models.CardElement, ref="card", type="card", card_number="4242424242424242"
)
element_info: Factory[models.ElementInfo] = Factory(
    models.ElementInfo, masked_card_number="424242******4242", card_network="visa", card_type="credit"
)
element_token: Factory[models.ElementToken] = Factory(models.ElementToken, token="element-token", info=element_info())
tokenize_elements_answer: Factory[models.TokenizeElementsAnswer] = Factory(
    models.TokenizeElementsAnswer, status="ok", data={"card": element_token()}
)
wallet_balance: Factory[models.WalletBalance] = Factory(models.WalletBalance, id="wallet-1", amount_details=amount())
wallet_balance_answer: Factory[models.WalletBalanceAnswer] = Factory(
    models.WalletBalanceAnswer, status="ok", wallets=(wallet_balance(),)
)
fps_bank: Factory[models.FpsBank] = Factory(models.FpsBank, id="100000000004", eng_name="T-Bank", ru_name="Т-Банк")
fps_banks_answer: Factory[models.FpsBanksAnswer] = Factory(models.FpsBanksAnswer, status="ok", banks=(fps_bank(),))
self_employed_check_answer: Factory[models.SelfEmployedCheckAnswer] = Factory(
    models.SelfEmployedCheckAnswer, status="ok", request_id="request-1"
)
self_employed_status_answer: Factory[models.SelfEmployedStatusAnswer] = Factory(
    models.SelfEmployedStatusAnswer, status="ok", is_professional_income_taxpayer=True, is_linked=True
)
balance_details: Factory[models.BalanceDetails] = Factory(models.BalanceDetails, current_balance=1_000_000)
account_balance_answer: Factory[models.AccountBalanceAnswer] = Factory(
    models.AccountBalanceAnswer,
    status="ok",
    account_number="40702810400000000001",
    account_currency="RUB",
    balance=balance_details(),
)
counter_party: Factory[models.CounterParty] = Factory(
    models.CounterParty, name="Supplier", inn="7707083893", account_number="40702810400000000002"
)
total_turnover: Factory[models.TotalTurnover] = Factory(models.TotalTurnover, debet=0, credit=15_000)
total_balance: Factory[models.TotalBalance] = Factory(models.TotalBalance, opening=985_000, closing=1_000_000)
statement_transaction: Factory[models.StatementTransaction] = Factory(
    models.StatementTransaction,
    type="credit",
    amount=15_000,
    currency="RUB",
    payment_date="2026-03-02",
    session_id="ps_1001",
    counter_party=counter_party(),
)
account_statement: Factory[models.AccountStatement] = Factory(
    models.AccountStatement,
    date_from="2026-03-01",
    date_to="2026-03-31",
    account_number="40702810400000000001",
    total_turnover=total_turnover(),
    total_balance=total_balance(),
    transactions=(statement_transaction(),),
)
account_statement_answer: Factory[models.AccountStatementAnswer] = Factory(
    models.AccountStatementAnswer, status="ok", name="Shop", account_statement=account_statement()
)

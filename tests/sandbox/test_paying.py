"""Every way of paying: what the payer is asked to do, the limits of each, and what a success brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.bank_ways import BINDING, FPS, WAYS, banking, sber
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant, RefusedError, card, order, payments_of

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"

MINUTES = 60


def options(**fields: Any) -> dict[str, Any]:
    return {"return_url": "https://shop.example/back", "platform_details": {"type": "desktop"}, **fields}


def begun(merchant: RawMerchant, details: dict[str, Any], **fields: Any) -> str:
    """A payment that was confirmed."""
    session_id = merchant.create(**({"payment_options": options()} | fields))
    merchant.call("session/start/payment", session_id=session_id, payment_details=details)
    merchant.call("session/confirm", session_id=session_id)
    return session_id


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_way_of_paying_goes_through(make_merchant: Make, name: str, version: str) -> None:
    merchant = make_merchant(version=version)
    details, interaction = WAYS[name]
    session_id = begun(merchant, details)

    if interaction is None:
        assert merchant.events() == ["ready_to_confirm", "payment_finished"]
    else:
        assert merchant.events() == ["ready_to_confirm", "action_required"]
        assert merchant.payment(session_id)["customer_interaction"]["type"] == interaction
        merchant.bank.payer_pass(session_id)
        assert merchant.events() == ["payment_finished"]
    payment = merchant.payment(session_id)
    assert payment["status"] == "succeeded"
    assert payment["payment_details"]["type"] == details["type"]
    assert merchant.status(session_id)["status"] == "accepted"


@pytest.mark.parametrize("name", [name for name, (_, interaction) in WAYS.items() if interaction])
def test_a_payer_may_refuse_everywhere(merchant: RawMerchant, name: str) -> None:
    session_id = begun(merchant, WAYS[name][0])
    merchant.bank.payer_fail(session_id)
    merchant.bank.advance(20 * MINUTES)

    assert merchant.payment(session_id)["status"] == "failed"
    assert merchant.status(session_id)["status"] == "cancelled" or name.startswith("tpay")
    assert merchant.bank.session(session_id).attempts[0].ledger.authorised == 0


@pytest.mark.parametrize("code", [None, "payer_refused"])
def test_a_refusal_has_the_error_code_that_the_switch_names(make_merchant: Make, code: str | None) -> None:
    merchant = make_merchant(payer_refusal_code=code)
    session_id = begun(merchant, {"type": "faster_payment_system", "faster_payment_system": {}})
    merchant.bank.payer_fail(session_id)

    assert merchant.payment(session_id)["status"] == "failed"
    assert merchant.payment(session_id).get("error", {}).get("code") == code


@pytest.mark.parametrize(
    "name",
    ["create-payment-alipay_hk-php-1", "create-payment-sberpay-php-3", "create-payment-sberpay-php-6",
     "create-payment-tpay-php-1", "create-payment-wechatpay-php-1", "create-split-php-1",
     "init-payment-google-pay-php-1"],
)  # fmt: skip
def test_the_documented_payments_are_taken(merchant: RawMerchant, name: str) -> None:
    body = (PAYLOADS / f"request-session-{name}.json").read_bytes()

    session = merchant.send("session/init/payment" if name.startswith("init") else "session/create", body)["session"]

    assert session["status"] in ("created", "in_progress")


def test_the_sister_platforms_start_is_taken(make_merchant: Make) -> None:
    merchant = make_merchant(version="v1")
    body = json.loads((PAYLOADS / "platform-request-session_start_payment-4.json").read_bytes())
    body["session_id"] = merchant.call("session/create")["id"]

    payment = payments_of(merchant.call("session/start/payment", **body))[0]

    assert payment["payment_details"] == body["payment_details"]
    assert payment["amount_details"] == body["amount_details"]


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (banking("paypal"), "internet_banking.type: expected one of sber_pay, tpay"),
        (banking("sber_pay"), "sber_pay.channel: missing; expected one of app, web, mobile_web"),
        (sber("fax"), "sber_pay.channel: expected one of app"),
        (banking("phone_ident"), "phone_ident.phone: missing"),
        (banking("pix", document="1"), "pix.name: missing"),
        (banking("country_ewallet", country_iso2="IND"), "country_iso2: expected two letters"),
        ({"type": "secured_card", "secured_card": {"type": "google_pay"}}, "secured_card.google_pay: missing"),
        ({"type": "crypto_wallet", "crypto_wallet": {"type": "btc"}}, "crypto_wallet.type: expected one of ton"),
        ({"type": "recurrent", "recurrent": {"token": "card_token"}}, "recurrent.token: no such token"),
    ],
)
def test_a_way_of_paying_that_does_not_fit_is_named(
    merchant: RawMerchant, details: dict[str, Any], expected: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        merchant.call("session/init/payment", **order(), payment_details=details)

    assert expected in refused.value.description


# -- FPS ---------------------------------------------------------------------------------------------------------------


def test_an_fps_payment_shows_a_qr_code_and_masks_its_payer(merchant: RawMerchant) -> None:
    session_id = begun(merchant, FPS)
    qr = merchant.payment(session_id)["customer_interaction"]["inform"]["qr"]
    assert qr["content"].startswith("http://bank131.test/qr?id=")
    assert qr["img"].startswith("http://bank131.test/qr.svg?id=")

    merchant.bank.payer_pass(session_id)

    payment = merchant.payment(session_id)
    assert len(payment["transaction_info"]["fp_message_id"]) == 32
    assert "*" in payment["customer"]["contacts"][0]["phone"]
    assert "recurrent" not in payment


def test_money_by_fps_is_never_held(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)
    session_id = begun(merchant, FPS)
    merchant.bank.payer_pass(session_id)

    assert merchant.payment(session_id)["status"] == "succeeded"


def test_a_bound_account_pays_again_without_its_payer(merchant: RawMerchant) -> None:
    first = begun(merchant, BINDING)
    merchant.bank.payer_pass(first)
    merchant.events()
    payment = merchant.payment(first)
    token = payment["recurrent"]["token"]
    assert payment["transaction_info"]["external_subscription_token"] == token

    again = begun(merchant, {"type": "recurrent", "recurrent": {"token": token}})

    assert merchant.events() == ["ready_to_confirm", "payment_finished"]
    assert merchant.payment(again)["status"] == "succeeded"


# -- SberPay and T-Pay -------------------------------------------------------------------------------------------------


def test_an_order_at_sberpay_lives_twenty_minutes_confirmation_included(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.call("session/start/payment", session_id=session_id, payment_details=sber())
    merchant.bank.advance(15 * MINUTES)
    merchant.call("session/confirm", session_id=session_id)
    merchant.bank.advance(5 * MINUTES - 1)
    assert merchant.status(session_id)["status"] == "in_progress"
    merchant.bank.advance(1)

    assert merchant.status(session_id)["status"] == "cancelled"


def test_an_order_at_sberpay_that_nobody_confirms_is_cancelled_after_twenty_minutes(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.call("session/start/payment", session_id=session_id, payment_details=sber())
    merchant.bank.advance(20 * MINUTES)

    assert merchant.status(session_id)["status"] == "cancelled"
    assert merchant.payment(session_id)["error"]["code"] == "confirm_timeout"


@pytest.mark.parametrize("waits", [True, False])
def test_a_refusal_at_sberpay_shows_at_the_end_of_the_order(make_merchant: Make, waits: bool) -> None:
    merchant = make_merchant(sberpay_refusal_waits=waits)
    session_id = begun(merchant, sber())
    merchant.bank.payer_fail(session_id)
    assert merchant.status(session_id)["status"] == ("in_progress" if waits else "cancelled")
    with pytest.raises(ValueError, match="no payer"):
        merchant.bank.payer_pass(session_id)
    merchant.bank.advance(20 * MINUTES)

    assert merchant.status(session_id)["status"] == "cancelled"


@pytest.mark.parametrize("redirects", [False, True])
def test_sberpay_on_a_desktop_pushes_a_message_and_shows_a_page_if_the_switch_says_so(
    make_merchant: Make, redirects: bool
) -> None:
    merchant = make_merchant(sberpay_web_redirect=redirects)
    session_id = begun(merchant, sber("web"))
    assert merchant.events() == ["ready_to_confirm", *(["action_required"] if redirects else [])]
    assert ("customer_interaction" in merchant.payment(session_id)) == redirects

    merchant.call("sberpay/push", version="v1", session_id=session_id, phone="79000000001")
    merchant.bank.payer_pass(session_id)

    assert merchant.payment(session_id)["status"] == "succeeded"
    with pytest.raises(RefusedError, match="expected one whose payer is waited for at SberPay"):
        merchant.call("sberpay/push", version="v1", session_id=session_id, phone="79000000001")


def test_t_pay_waits_twenty_minutes_and_ends_with_error(merchant: RawMerchant) -> None:
    session_id = begun(merchant, banking("tpay"))
    merchant.events()
    merchant.bank.advance(20 * MINUTES)

    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "error"
    assert merchant.payment(session_id)["status"] == "failed"


def test_t_pay_needs_the_payers_platform(merchant: RawMerchant) -> None:
    with pytest.raises(RefusedError, match="platform_details: missing"):
        merchant.call("session/init/payment", **order(), payment_details=banking("tpay"))


# -- recurring payments ------------------------------------------------------------------------------------------------


def recurrent_token(merchant: RawMerchant, number: str = APPROVE) -> str:
    session_id = merchant.paid(number, payment_options=options(recurrent=True))
    merchant.events()
    token: str = merchant.payment(session_id)["recurrent"]["token"]
    return token


def by_token(token: str, initiator: str | None = "merchant") -> dict[str, Any]:
    return {"type": "recurrent", "recurrent": {"token": token, "initiator": initiator}}


@pytest.mark.parametrize("initiator", ["merchant", None])
def test_the_merchant_repeats_a_payment_without_its_payer(merchant: RawMerchant, initiator: str | None) -> None:
    session_id = begun(merchant, by_token(recurrent_token(merchant, CHALLENGE), initiator))

    assert merchant.events() == ["ready_to_confirm", "payment_finished"]
    assert merchant.payment(session_id)["status"] == "succeeded"


def test_the_payer_repeats_a_payment_with_3d_secure(merchant: RawMerchant) -> None:
    token = recurrent_token(merchant)
    session_id = begun(merchant, by_token(token, "client"))
    assert merchant.events() == ["ready_to_confirm", "action_required"]
    merchant.bank.payer_pass(session_id)

    assert merchant.payment(session_id)["status"] == "succeeded"
    with pytest.raises(RefusedError, match="return_url: missing"):
        merchant.call("session/init/payment", **order(payment_options={}), payment_details=by_token(token, "client"))


def test_a_token_can_be_looked_at_and_switched_off(merchant: RawMerchant) -> None:
    token = recurrent_token(merchant)
    asked = {"recurrent": {"token": token}}
    assert merchant.call("recurrent/status", version="v1", **asked)["recurrent"]["is_active"] is True
    assert merchant.call("recurrent/disable", version="v1", **asked)["recurrent"]["is_active"] is False
    info = merchant.call("token/info", version="v1", type="recurrent_token", recurrent_token={"token": token})["info"]
    assert (info["token"], info["is_active"]) == (token, False)

    session_id = begun(merchant, by_token(token))

    assert merchant.payment(session_id)["error"]["code"] == "binding_is_deactivated"


def test_every_success_brings_a_new_token_and_a_payout_can_use_it(merchant: RawMerchant) -> None:
    tokens = [recurrent_token(merchant), recurrent_token(merchant)]
    assert len(set(tokens)) == 2
    details = {"type": "recurrent", "recurrent": {"token": tokens[0]}}
    session_id = merchant.call(
        "session/init/payout", payout_details=details, amount_details={"amount": 1, "currency": "rub"}
    )["id"]
    merchant.call("session/confirm", session_id=session_id)

    assert merchant.status(session_id)["payout_list"][0]["status"] == "succeeded"


def test_a_token_of_another_project_is_no_token(merchant: RawMerchant) -> None:
    token = recurrent_token(merchant)
    merchant.bank.add_project("other", merchant.bank.keys.merchant.public_pem())
    body = json.dumps({"recurrent": {"token": token}}).encode()
    headers = merchant.headers(body) | {"X-PARTNER-PROJECT": "other"}

    answer = merchant.bank.handle("POST", "/api/v1/recurrent/status", headers, body)

    assert (answer.status, b"no such token" in answer.body) == (400, True)


def test_a_subscription_is_named_in_the_payment_and_can_be_cancelled_and_restored(merchant: RawMerchant) -> None:
    session_id = merchant.paid(payment_options=options(subscription={"period": "month"}))
    subscription = merchant.payment(session_id)["payment_options"]["subscription"]
    assert subscription["period"] == "month"

    for method in ("cancel", "restore"):
        answer = merchant.call(f"subscription/{method}", version="v1", subscription_id=subscription["id"])
        assert answer == {"status": "ok"}
        assert merchant.bank.is_subscribed(subscription["id"]) == (method == "restore")
    with pytest.raises(RefusedError, match="subscription_id: no such subscription"):
        merchant.call("subscription/cancel", version="v1", subscription_id="sub_0")


# -- what else a payment may have --------------------------------------------------------------------------------------


def test_revenue_is_split_to_the_last_kopeck(merchant: RawMerchant) -> None:
    shares = [{"contractor_alias": "a", "percent": "33.3"}, {"contractor_alias": "b", "remains": True}]
    session_id = begun(merchant, card(), amount_details={"amount": 1_001, "currency": "rub"}, revenue_split_info=shares)

    shown = merchant.payment(session_id)["revenue_split_info"]

    assert [share["amount"]["amount"] for share in shown] == [333, 668]


@pytest.mark.parametrize(
    "shares",
    [
        [{"percent": "10"}],
        [{"contractor_alias": "a"}],
        [{"contractor_alias": "a", "percent": 10}],
        [{"contractor_alias": "a", "percent": "60"}, {"contractor_alias": "b", "percent": "60"}],
        [{"contractor_alias": "a", "remains": True}, {"contractor_alias": "b", "remains": True}],
    ],
)
def test_a_split_that_does_not_add_up_is_refused(merchant: RawMerchant, shares: list[Any]) -> None:
    with pytest.raises(RefusedError, match="revenue_split_info"):
        merchant.create(revenue_split_info=shares)


@pytest.mark.parametrize(("zone", "minutes"), [("moscow", 30), ("utc", 30 + 180), ("ignored", None)])
def test_an_unpaid_order_expires_at_its_moment(make_merchant: Make, zone: str, minutes: int | None) -> None:
    merchant = make_merchant(expiration_zone=zone, action_limit_s=86_400)
    given = options(expiration_at="2026-03-01 15:30:00")  # the bank's clock stands at 15:00 in Moscow
    waiting, unstarted = begun(merchant, card(CHALLENGE), payment_options=given), merchant.create(payment_options=given)
    done = begun(merchant, card(), payment_options=given)
    merchant.bank.advance((minutes or 210) * MINUTES - 1)
    assert {merchant.status(item)["status"] for item in (waiting, unstarted)} == {"in_progress", "created"}
    merchant.bank.advance(1)

    ended = {merchant.status(item)["status"] for item in (waiting, unstarted)}
    assert ended == ({"cancelled"} if minutes else {"in_progress", "created"})
    assert merchant.status(done)["status"] == "accepted"


# -- the merchant's own chargeback, refunds in error -------------------------------------------------------------------


def test_the_php_sdks_chargeback_is_taken_unless_the_switch_says_no(make_merchant: Make) -> None:
    merchant = make_merchant()
    answer = merchant.call("session/chargeback", session_id=merchant.paid())
    assert answer["status"] == "in_progress"
    assert payments_of(answer)[0]["refunds"][0]["is_chargeback"] is True

    with pytest.raises(RefusedError) as refused:
        make_merchant(merchant_chargebacks=False).call("session/chargeback", session_id="ps_1")
    assert refused.value.code == "authorization_error"


@pytest.mark.parametrize(("status", "left"), [("accepted", 0), ("declined", 10_000)])
def test_a_refund_in_error_holds_its_money_until_it_is_resolved(merchant: RawMerchant, status: Any, left: int) -> None:
    session_id = merchant.paid("4000000000000416")
    merchant.call("session/refund", session_id=session_id)
    (refund,) = merchant.payment(session_id)["refunds"]
    assert refund["status"] == "error"
    with pytest.raises(RefusedError, match="at most 0"):
        merchant.call("session/refund", session_id=session_id)
    merchant.events()

    merchant.bank.resolve_refund(session_id, refund["id"], status)

    assert merchant.events() == ["payment_refunded"]
    assert merchant.payment(session_id)["refunds"][0]["status"] == status
    assert merchant.bank.session(session_id).attempts[0].ledger.refundable == left
    with pytest.raises(ValueError, match="in error"):
        merchant.bank.resolve_refund(session_id, refund["id"], status)

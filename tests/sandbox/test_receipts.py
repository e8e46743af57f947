"""Receipts of self-employed recipients: with a payout and without one, and who may have one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bank131_async.sandbox import Taxpayer
from tests.support.bank_ways import AMOUNT, to_card
from tests.support.raw_merchant import RawMerchant, RefusedError
from tests.support.raw_payouts import payout

Make = Callable[..., RawMerchant]
PAYLOADS = Path(__file__).parent.parent / "payloads"


def receipt(tax_reference: str = "123456789012") -> dict[str, Any]:
    service = {"name": "Test", "amount_details": AMOUNT, "quantity": 1}
    taxpayer = {"services": [service], "tax_reference": tax_reference, "payer_type": "individual"}
    return {"professional_income_taxpayer": taxpayer}


def test_a_payout_with_a_receipt_brings_its_id_and_later_its_link(make_merchant: Make) -> None:
    merchant = make_merchant(receipt_link_delay_s=30)
    body = {"payout_details": to_card(), "amount_details": AMOUNT, "fiscalization_details": receipt()}
    session_id = merchant.call("session/init/payout/fiscalization", **body)["id"]
    merchant.call("session/confirm", session_id=session_id)

    def issued() -> Any:
        return payout(merchant, session_id)["fiscalization_details"]["professional_income_taxpayer"]["receipt"]

    assert set(issued()) == {"id"}
    merchant.bank.advance(30)
    assert issued()["link"].startswith("https://")


@pytest.mark.parametrize(
    ("tax_reference", "code"),
    [
        ("123456780001", "taxpayer_unknown"),
        ("123456780002", "taxpayer_not_bound"),
        ("123456780003", "taxpayer_income_exceeds_amount_limit"),
    ],
)
def test_a_payout_with_a_receipt_fails_where_none_can_be_issued(
    merchant: RawMerchant, tax_reference: str, code: str
) -> None:
    session_id = merchant.call("session/create")["id"]
    body = {"payout_details": to_card(), "amount_details": AMOUNT, "fiscalization_details": receipt(tax_reference)}
    merchant.call("session/start/payout/fiscalization", session_id=session_id, **body)
    merchant.call("session/confirm", session_id=session_id)

    assert payout(merchant, session_id)["error"]["code"] == code


def test_a_receipt_needs_its_details_and_one_to_six_services(merchant: RawMerchant) -> None:
    body = {"payout_details": to_card(), "amount_details": AMOUNT}
    with pytest.raises(RefusedError, match="fiscalization_details: missing"):
        merchant.call("session/init/payout/fiscalization", **body)
    for services in ([], receipt()["professional_income_taxpayer"]["services"] * 7):
        details = {"professional_income_taxpayer": {"services": services, "tax_reference": "123456789012"}}
        with pytest.raises(RefusedError, match="services: expected 1 to 6"):
            merchant.call("session/init/payout/fiscalization", **body, fiscalization_details=details)


def test_a_receipt_is_issued_without_a_payout(merchant: RawMerchant) -> None:
    session_id = merchant.send("session/create", b"{}", version="v1")["session"]["id"]
    merchant.call("fiscalization", version="v1", session_id=session_id, fiscalization_details=receipt())

    assert merchant.events() == ["payment_finished"]
    assert merchant.status(session_id)["status"] == "accepted"
    issued = payout(merchant, session_id)
    assert set(issued["fiscalization_details"]["professional_income_taxpayer"]["receipt"]) == {"id", "link"}
    assert {"amount_details", "payout_details"}.isdisjoint(issued)
    assert merchant.bank.wallet().balance == 1_000_000_000
    for given in ({}, {"fiscalization_details": receipt()}):
        with pytest.raises(RefusedError, match=r"fiscalization_details: missing|expected one that is created"):
            merchant.call("fiscalization", version="v1", session_id=session_id, **given)


def test_a_company_that_pays_names_its_own_tax_number(merchant: RawMerchant) -> None:
    details = receipt()
    details["professional_income_taxpayer"]["payer_type"] = "legal"
    with pytest.raises(RefusedError, match="payer_tax_number: missing"):
        merchant.call("session/create", fiscalization_details=details)


def test_the_tax_offices_answer_may_take_a_while(make_merchant: Make) -> None:
    merchant = make_merchant(npd_delay_s=40, version="v1")
    body = json.loads((PAYLOADS / "request-selfemployed-check-client-1.json").read_bytes())
    request_id = merchant.call("npd/check", **body)["request_id"]
    asked = json.dumps({"request_id": request_id}).encode()

    def status() -> Any:
        answer = merchant.bank.handle("POST", "/api/v1/npd/request/status", merchant.headers(asked), asked)
        return json.loads(answer.body)

    assert status() == {"status": "pending"}
    merchant.bank.advance(40)
    assert status() == {"status": "ok", "is_professional_income_taxpayer": True, "is_linked": True}
    merchant.bank.set_taxpayer(body["tax_reference"], Taxpayer(is_linked=False))
    assert status()["is_linked"] is False
    with pytest.raises(RefusedError, match="request_id: no such request"):
        merchant.call("npd/request/status", request_id="x")


def test_a_person_links_themselves_in_the_widget(merchant: RawMerchant) -> None:
    reference = "123456780002"
    token = merchant.call("token", version="v1", self_employed_widget={"tax_reference": reference})["public_token"]

    merchant.bank.link_taxpayer(token)

    request_id = merchant.call("npd/check", version="v1", tax_reference=reference)["request_id"]
    assert merchant.call("npd/request/status", version="v1", request_id=request_id)["is_linked"] is True

"""The bank object as tests use it, and what holds whatever is asked of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bank131_async.errors import ConfigurationError
from bank131_async.sandbox import CARDS, SandboxBank
from bank131_async.sandbox.session import Stage
from tests.support.raw_merchant import CHALLENGE, RawMerchant, payments_of
from tests.support.raw_merchant import card as card_details

Make = Callable[..., RawMerchant]


def test_sign_makes_the_headers_of_a_request(bank: SandboxBank) -> None:
    headers = bank.sign(b"{}", idempotency_key="k")

    assert bank.handle("POST", "/api/v2/session/create", headers, b"{}").status == 200
    assert bank.handle("POST", "/api/v2/session/create", headers, b"{}").status == 400


def test_switches_can_be_set_while_payments_run(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    merchant.bank.configure(auto_confirm=True, two_stage=True)
    merchant.start(session_id)

    assert merchant.events() == ["ready_to_capture"]


@pytest.mark.parametrize(
    "switches", [{"two_stge": True}, {"two_stage": "yes"}, {"updated_at": "never"}, {"hold_s": -1}, {"hold_s": "x"}]
)
def test_a_wrong_switch_is_refused(switches: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        SandboxBank(**switches)


@pytest.mark.parametrize("project_id", ["", "sandbox"])
def test_a_further_project_needs_an_id_of_its_own(bank: SandboxBank, project_id: str) -> None:
    with pytest.raises(ConfigurationError, match="project_id"):
        bank.add_project(project_id, bank.keys.merchant.public_pem())


def test_payer_actions_are_refused_when_no_payer_is_waited_for(merchant: RawMerchant) -> None:
    session_id = merchant.create()
    for act in (merchant.bank.payer_pass, merchant.bank.payer_fail):
        with pytest.raises(ValueError, match="no payer is waited for"):
            act(session_id)
    with pytest.raises(KeyError):
        merchant.bank.payer_pass("ps_0")


def test_the_clock_can_be_given_and_does_not_run_backwards() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    bank = SandboxBank(clock=lambda: now)
    assert bank.now() == now

    bank.advance(60)

    assert (bank.now() - now).total_seconds() == 60
    with pytest.raises(ConfigurationError, match="forward"):
        bank.advance(-1)


def test_next_due_at_tells_when_something_happens(merchant: RawMerchant) -> None:
    assert merchant.bank.next_due_at is None
    merchant.start(merchant.create())

    due = merchant.bank.next_due_at
    assert due is not None
    assert (due - merchant.bank.now()).total_seconds() == 240 * 60


def test_listeners_hear_of_every_change(merchant: RawMerchant) -> None:
    heard: list[int] = []
    merchant.bank.subscribe(lambda: heard.append(len(merchant.bank.outbox)))
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)

    merchant.bank.advance(240 * 60)

    assert heard == [0, 1, 2]


def test_a_recurrent_payment_brings_a_token_only_on_success(merchant: RawMerchant) -> None:
    options = {"payment_options": {"recurrent": True}}
    assert "recurrent" not in merchant.payment(merchant.paid("4000000000000135", **options))

    recurrent = merchant.payment(merchant.paid(**options))["recurrent"]
    assert recurrent["is_active"] is True
    assert len(recurrent["token"]) == 64


def test_a_whole_payment_with_four_webhooks_costs_little(make_merchant: Make) -> None:
    merchant = make_merchant(two_stage=True)

    def payment() -> float:
        began = time.process_time()
        merchant.paid(CHALLENGE)
        assert len(merchant.events()) == 4
        return time.process_time() - began

    assert min(payment() for _ in range(5)) < 0.025


# -- whatever is asked -------------------------------------------------------------------------------------------------

FINAL = {"succeeded", "failed"}


class AnyOrderOfCalls(RuleBasedStateMachine):
    """Any calls of merchant, payer, issuer and time, on one session, under random switches."""

    @initialize(
        two_stage=st.booleans(),
        auto_confirm=st.booleans(),
        ends=st.booleans(),
        hold_end=st.sampled_from(["release", "debit"]),
        unknown=st.sampled_from(["pending", "in_progress"]),
        delay=st.sampled_from([0.0, 30.0]),
    )
    def open(self, two_stage: bool, auto_confirm: bool, ends: bool, hold_end: str, unknown: str, delay: float) -> None:
        bank = SandboxBank(
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            two_stage=two_stage,
            auto_confirm=auto_confirm,
            failed_attempt_ends_session=ends,
            hold_end=hold_end,
            unknown_item_status=unknown,
            step_delay_s=delay,
            refund_delay_s=delay,
        )
        self.merchant = RawMerchant(bank)
        self.session_id = self.merchant.create()
        self.results: dict[str, str] = {}
        self.updated_at = ""

    def ask(self, method: str, **fields: Any) -> None:
        outcome = self.merchant.outcome(method, session_id=self.session_id, **fields)
        assert outcome in ("ok", "invalid_request")

    @rule(card=st.sampled_from(CARDS))
    def start(self, card: Any) -> None:
        self.ask("session/start/payment", payment_details=card_details(card.number))

    @rule(method=st.sampled_from(["confirm", "cancel", "status"]))
    def command(self, method: str) -> None:
        self.ask(f"session/{method}")

    @rule(method=st.sampled_from(["capture", "refund"]), amount=st.none() | st.integers(1, 12_000))
    def move_money(self, method: str, amount: int | None) -> None:
        total = {} if amount is None else {"amount_details": {"amount": amount, "currency": "rub"}}
        self.ask(f"session/{method}", **total)

    @rule(passes=st.booleans())
    def payer(self, passes: bool) -> None:
        bank = self.merchant.bank
        try:
            (bank.payer_pass if passes else bank.payer_fail)(self.session_id)
        except ValueError:
            assert "customer_interaction" not in str(self.merchant.status(self.session_id))

    @rule(amount=st.none() | st.integers(1, 12_000))
    def issuer(self, amount: int | None) -> None:
        with suppress(ValueError):  # more than there is
            self.merchant.bank.chargeback(self.session_id, amount)

    @rule(seconds=st.sampled_from([1, 30, 700, 4_000, 15_000, 500_000]))
    def wait(self, seconds: int) -> None:
        self.merchant.bank.advance(seconds)

    @invariant()
    def money_is_never_made(self) -> None:
        for attempt in self.merchant.bank.session(self.session_id).attempts:
            ledger = attempt.ledger
            assert 0 <= ledger.captured <= ledger.authorised <= 10_000
            assert ledger.captured + ledger.released + ledger.held == ledger.authorised
            assert 0 <= ledger.refunded + ledger.refunding <= ledger.captured
            assert (ledger.captured > 0) == (attempt.stage is Stage.SUCCEEDED)
            assert attempt.stage not in (Stage.SUCCEEDED, Stage.FAILED) or ledger.held == 0

    @invariant()
    def a_final_result_stays_and_there_is_one_success(self) -> None:
        session = self.merchant.status(self.session_id)
        payments = payments_of(session)
        for payment in payments:
            if payment["status"] in FINAL:
                assert self.results.setdefault(payment["id"], payment["status"]) == payment["status"]
            else:
                assert payment["id"] not in self.results
        assert [payment["status"] for payment in payments].count("succeeded") <= 1
        assert session["updated_at"] >= self.updated_at
        self.updated_at = session["updated_at"]

    @invariant()
    def every_webhook_is_signed_and_of_this_session(self) -> None:
        for webhook in self.merchant.webhooks():
            assert webhook["session"]["id"] == self.session_id
            if webhook["type"] == "ready_to_confirm":
                assert webhook["session"]["next_action"] == "confirm"


TestAnyOrderOfCalls = AnyOrderOfCalls.TestCase
TestAnyOrderOfCalls.settings = settings(max_examples=60, stateful_step_count=25)


@given(st.binary(max_size=200), st.sampled_from(["create", "init/payment", "refund", "status"]))
def test_any_signed_bytes_get_an_answer_of_the_bank(body: bytes, method: str) -> None:
    bank = SandboxBank()
    answer = bank.handle("POST", f"/api/v2/session/{method}", bank.sign(body), body)
    assert answer.status in (200, 400)
    assert json.loads(answer.body)["status"] == ("ok" if answer.status == 200 else "error")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = st.sampled_from(
    ["payment_details", "amount_details", "customer", "payment_options", "participant_details", "metadata", "card",
     "type", "bank_card", "number", "amount", "currency", "reference", "contacts", "return_url", "session_id"]
)  # fmt: skip
BODIES = st.recursive(JSON, lambda inner: st.dictionaries(NAMES, inner), max_leaves=15)


@given(st.dictionaries(NAMES, BODIES), st.sampled_from(["create", "init/payment", "start/payment", "capture"]))
def test_any_json_gets_an_answer_of_the_bank(body: dict[str, Any], method: str) -> None:
    assert RawMerchant(SandboxBank()).outcome(f"session/{method}", **body) in ("ok", "invalid_request")

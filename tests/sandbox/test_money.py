"""Whatever is asked of the bank in whatever order, no kopeck is made and none is lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bank131_async.sandbox import CARDS, SandboxBank
from bank131_async.sandbox.session import Stage
from tests.support.raw_merchant import RawMerchant, card, order

OPENING = 50_000


class AnyPayouts(RuleBasedStateMachine):
    """Payouts and sessions of several operations, by merchant, bank and time."""

    @initialize(mixed=st.sampled_from(["accepted", "cancelled", "error"]), delay=st.sampled_from([0.0, 30.0]))
    def open(self, mixed: str, delay: float) -> None:
        bank = SandboxBank(
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            opening_balance=OPENING,
            multi_mixed_session=mixed,
            step_delay_s=delay,
        )
        self.merchant = RawMerchant(bank)
        self.ends: dict[str, str] = {}

    def some_session(self, at: int) -> str:
        ids = list(self.merchant.bank.sessions)
        return ids[at % len(ids)] if ids else "ps_0"

    @rule(number=st.sampled_from(CARDS), amount=st.integers(1, 30_000))
    def pay_out(self, number: Any, amount: int) -> None:
        total = {"amount": amount, "currency": "rub"}
        self.merchant.call("session/init/payout", payout_details=card(number.number), amount_details=total)

    @rule(numbers=st.lists(st.sampled_from(CARDS), min_size=2, max_size=3), amount=st.integers(1, 30_000))
    def several(self, numbers: list[Any], amount: int) -> None:
        payout = {"payout_details": card(numbers[0].number), "amount_details": {"amount": amount, "currency": "rub"}}
        payments = [order(payment_details=card(item.number)) for item in numbers[1:]]
        self.merchant.call("session/multi/init", payment_list=payments, payout_list=[payout])

    @rule(method=st.sampled_from(["confirm", "cancel", "capture", "refund", "status"]), at=st.integers(0, 9))
    def command(self, method: str, at: int) -> None:
        outcome = self.merchant.outcome(f"session/{method}", session_id=self.some_session(at))
        assert outcome in ("ok", "invalid_request")

    @rule(passes=st.booleans(), at=st.integers(0, 9))
    def payer(self, passes: bool, at: int) -> None:
        with suppress(ValueError, KeyError):
            (self.merchant.bank.payer_pass if passes else self.merchant.bank.payer_fail)(self.some_session(at))

    @rule(amount=st.none() | st.integers(1, 30_000), at=st.integers(0, 9))
    def send_back(self, amount: int | None, at: int) -> None:
        with suppress(ValueError, KeyError):
            self.merchant.bank.return_payout(self.some_session(at), amount)

    @rule(result=st.sampled_from(["success", "failure"]), at=st.integers(0, 9))
    def resolve(self, result: Any, at: int) -> None:
        with suppress(ValueError, KeyError):
            self.merchant.bank.resolve_error(self.some_session(at), result)

    @rule(seconds=st.sampled_from([1, 30, 61, 700, 15_000]))
    def wait(self, seconds: int) -> None:
        self.merchant.bank.advance(seconds)

    @invariant()
    def what_left_the_account_arrived(self) -> None:
        attempts = [item for session in self.merchant.bank.sessions.values() for item in session.attempts]
        payouts = [item.ledger for item in attempts if item.kind == "payout"]
        gone = sum(ledger.captured - ledger.refunded - ledger.refunding for ledger in payouts)
        wallet = self.merchant.bank.wallet()
        assert wallet.balance == OPENING - gone
        assert wallet.balance == OPENING + sum(entry.amount for entry in wallet.entries)
        for item in attempts:
            assert (item.ledger.captured > 0) == (item.stage is Stage.SUCCEEDED)

    @invariant()
    def an_end_stays_and_the_whole_follows_its_parts(self) -> None:
        for session_id, session in self.merchant.bank.sessions.items():
            stages = {attempt.stage for attempt in session.attempts}
            for attempt in session.attempts:
                if attempt.is_final:
                    assert self.ends.setdefault(attempt.id, attempt.stage.name) == attempt.stage.name
            if stages == {Stage.SUCCEEDED}:
                assert session.status in ("accepted", "in_progress")
            if stages == {Stage.FAILED}:
                assert session.status == "cancelled"
            if not stages <= {Stage.SUCCEEDED, Stage.FAILED}:
                assert session.status in ("in_progress", "error"), session_id


TestAnyPayouts = AnyPayouts.TestCase
TestAnyPayouts.settings = settings(max_examples=50, stateful_step_count=25)

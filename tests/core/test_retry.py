"""Whether a request is repeated depends on what is known of its effect, and on whether money could move twice."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.models.codes import ERROR_CODES
from bank131_async.core.retry import (
    AskStatus,
    Decision,
    Known,
    Lost,
    NotSent,
    RateLimited,
    Refused,
    Repeat,
    RetryPolicy,
    Stop,
    backoff,
    decide,
)
from bank131_async.errors import ConfigurationError

POLICY = RetryPolicy(attempts=3, first_pause_s=1.0, longest_pause_s=10.0)
DOUBT = Refused("internal_error", 500)
REPEATED_KEY = Refused("idempotency_key_already_exists", 400)
DECLINED = Refused("bank_card_expired", 400)

TABLE: list[tuple[Known, bool, Decision]] = [
    (NotSent(), False, Repeat(1.0)),
    (NotSent(), True, Repeat(1.0)),
    (RateLimited(), False, Repeat(1.0)),
    (RateLimited(), True, Repeat(1.0)),
    (RateLimited(7.0), False, Repeat(8.0)),
    (RateLimited(7.0), True, Repeat(8.0)),
    (RateLimited(-7.0), True, Repeat(1.0)),
    (RateLimited(10.5), True, Stop()),
    (RateLimited(math.inf), True, Stop()),
    (RateLimited(math.nan), True, Stop()),
    (Lost(), False, Repeat(1.0, same_key=False)),
    (Lost(), True, AskStatus()),
    (DOUBT, False, Repeat(1.0, same_key=False)),
    (DOUBT, True, AskStatus()),
    (REPEATED_KEY, False, Repeat(1.0, same_key=False)),
    (REPEATED_KEY, True, AskStatus()),
    (Refused("brand_new_code", 503), True, AskStatus()),
    (Refused("brand_new_code", 400), True, Stop()),
    (Refused("brand_new_code"), True, Stop()),
    (DECLINED, False, Stop()),
    (DECLINED, True, Stop()),
]


@pytest.mark.parametrize(("known", "moves_money", "decision"), TABLE)
def test_the_first_attempt_is_followed_by(known: Known, moves_money: bool, decision: Decision) -> None:
    assert decide(known, attempt=1, moves_money=moves_money, jitter=0.0, policy=POLICY) == decision


@pytest.mark.parametrize("known", [NotSent(), RateLimited(), RateLimited(1.0)])
@pytest.mark.parametrize("moves_money", [False, True])
def test_attempts_are_counted(known: Known, moves_money: bool) -> None:
    def after(attempt: int) -> Decision:
        return decide(known, attempt=attempt, moves_money=moves_money, jitter=0.0, policy=POLICY)

    assert isinstance(after(2), Repeat)
    assert after(3) == Stop()


def test_a_lost_money_call_is_asked_after_however_many_attempts_there_were() -> None:
    assert decide(Lost(), attempt=99, moves_money=True, jitter=0.0, policy=POLICY) == AskStatus()


outcomes = st.one_of(
    st.just(NotSent()),
    st.just(Lost()),
    st.builds(RateLimited, st.none() | st.floats()),
    st.builds(Refused, st.sampled_from(sorted(ERROR_CODES)) | st.text(), st.none() | st.integers(200, 599)),
)


@given(outcomes, st.integers(1, 10_000), st.floats(0, 1))
def test_money_is_never_repeated_unless_the_bank_certainly_did_nothing(
    known: Known, attempt: int, jitter: float
) -> None:
    decision = decide(known, attempt=attempt, moves_money=True, jitter=jitter)
    if isinstance(decision, Repeat):
        assert isinstance(known, NotSent | RateLimited)
        assert decision.same_key


def test_pauses_double_up_to_a_limit() -> None:
    assert [backoff(attempt, 0.0, POLICY) for attempt in (1, 2, 3, 4, 5, 6, 10_000)] == [1, 2, 4, 8, 10, 10, 10]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_jitter_only_shortens_a_pause_and_by_a_half_at_most(attempt: int, jitter: float) -> None:
    whole = backoff(attempt, 0.0, POLICY)
    assert whole / 2 <= backoff(attempt, jitter, POLICY) <= whole


@given(st.floats(0, 10), st.floats(0, 1))
def test_nobody_comes_back_before_the_bank_said(retry_after: float, jitter: float) -> None:
    decision = decide(RateLimited(retry_after), attempt=1, moves_money=True, jitter=jitter, policy=POLICY)
    assert isinstance(decision, Repeat)
    assert decision.after_s >= retry_after


@pytest.mark.parametrize("setting", ["attempts", "first_pause_s", "longest_pause_s"])
@pytest.mark.parametrize("value", [-1, math.nan])
def test_a_negative_setting_is_refused_by_name(setting: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"retry.{setting}: expected"):
        RetryPolicy(**{setting: value})  # type: ignore[arg-type]

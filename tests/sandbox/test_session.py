"""The bank's own state model."""

from __future__ import annotations

import pytest

from bank131_async.sandbox.session import _MOVES, Stage, StageError
from tests.support.raw_merchant import RawMerchant


def test_every_stage_can_be_reached_and_only_the_two_results_are_final() -> None:
    assert set(_MOVES) == set(Stage)
    assert set().union(*_MOVES.values()) | {Stage.PREPARING} == set(Stage)
    assert {stage for stage, targets in _MOVES.items() if not targets} == {Stage.SUCCEEDED, Stage.FAILED}


def test_a_move_that_the_model_does_not_know_is_an_error_of_the_sandbox(merchant: RawMerchant) -> None:
    attempt = merchant.bank.session(merchant.paid()).attempts[0]

    for stage in Stage:
        with pytest.raises(StageError):
            attempt.move(stage)

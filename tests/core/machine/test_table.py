"""The table: total, well-formed, and the same as what the fold does, in every cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bank131_async.core.machine import (
    TABLE,
    Answered,
    Ask,
    Command,
    Conflict,
    Entry,
    Illegal,
    Lost,
    Move,
    NewsKind,
    Opened,
    Phase,
    Resolved,
    Stale,
    Stay,
    TokenGiven,
    markdown,
    mermaid,
)
from bank131_async.core.machine.table import NEWS_OF_COMMAND
from tests.support.journals import OPENED, Stream, hook, item, redirect, refund, session, told

_LIVE, _FAILED = item("in_progress"), item("failed", error={"code": "provider_timeout"})
_DECLINED = item("failed", error={"code": "bank_card_expired"})
_ACTION = item(customer_interaction=redirect())

#: A stream that stands in the phase, shown by a status answer at t=10; without items where the phase allows it.
_STANDS: dict[Phase, dict[str, object]] = {
    Phase.CREATED: session("created", t=10),
    Phase.IN_PROGRESS: session("in_progress", t=10),
    Phase.READY_TO_CONFIRM: session("in_progress", t=10, next_action="confirm"),
    Phase.ACTION_REQUIRED: session("in_progress", _ACTION, t=10),
    Phase.READY_TO_CAPTURE: session("in_progress", t=10, next_action="capture"),
    Phase.OUTCOME_UNKNOWN: session("error", t=10),
    Phase.PAYMENT_FINISHED: session("accepted", item("succeeded"), t=10),
}
_MISFIT = hook("payment_finished", session("created", t=50))

#: News of each kind, made for a stream.
_NEWS: dict[NewsKind, Callable[[Stream], Entry]] = {
    NewsKind.CREATED: lambda stream: told(session("created", t=50), stream.version),
    NewsKind.PROCESSING: lambda stream: told(session("in_progress", _LIVE, t=50), stream.version),
    NewsKind.CONFIRM_ASKED: lambda _: hook(
        "ready_to_confirm", session("in_progress", item(), t=50, next_action="confirm")
    ),
    NewsKind.ACTION_ASKED: lambda _: hook("action_required", session("in_progress", _ACTION, t=50)),
    NewsKind.HELD: lambda _: hook("ready_to_capture", session("in_progress", item(), t=50)),
    NewsKind.ATTEMPT_FAILED: lambda stream: told(session("in_progress", _DECLINED, t=50), stream.version),
    NewsKind.UNKNOWN: lambda _: hook("payment_finished", session("error", _FAILED, t=50)),
    NewsKind.SUCCEEDED: lambda _: hook("payment_finished", session("accepted", item("succeeded"), t=50)),
    NewsKind.FAILED: lambda _: hook(
        "payment_finished", session("cancelled", item("failed", "pm_1", error={"code": "x"}))
    ),
    NewsKind.CANCELLED: lambda stream: told(session("cancelled", t=50), stream.version),
    NewsKind.REFUND: lambda _: hook(
        "payment_refunded", session("accepted", item("succeeded", refunds=[refund("rf_1")]), t=50)
    ),
    NewsKind.STALE: lambda _: hook("transaction_registration", session("in_progress", t=1)),
    NewsKind.UNSETTLED: lambda stream: hook("ready_to_confirm", _other(stream)),
    NewsKind.DISAGREEING: lambda _: _MISFIT,
    NewsKind.CONTRADICTING: lambda _: hook("x", session("in_progress", item(), item("pending", "pm_2"), t=50)),
    NewsKind.NOTED: lambda _: TokenGiven(widget="acquiring"),
    NewsKind.ATTACHED: lambda _: Opened(origin="attach"),
    NewsKind.REPLIED: lambda _: Answered(intent="i0"),
}
#: Cells that no journal can bring about; the table is total all the same.
_UNREACHABLE = {
    # an attempt that was seen cannot be unmade, and the payer is asked for nothing without one
    (Phase.ACTION_REQUIRED, NewsKind.CREATED),
    # at the end no snapshot has to be put in order any more
    (Phase.PAYMENT_FINISHED, NewsKind.UNSETTLED),
    # a failure of the attempt that had succeeded is a contradiction
    (Phase.PAYMENT_FINISHED, NewsKind.ATTEMPT_FAILED),
    (Phase.PAYMENT_FINISHED, NewsKind.FAILED),
}


def _other(stream: Stream) -> dict[str, object]:
    """A snapshot as old as the one known, saying something else."""
    if stream.facts.phase is Phase.READY_TO_CONFIRM:
        return session("in_progress", item("in_progress"), t=10)
    return session("in_progress", item(), t=10, next_action="confirm")


def _stream(phase: Phase, *, opened: bool = True) -> Stream:
    stream = Stream(*([OPENED] if opened else []))
    stream.status(_STANDS[phase])
    assert stream.facts.phase is phase
    return stream


def test_every_cell_has_a_verdict() -> None:
    assert set(TABLE) == {(phase, kind) for phase in Phase for kind in NewsKind}


_CELLS = [(phase, kind) for phase in Phase for kind in _NEWS if (phase, kind) not in _UNREACHABLE]


@pytest.mark.parametrize(("phase", "kind"), _CELLS, ids=lambda one: str(one))
def test_the_fold_does_what_the_cell_says(phase: Phase, kind: NewsKind) -> None:
    stream = _stream(phase, opened=kind is not NewsKind.ATTACHED)
    step = stream.add(_NEWS[kind](stream))
    verdict = TABLE[phase, kind]
    assert type(step.verdict) is type(verdict)
    after = step.facts
    match verdict:
        case Move(target):
            assert step.verdict == verdict
            assert after.phase is target
        case Stay() | Stale():
            assert after.phase is phase
        case Ask():
            assert after.question_open
            assert after.phase is (phase if phase.is_final else Phase.IN_PROGRESS)
        case _:
            assert isinstance(verdict, Conflict)
            assert after.conflict is not None


@pytest.mark.parametrize("phase", Phase)
def test_the_same_bytes_again_change_nothing(phase: Phase) -> None:
    stream = _stream(phase)
    again = hook("nominal_topup", session("in_progress", t=1))
    before = stream.add(again).facts
    step = stream.add(again)
    assert step.verdict == TABLE[phase, NewsKind.REPEATED] == Stay()
    assert step.facts.same_facts(before)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("command", Command)
def test_a_command_is_judged_as_its_cell_says_where_a_status_answer_has_shown_the_phase(
    phase: Phase, command: Command
) -> None:
    stream = _stream(phase, opened=command is not Command.init)
    verdict = stream.wish(command)
    expected = TABLE[phase, NEWS_OF_COMMAND[command]]
    assert type(verdict) is type(expected)
    assert isinstance(expected, Stay | Illegal)


def test_only_commands_are_ever_illegal() -> None:
    illegal = {kind for (_, kind), verdict in TABLE.items() if isinstance(verdict, Illegal)}
    assert illegal <= set(NEWS_OF_COMMAND.values())


# the five properties of a well-formed machine


def _moves() -> dict[Phase, set[Phase]]:
    moves: dict[Phase, set[Phase]] = {phase: set() for phase in Phase}
    for (phase, _), verdict in TABLE.items():
        if isinstance(verdict, Move):
            moves[phase].add(verdict.target)
        if isinstance(verdict, Ask) and not phase.is_final:
            moves[phase].add(Phase.IN_PROGRESS)
    return moves


def _reached(start: Phase) -> set[Phase]:
    seen, ahead = {start}, [start]
    while ahead:
        fresh = _moves()[ahead.pop()] - seen
        seen |= fresh
        ahead += fresh
    return seen


def test_there_is_one_initial_phase() -> None:
    assert Stream().facts.phase is Phase.CREATED
    assert Stream(OPENED).facts.phase is Phase.CREATED


def test_no_final_phase_has_an_exit() -> None:
    assert [phase for phase in Phase if phase.is_final] == [Phase.PAYMENT_FINISHED]
    assert _moves()[Phase.PAYMENT_FINISHED] == set()


def test_no_open_phase_is_a_trap() -> None:
    assert all(moves - {phase} for phase, moves in _moves().items() if not phase.is_final)


def test_every_phase_is_reachable() -> None:
    assert _reached(Phase.CREATED) == set(Phase)


def test_the_end_is_reachable_from_everywhere() -> None:
    assert all(Phase.PAYMENT_FINISHED in _reached(phase) for phase in Phase)


# what is made from the table


def test_the_documentation_shows_the_picture_and_the_table_as_they_are(repository: Path) -> None:
    page = (repository / "docs" / "state-machine.md").read_text()
    assert f"```mermaid\n{mermaid()}```" in page
    assert f"<!-- generated: table -->\n{markdown()}<!-- end -->" in page


def test_the_picture_shows_every_phase_and_every_kind_of_news_that_moves_one() -> None:
    moving = {kind for (_, kind), verdict in TABLE.items() if isinstance(verdict, Move)}
    assert all(phase.value in mermaid() for phase in Phase)
    assert all(kind.value in mermaid() for kind in moving)


def test_a_move_that_only_some_phases_make_is_drawn_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {**TABLE, (Phase.CREATED, NewsKind.HELD): Stay()}
    monkeypatch.setattr("bank131_async.core.machine.diagram.TABLE", changed)
    assert "in_progress --> ready_to_capture: held" in mermaid()
    assert "created --> ready_to_capture" not in mermaid()


def test_lost_and_resolved_ask_or_not_as_they_may_have_moved_the_payment() -> None:
    stream = _stream(Phase.READY_TO_CONFIRM)
    stream.intend(Command.confirm)
    assert stream.add(Lost(intent="i1", reason="refused connection", not_sent=True)).verdict == Stay()
    assert stream.add(Lost(intent="i1", reason="timeout")).verdict == Ask()
    assert stream.add(Resolved(intent="i1", how="not_done", by="person")).verdict == Stay()
    assert stream.add(Resolved(intent="i1", how="done", by="person")).verdict == Ask()

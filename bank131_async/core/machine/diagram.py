"""The machine's picture and table, made from ``TABLE``. The documentation holds both; a test compares."""

from __future__ import annotations

from bank131_async.core.machine.phases import Phase
from bank131_async.core.machine.table import (
    NEWS_OF_COMMAND,
    TABLE,
    Ask,
    Conflict,
    Illegal,
    Move,
    NewsKind,
    Stale,
    Stay,
    Verdict,
)


def mermaid() -> str:
    """A Mermaid state diagram.

    News that takes every open phase to one and the same target is drawn once, through a node for the news; any other
    move would be drawn by itself.
    """
    open_phases = [phase for phase in Phase if not phase.is_final]
    lines = ["stateDiagram-v2", "    state news <<choice>>", f"    [*] --> {Phase.CREATED.value}"]
    lines += [f"    {phase.value} --> news" for phase in open_phases]
    shared: dict[Phase, list[str]] = {}
    single: list[str] = []
    for kind in NewsKind:
        targets = {_after(phase, kind) for phase in open_phases if _after(phase, kind) is not phase}
        target = targets.pop() if len(targets) == 1 else None
        if target is not None and all(_after(phase, kind) is target for phase in open_phases):
            shared.setdefault(target, []).append(kind.value)
        else:
            moves = [(phase, _after(phase, kind)) for phase in open_phases]
            single += [f"    {phase.value} --> {to.value}: {kind.value}" for phase, to in moves if phase is not to]
    lines += [f"    news --> {target.value}: {', '.join(shared[target])}" for target in Phase if target in shared]
    return "\n".join([*lines, *single, f"    {Phase.PAYMENT_FINISHED.value} --> [*]"]) + "\n"


def _after(phase: Phase, kind: NewsKind) -> Phase:
    """The phase after the news; while a question is open an open payment reads ``in_progress``."""
    match TABLE[phase, kind]:
        case Move(target):
            return target
        case Ask() if not phase.is_final:
            return Phase.IN_PROGRESS
        case _:
            return phase


def markdown() -> str:
    """The whole table: a row per kind of news, a column per phase."""
    phases = list(Phase)
    lines = [
        "| news | " + " | ".join(f"`{phase.value}`" for phase in phases) + " |",
        "| --- |" + " --- |" * len(phases),
    ]
    lines += [
        f"| {_title(kind)} | " + " | ".join(_word(TABLE[phase, kind]) for phase in phases) + " |" for kind in NewsKind
    ]
    return "\n".join(lines) + "\n"


def _title(kind: NewsKind) -> str:
    return f"command `{kind.value}`" if kind in NEWS_OF_COMMAND.values() else kind.value


def _word(verdict: Verdict) -> str:
    match verdict:
        case Move(target):
            return f"→ `{target.value}`"
        case Stay():
            return "stay"
        case Stale():
            return "stale"
        case Ask():
            return "ask"
        case Conflict():
            return "**conflict**"
        case Illegal():
            return "illegal"

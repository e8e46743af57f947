"""Mutations of the SDK, each in one place, with the lives in which it should show. The simulation has to find them all.

Every mutation is a mistake that somebody could make: the text says which rule of the design it breaks.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import attrs

from bank131_async.core.machine import (
    Append,
    Cancelled,
    Command,
    Intended,
    Phase,
    Resolved,
    SendFresh,
    StoredEntry,
    apply,
    observations,
    planner,
    standing,
)
from bank131_async.core.machine import intents as intents_of_machine
from bank131_async.core.machine.intents import witnessed as real_witnessed
from bank131_async.core.machine.parts import Reading
from bank131_async.core.models.codes import facts_of
from bank131_async.flow import commands, sender
from bank131_async.flow.inbox import Inbox
from bank131_async.flow.recorder import Recorder
from tests.simulation.life import Result
from tests.simulation.plan import PLAIN_WEIGHTS, Plan, Refunding, Weights, draw
from tests.support.merchant import DECLINED, PLAIN

settling = sys.modules["bank131_async.core.machine.settle"]
_TWICE = (Refunding("r0", 1000, 0.0), Refunding("r1", 1000, 0.0))
_PAID = {"cards": (PLAIN,), "consents": (True,) * 6, "take": 15000, "amount": 15000, "starts": True}
_REFUNDS = {**_PAID, "refunds": _TWICE}
_REQUESTS = {"request": 1.0, "webhook": 0.2, "computer": 0.0, "window": 0.2, "bank": 0.0, "sleep": 0.0}


@attrs.frozen
class Mutation:
    """``put_in`` changes the SDK while its context lasts; ``weights`` are the lives to look in, ``seeds`` how many."""

    name: str
    breaks: str
    put_in: Callable[[], Any]
    weights: Weights = PLAIN_WEIGHTS
    seeds: int = 60
    first: int = 0

    def hunt(self, run: Callable[[Plan], Result]) -> Result | None:
        """The first life in which it shows."""
        for seed in range(self.first, self.first + self.seeds):
            with self.put_in():
                result = run(draw(seed, self.weights))
            if result.violations:
                return result
        return None


@contextmanager
def swapped(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Other attributes for a while."""
    with ExitStack() as undo:
        for owner, name, value in changes:
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)
        yield


def send_before_append() -> Any:
    real = Recorder.write

    async def write(self: Recorder, record: Any, *entries: Any, compare: bool = False, **more: Any) -> None:
        if not (compare and isinstance(entries[-1], Intended) and entries[-1].command is not Command.init):
            await real(self, record, *entries, compare=compare, **more)
            return
        after = record.facts
        for entry in entries:
            after = apply(after, StoredEntry(after.version + 1, self.now(), entry), self._machine)
        record.facts = after

        async def behind() -> None:
            await asyncio.sleep(0.3)
            await self.journal.append(record.session_id, entries)

        _KEPT.append(asyncio.create_task(behind()))

    return swapped((Recorder, "write", write))


_KEPT: list[Any] = []


def another_body_under_the_same_key() -> Any:
    real = sender.Sender.body_of

    def body_of(self: Any, record: Any, intent: Any) -> Any:
        body = real(self, record, intent)
        return b" " + body if body is not None and intent.losses else body

    return swapped((sender.Sender, "body_of", body_of))


def fresh_key_after_absence() -> Any:
    real = settling._settle_guarded

    def settle_guarded(intent: Any, now: Any, settings: Any, holds: Any) -> Any:
        order = real(intent, now, settings, holds)
        has_bytes = intent.body is not None or intent.id in holds
        return SendFresh(intent.id) if intent.silent_statuses and has_bytes else order

    return swapped((settling, "_settle_guarded", settle_guarded))


def absence_taken_for_failure() -> Any:
    real = settling._settle_additive

    def settle_additive(intent: Any, *rest: Any) -> Any:
        if intent.silent_statuses:
            return Append(Resolved(intent=intent.id, how="not_done", by="evidence"))
        return real(intent, *rest)

    return swapped((settling, "_settle_additive", settle_additive))


def evidence_asked_before_the_intent() -> Any:
    def witnessed(intents: Any, sighting: Any, asked: int, is_fresh: bool, at: Any) -> Any:
        del asked
        return real_witnessed(intents, sighting, 1_000_000, is_fresh, at)

    return swapped((observations, "witnessed", witnessed))


def equal_refunds_are_one() -> Any:
    real = commands._earlier

    def earlier(record: Any, decision: Any, *rest: Any) -> Any:
        if decision.command is Command.refund:
            for intent in record.facts.intents:
                if intent.command is Command.refund and intent.amount == decision.amount and intent.has_taken_effect:
                    return intent
        return real(record, decision, *rest)

    return swapped((commands, "_earlier", earlier))


def a_refund_by_hand_is_ours() -> Any:
    return swapped((intents_of_machine, "echoes_tags", lambda *_: False))


def rank_instead_of_asking() -> Any:
    ranks = [
        Phase.CREATED, Phase.IN_PROGRESS, Phase.READY_TO_CONFIRM, Phase.ACTION_REQUIRED, Phase.READY_TO_CAPTURE,
        Phase.OUTCOME_UNKNOWN, Phase.PAYMENT_FINISHED,
    ]  # fmt: skip

    def stand(draft: Any, sighting: Any, entry: Any, updated: Any) -> None:
        news = Reading(
            draft.version, entry.source != "webhook", updated, sighting.phase, sighting.attempt, sighting.interaction,
            sighting.silent,
        )  # fmt: skip
        known = draft.readings
        if not known or ranks.index(news.phase) >= ranks.index(known[0].phase):
            draft.readings = (news,)
        draft.answered_to = draft.version

    return swapped((observations, "_stand", stand), (observations, "is_newer", lambda *_: False))


def silence_retracts_a_hint() -> Any:
    return swapped((standing, "_hold_stands", lambda *_: False))


def acknowledged_before_the_append() -> Any:
    real = Inbox.accept

    async def accept(self: Inbox, event: Any) -> None:
        _KEPT.append(asyncio.create_task(real(self, event)))

    return swapped((Inbox, "accept", accept))


def known_by_its_type() -> Any:
    real = Inbox.accept

    async def accept(self: Any, event: Any) -> None:
        known = self.__dict__.setdefault("known_types", set())
        if (event.session_id, str(event.type)) not in known:
            await real(self, event)
            known.add((event.session_id, str(event.type)))

    return swapped((Inbox, "accept", accept))


def two_open_intents() -> Any:
    return swapped((planner, "_why_busy", lambda *_: None))


def no_compare_and_set() -> Any:
    real = Recorder.write

    async def write(self: Recorder, record: Any, *entries: Any, compare: bool = False, **more: Any) -> None:
        is_command = isinstance(entries[-1], Intended)
        await real(self, record, *entries, compare=compare and not is_command, **more)

    return swapped((Recorder, "write", write))


def no_fence() -> Any:
    async def fence(*_: Any) -> None:
        return None

    return swapped((sender.Sender, "_fence", fence))


def confirm_of_another_attempt() -> Any:
    real = commands._earlier

    def earlier(record: Any, decision: Any, *rest: Any) -> Any:
        if decision.command is Command.confirm:
            for intent in record.facts.intents:
                if intent.command is Command.confirm and intent.has_taken_effect:
                    return intent
        return real(record, decision, *rest)

    return swapped((commands, "_earlier", earlier))


def an_answered_cancel_is_the_end() -> Any:
    real = standing.outcome_of

    def outcome_of(items: Any, intents: Any, *rest: Any) -> Any:
        if any(one.command is Command.cancel and one.state == "answered" for one in intents):
            return Cancelled("merchant")
        return real(items, intents, *rest)

    return swapped((standing, "outcome_of", outcome_of))


def a_failure_of_the_bank_is_a_refusal() -> Any:
    return swapped((sender, "facts_of", lambda code, status=None: facts_of(code, status)._replace(in_doubt=False)))


def order_is_not_claimed() -> Any:
    real = Recorder.index_of

    def index_of(self: Any, *rest: Any, **more: Any) -> Any:
        return attrs.evolve(real(self, *rest, **more), order=None)

    return swapped((Recorder, "index_of", index_of))


def the_last_list_replaces_what_was_known() -> Any:
    return swapped((observations, "joined_attempts", lambda _known, news: news))


def a_lost_refund_is_sent_again_as_new() -> Any:
    real = settling._settle_additive

    def settle_additive(intent: Any, now: Any, settings: Any, holds: Any) -> Any:
        order = real(intent, now, settings, holds)
        return SendFresh(intent.id) if intent.key_used and intent.silent_statuses else order

    return swapped((settling, "_settle_additive", settle_additive))


def _only(*methods: str, faults: tuple[str, ...], **more: Any) -> Weights:
    return Weights(faults=(4, 8), kinds=_REQUESTS, requests=faults, methods=methods, **more)


_EARLY = Weights(
    faults=(14, 18), kinds=_REQUESTS, requests=("slow answer", "late", "slow answer"), methods=("status", "confirm"),
    switches={"updated_at": "missing", "step_delay_s": 5.0, "auto_confirm": False, "show_actions": False},
    story={**_PAID, "drivers": ("web",)},
)  # fmt: skip
_TWO_ATTEMPTS = {**_PAID, "cards": (DECLINED, PLAIN)}
_LEFT_OPEN = {"failed_attempt_ends_session": False, "declined_session": "cancelled", "auto_confirm": False}

MUTATIONS = (
    Mutation("send before append", "an intent is in the journal before a byte leaves", send_before_append),
    Mutation(
        "another body", "the same bytes under the same key", another_body_under_the_same_key,
        _only("confirm", "capture", "refund", faults=("reset before",)),
    ),
    Mutation(
        "fresh key after absence", "absence of an effect is never proof", fresh_key_after_absence,
        _only("confirm", "capture", faults=("reset before", "late")),
    ),
    Mutation(
        "absence is failure", "absence of an effect is never proof", absence_taken_for_failure,
        _only("refund", faults=("late",), story=_REFUNDS),
    ),
    Mutation(
        "early evidence", "only a status asked after the intent is evidence", evidence_asked_before_the_intent,
        _EARLY, 150,
    ),
    Mutation(
        "equal refunds are one", "each call, and each name, is a decision", equal_refunds_are_one,
        Weights(story=_REFUNDS),
    ),
    Mutation(
        "a refund by hand is ours", "a refund of ours carries our tag where tags are shown", a_refund_by_hand_is_ours,
        Weights(
            faults=(10, 14),
            kinds={"request": 4, "bank": 4, "webhook": 0, "computer": 0, "window": 0, "sleep": 0},
            requests=("reset before", "late", "burnt"),
            methods=("refund",),
            story=_REFUNDS,
            switches={"refund_metadata_echoed": True},
        ),
        150,
    ),
    Mutation("rank", "a contradiction is never settled by rank", rank_instead_of_asking),
    Mutation(
        "silence retracts a hint", "a hold known by its type survives a silent answer", silence_retracts_a_hint,
        Weights(
            story=_PAID,
            switches={
                "two_stage": True, "next_action_in_ready_to_capture": False, "next_action_in_held_status": False,
            },
        ),
    ),
    Mutation("early acknowledgement", "200 only after the append", acknowledged_before_the_append),
    Mutation("known by its type", "the identity of an event is the digest of its bytes", known_by_its_type),
    Mutation("two open intents", "one open intent per session", two_open_intents, Weights(story=_REFUNDS)),
    Mutation(
        "no compare-and-set", "of many processes one wins the right to send", no_compare_and_set,
        Weights(story={**_REFUNDS, "drivers": ("web", "work")}),
    ),
    Mutation(
        "no fence", "a process that was paused reads the journal again", no_fence,
        Weights(
            faults=(6, 8),
            kinds={"computer": 5, "request": 0, "webhook": 0, "window": 0, "bank": 0, "sleep": 0},
            story={**_REFUNDS, "drivers": ("work",)},
        ),
        200,
        first=375,
    ),
    Mutation(
        "confirm of another attempt", "a command belongs to an attempt", confirm_of_another_attempt,
        Weights(story={**_TWO_ATTEMPTS, "drivers": ("web",)}, switches=_LEFT_OPEN),
    ),
    Mutation(
        "an answered cancel is the end", "the answer to cancel is not the end", an_answered_cancel_is_the_end,
        Weights(
            story={**_PAID, "consents": (False,) * 6}, switches={"step_delay_s": 5.0, "auto_confirm": False}
        ),
    ),
    Mutation(
        "a failure is a refusal", "internal_error leaves the effect in doubt", a_failure_of_the_bank_is_a_refusal,
        _only("refund", faults=("doubted",), story=_REFUNDS),
    ),
    Mutation(
        "order is not claimed", "the caller's own name is unique in the store", order_is_not_claimed,
        Weights(
            faults=(6, 9),
            kinds={"computer": 5, "request": 0, "webhook": 0, "window": 2, "bank": 0, "sleep": 0},
            story={**_PAID, "comes_back": True},
        ),
        150,
    ),
    Mutation(
        "the last list replaces", "what only grows is a union", the_last_list_replaces_what_was_known,
        Weights(kinds={"webhook": 8}),
        150,
    ),
    Mutation(
        "a lost refund is sent anew", "an additive command never gets a fresh key", a_lost_refund_is_sent_again_as_new,
        _only("refund", faults=("late", "reset before", "burnt"), story=_REFUNDS),
    ),
)  # fmt: skip

"""Reconciles the merchant's decisions, its journal and the bank's ledger when all has come to rest."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import attrs

from bank131_async.core.machine import Facts, Lost, Observed, Resolved, StoredEntry, fold
from bank131_async.stores import StreamState
from tests.crashes.decisions import Decision, decision
from tests.crashes.merchant import SETTINGS
from tests.crashes.town import Town

#: What the bank must not have accepted twice in one session.
_ONCE = ("session/start/payment", "session/start/payout", "session/confirm", "session/capture")


@attrs.define
class Verdict:
    """``faults`` is what is wrong; the rest tells what the run was like."""

    faults: list[str] = attrs.Factory(list)
    counts: Counter[str] = attrs.Factory(Counter)


async def judge(town: Town) -> Verdict:
    """Look at everything."""
    verdict = Verdict()
    journal = town.store.journal(town.bank.project_id)
    started: Counter[str] = Counter()
    started_sessions: list[str] = []
    for state in (StreamState.unfinished, StreamState.in_doubt, StreamState.needs_person, StreamState.unhandled):
        verdict.faults += [f"{one.stream} is {state}" for one in await journal.streams(state)]
    for session in await town.bank.sessions():
        entries = await journal.load(session["id"])
        facts = fold(entries, SETTINGS.machine)
        verdict.counts["sessions"] += 1
        verdict.counts["commands left behind"] += sum(
            isinstance(one.entry, Lost) and one.entry.reason == "no reply was recorded" for one in entries
        )
        verdict.counts["commands settled by evidence"] += sum(isinstance(one.entry, Resolved) for one in entries)
        _check_webhooks(session, entries, verdict)
        if session["operations"]:
            started[str(facts.order)] += 1
            started_sessions.append(session["id"])
            _check_session(session, facts, verdict)
    unhandled = set(started_sessions) - set(town.diary.read_text().split())
    verdict.faults += [f"{name}: the handler has never heard of its end" for name in unhandled]
    verdict.faults += town.nursery.complaints
    verdict.counts["orders"] = len(town.orders)
    if started != Counter(town.orders):
        verdict.faults.append(f"started otherwise than decided: {started - Counter(town.orders)}")
        verdict.faults.append(f"never started: {Counter(town.orders) - started}")
    return verdict


def _check_session(session: dict[str, Any], facts: Facts, verdict: Verdict) -> None:
    name, wanted = session["id"], decision(str(facts.order))
    accepted = Counter(
        one["path"].split("/api/v1/")[-1].split("/api/v2/")[-1]
        for one in session["timeline"]
        if one["kind"] == "request" and isinstance(one["answer"], dict) and one["answer"].get("status") == "ok"
    )
    verdict.counts.update({path: count for path, count in accepted.items() if path != "session/status"})
    verdict.faults += [f"{name}: {path} took effect {accepted[path]} times" for path in _ONCE if accepted[path] > 1]
    if len(session["operations"]) != 1:
        verdict.faults.append(f"{name}: {len(session['operations'])} operations")
    _check_ledger(session, wanted, verdict)
    if not facts.has_succeeded or facts.open_intent is not None or facts.conflict is not None:
        verdict.faults.append(f"{name}: succeeded at the bank, and the flow is in {facts.phase.value}")
    shown = {one["id"]: one["status"] for one in _refunds(session)}
    if shown != {one.id: str(one.status) for one in facts.refunds}:
        verdict.faults.append(f"{name}: refunds {shown} at the bank, {facts.refunds} in the journal")


def _check_ledger(session: dict[str, Any], wanted: Decision, verdict: Verdict) -> None:
    name, (operation, *_) = session["id"], session["operations"]
    ledger = operation["ledger"]
    if operation["kind"] != wanted.kind or operation["stage"] != "succeeded" or ledger["held"]:
        verdict.faults.append(f"{name}: a {operation['kind']} that {operation['stage']}, {ledger}")
    decided = wanted.amount if wanted.kind == "payout" else wanted.take
    if wanted.kind == "payment" and ledger["captured"] != decided:
        verdict.faults.append(f"{name}: {ledger['captured']} captured, {decided} decided")
    if operation["amount_details"]["amount"] != wanted.amount:
        verdict.faults.append(f"{name}: {operation['amount_details']}, {wanted.amount} decided")
    made = Counter(one["amount_details"]["amount"] for one in _refunds(session))
    if made != Counter(amount for _, amount in wanted.refunds):
        verdict.faults.append(f"{name}: refunds {made}, decided {wanted.refunds}")
    if ledger["refunded"] != sum(amount for _, amount in wanted.refunds) or ledger["refunding"]:
        verdict.faults.append(f"{name}: {ledger['refunded']} refunded, decided {wanted.refunds}")


def _check_webhooks(session: dict[str, Any], entries: tuple[StoredEntry, ...] | Any, verdict: Verdict) -> None:
    """What was answered with 200 is in the journal, and all was answered so in the end."""
    held = [json.loads(one.entry.body) for one in entries if isinstance(one.entry, Observed) and one.entry.digest]
    for one in session["timeline"]:
        if one["kind"] != "webhook":
            continue
        statuses = Counter(sending["status"] for sending in one["deliveries"])
        verdict.counts["webhooks"] += 1
        verdict.counts["webhooks sent again"] += max(0, len(one["deliveries"]) - 1)
        verdict.counts["webhooks answered 503"] += statuses[503]
        if statuses[200] and one["body"] not in held:
            verdict.faults.append(f"{session['id']}: {one['type']} was acknowledged and is not in the journal")
        if not statuses[200]:
            verdict.faults.append(f"{session['id']}: {one['type']} was never acknowledged: {statuses}")


def _refunds(session: dict[str, Any]) -> list[dict[str, Any]]:
    shown = session["session"]
    items = [*shown.get("payment_list", ()), *shown.get("payout_list", ())]
    return [refund for item in items for refund in item.get("refunds", ())]

"""Payments as flows: awaited, driven by webhooks and polls, commanded without ever doing anything twice.

The pure core decides (``core.machine``); here is what carries the decisions out.
"""

from __future__ import annotations

from bank131_async.flow.audit import Audit, Counts, FlowSummary
from bank131_async.flow.client import Bank131Client
from bank131_async.flow.clock import Clock, LoopClock, SystemClock
from bank131_async.flow.flow import AnyFlow, Flow
from bank131_async.flow.health import Health
from bank131_async.flow.multi import MultiFlow
from bank131_async.flow.multi_sessions import MultiSessions
from bank131_async.flow.payment import PaymentFlow
from bank131_async.flow.payments import Payments
from bank131_async.flow.payout import PayoutFlow
from bank131_async.flow.payouts import Payouts
from bank131_async.flow.policy import Cancel, Capture, Confirm, Later, Policy
from bank131_async.flow.reconcile import Reconciled
from bank131_async.flow.refund import RefundFlow
from bank131_async.flow.settings import FlowSettings, PollSchedule
from bank131_async.flow.timeline import Timeline, TimelineEntry

__all__ = [
    "AnyFlow",
    "Audit",
    "Bank131Client",
    "Cancel",
    "Capture",
    "Clock",
    "Confirm",
    "Counts",
    "Flow",
    "FlowSettings",
    "FlowSummary",
    "Health",
    "Later",
    "LoopClock",
    "MultiFlow",
    "MultiSessions",
    "PaymentFlow",
    "Payments",
    "PayoutFlow",
    "Payouts",
    "Policy",
    "PollSchedule",
    "Reconciled",
    "RefundFlow",
    "SystemClock",
    "Timeline",
    "TimelineEntry",
]

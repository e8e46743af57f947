"""Payments as flows: awaited, driven by webhooks and polls, commanded without ever doing anything twice.

The pure core decides (``core.machine``); here is what carries the decisions out.
"""

from __future__ import annotations

from bank131_async.flow.client import Bank131Client
from bank131_async.flow.clock import Clock, LoopClock, SystemClock
from bank131_async.flow.payment import PaymentFlow
from bank131_async.flow.payments import Payments
from bank131_async.flow.policy import Cancel, Capture, Confirm, Later, Policy
from bank131_async.flow.refund import RefundFlow
from bank131_async.flow.settings import FlowSettings, PollSchedule

__all__ = [
    "Bank131Client",
    "Cancel",
    "Capture",
    "Clock",
    "Confirm",
    "FlowSettings",
    "Later",
    "LoopClock",
    "PaymentFlow",
    "Payments",
    "Policy",
    "PollSchedule",
    "RefundFlow",
    "SystemClock",
]

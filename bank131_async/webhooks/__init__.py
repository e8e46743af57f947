"""Webhooks, whatever the web framework: a receiver that verifies, records and answers, and a router of handlers."""

from __future__ import annotations

from bank131_async.webhooks.receiver import Reply, Responder, WebhookReceiver, WebhookSink
from bank131_async.webhooks.router import Dispatched, Handler, Router

__all__ = ["Dispatched", "Handler", "Reply", "Responder", "Router", "WebhookReceiver", "WebhookSink"]

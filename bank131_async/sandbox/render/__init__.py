"""What the bank writes: sessions, payments, payouts and refunds as JSON (reference: objects)."""

from __future__ import annotations

from bank131_async.sandbox.render.items import interaction
from bank131_async.sandbox.render.json import dumps, render_amount, wire_time
from bank131_async.sandbox.render.session import confirm_information, render_session

__all__ = ["confirm_information", "dumps", "interaction", "render_amount", "render_session", "wire_time"]

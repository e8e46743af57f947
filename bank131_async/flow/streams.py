"""Names of the journal's streams that are not sessions. The bank's session ids never begin with ``@``."""

from __future__ import annotations

INBOX = "@inbox"
"""Webhooks without a session, and notes of those that could not be read."""

INIT = "@init:"
"""Beginning of the stream of a ``session/init``; the intent's id follows."""


def init_stream(intent_id: str) -> str:
    """The stream of an init: its name is the id of the first intent, which those of later tries begin with."""
    return INIT + intent_id.partition(".")[0]


def is_session(stream: str) -> bool:
    """Whether the stream is a session's."""
    return not stream.startswith("@")

"""The envelopes: what the bank answers, and what it sends as a webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bank131_async.core.models._base import SECRET, Model
from bank131_async.core.models.enums import ResponseStatus, WebhookType

if TYPE_CHECKING:  # the codec loads them when an envelope that holds them is first read
    from bank131_async.core.models.confirm import ConfirmInformation
    from bank131_async.core.models.error import BankError
    from bank131_async.core.models.session import Session


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class Answer(Model):
    """What every answer has; the whole answer of the calls that have nothing else to say."""

    status: ResponseStatus | str | None = None
    error: BankError | None = None

    @property
    def is_pending(self) -> bool:
        """True while the bank waits for others (the tax service): ask again later."""
        return self.status == ResponseStatus.pending


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SessionAnswer(Answer):
    """The answer of every session method."""

    session: Session | None = None
    confirm_information: ConfirmInformation | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenAnswer(Answer):
    """The answer of ``token``: a token for the bank's widget, which works once."""

    public_token: str | None = attrs.field(default=None, metadata=SECRET)


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class WebhookBody(Model):
    """The JSON of a webhook. Whether ``type`` and ``session.id`` are there is for its reader to judge."""

    type: WebhookType | str | None = None
    session: Session | None = None
    confirm_information: ConfirmInformation | None = None

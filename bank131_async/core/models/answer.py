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
class SessionAnswer(Model):
    """The answer of every session method."""

    status: ResponseStatus | str | None = None
    session: Session | None = None
    error: BankError | None = None
    confirm_information: ConfirmInformation | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class TokenAnswer(Model):
    """The answer of ``token``: a token for the bank's widget, which works once."""

    status: ResponseStatus | str | None = None
    public_token: str | None = attrs.field(default=None, metadata=SECRET)
    error: BankError | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class WebhookBody(Model):
    """The JSON of a webhook. Whether ``type`` and ``session.id`` are there is for its reader to judge."""

    type: WebhookType | str | None = None
    session: Session | None = None
    confirm_information: ConfirmInformation | None = None

"""Banks of the Faster Payment System."""

from __future__ import annotations

import attrs

from bank131_async.core.models._base import Model
from bank131_async.core.models.answer import Answer


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FpsBank(Model):
    """A bank that takes FPS payouts; ``id`` is the ``bank_id`` of an account there."""

    id: str | None = None
    eng_name: str | None = None
    ru_name: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class FpsBanksAnswer(Answer):
    """The answer of ``fps/banks``."""

    banks: tuple[FpsBank, ...] | None = None

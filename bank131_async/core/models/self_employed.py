"""What the tax service says of a self-employed person (docs: selfemployed/selfemployed-binding).

Both answers may be pending (``is_pending``): the tax service takes its time, a client in the wild asks every 40 s.
"""

from __future__ import annotations

import attrs

from bank131_async.core.models.answer import Answer


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SelfEmployedCheckAnswer(Answer):
    """The answer of ``npd/check``: under which number the question is worked on."""

    request_id: str | None = None


@attrs.frozen(weakref_slot=False, repr=False, kw_only=True)
class SelfEmployedStatusAnswer(Answer):
    """The answer of ``npd/request/status``; ``is_linked`` says that the bank may issue receipts for the person."""

    is_professional_income_taxpayer: bool | None = None
    is_linked: bool | None = None

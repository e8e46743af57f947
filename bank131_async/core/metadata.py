"""Our tag in the metadata of a command: how a refund that the bank lists is known to be the one that was asked for.

The bank returns metadata unchanged in answers and webhooks (docs: reference/methods); any JSON may stand there.
"""

from __future__ import annotations

from typing import TypeVar

import attrs

from bank131_async.core.models._base import JsonValue
from bank131_async.core.models.payment import Payment
from bank131_async.core.models.payout import Payout
from bank131_async.core.models.session import Session

Item = TypeVar("Item", Payment, Payout)

TAG = "_b131"
VALUE = "_b131_value"


def tag_metadata(metadata: JsonValue, intent_id: str) -> JsonValue:
    """Metadata with the tag: beside the fields of an object; what is no object, or could be mistaken, is wrapped."""
    if metadata is None:
        return {TAG: intent_id}
    if isinstance(metadata, dict) and metadata and TAG not in metadata and VALUE not in metadata:
        return {**metadata, TAG: intent_id}
    return {TAG: intent_id, VALUE: metadata}


def untagged(session: Session) -> Session:
    """The session as the merchant knows it, without our tags; the same object where there are none."""
    payments, payouts = session.payment_list, session.payout_list
    if not any(_holds_tag(item) for item in payments) and not any(_holds_tag(item) for item in payouts):
        return session
    return attrs.evolve(
        session,
        payment_list=tuple(_untagged_item(item) for item in payments),
        payout_list=tuple(_untagged_item(item) for item in payouts),
    )


def _holds_tag(item: Payment | Payout) -> bool:
    return _is_tagged(item.metadata) or any(_is_tagged(refund.metadata) for refund in item.refunds)


def _untagged_item(item: Item) -> Item:
    refunds = tuple(attrs.evolve(refund, metadata=untag_metadata(refund.metadata)[0]) for refund in item.refunds)
    return attrs.evolve(item, metadata=untag_metadata(item.metadata)[0], refunds=refunds)


def _is_tagged(metadata: JsonValue) -> bool:
    return isinstance(metadata, dict) and isinstance(metadata.get(TAG), str)


def untag_metadata(metadata: JsonValue) -> tuple[JsonValue, str | None]:
    """The metadata as it was before ``tag_metadata``, and the tag; metadata without a tag is returned as it is."""
    if not isinstance(metadata, dict):
        return metadata, None
    tag = metadata.get(TAG)
    if not isinstance(tag, str):
        return metadata, None
    if VALUE in metadata:
        return metadata[VALUE], tag
    return {name: value for name, value in metadata.items() if name != TAG} or None, tag

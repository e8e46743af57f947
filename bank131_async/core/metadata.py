"""Our tag in the metadata of a command: how a refund that the bank lists is known to be the one that was asked for.

The bank returns metadata unchanged in answers and webhooks (docs: reference/methods); any JSON may stand there.
"""

from __future__ import annotations

from bank131_async.core.models._base import JsonValue

TAG = "_b131"
VALUE = "_b131_value"


def tag_metadata(metadata: JsonValue, intent_id: str) -> JsonValue:
    """Metadata with the tag: beside the fields of an object; what is no object, or could be mistaken, is wrapped."""
    if metadata is None:
        return {TAG: intent_id}
    if isinstance(metadata, dict) and metadata and TAG not in metadata and VALUE not in metadata:
        return {**metadata, TAG: intent_id}
    return {TAG: intent_id, VALUE: metadata}


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

"""Our tag in the metadata of refunds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core.metadata import TAG, VALUE, tag_metadata, untag_metadata
from tests.support.bodies import json_values

with_our_names = st.dictionaries(st.sampled_from([TAG, VALUE, "a"]), json_values, max_size=3)


@given(json_values | with_our_names, st.text(min_size=1))
def test_metadata_comes_back_as_it_was_with_the_tag(metadata: object, intent: str) -> None:
    tagged = tag_metadata(metadata, intent)
    assert untag_metadata(json.loads(json.dumps(tagged))) == (metadata, intent)


@given(json_values)
def test_metadata_without_a_tag_is_left_alone(metadata: object) -> None:
    assert untag_metadata(metadata) == (metadata, None)


@pytest.mark.parametrize(
    ("metadata", "tagged"),
    [
        (None, {TAG: "i1"}),
        ({"order": 7}, {"order": 7, TAG: "i1"}),
        ("text", {TAG: "i1", VALUE: "text"}),
        ([1], {TAG: "i1", VALUE: [1]}),
        ({}, {TAG: "i1", VALUE: {}}),
    ],
)
def test_objects_get_the_tag_beside_their_fields_and_the_rest_is_wrapped(metadata: object, tagged: object) -> None:
    assert tag_metadata(metadata, "i1") == tagged


def test_a_tag_that_is_no_text_is_not_ours() -> None:
    assert untag_metadata({TAG: 5}) == ({TAG: 5}, None)

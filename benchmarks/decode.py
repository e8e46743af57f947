"""Bytes of a 1.3 KB webhook to a strict typed body, against parsing its JSON alone; and back."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from bank131_async.core.codec import decode, encode
from bank131_async.core.models import WebhookBody
from benchmarks._news import Keys, finished
from benchmarks.harness import Case, Ratio

_DIFFERENT = 100


def cases(quick: bool) -> Iterator[Case]:
    """Reading and writing; verification is the affair of the case ``webhook``."""
    del quick
    signer = Keys.new(2048).signer
    bodies = [finished(f"ps_{number}", signer).body for number in range(_DIFFERENT)]
    typed = [decode(WebhookBody, body) for body in bodies]
    parsed = [orjson.loads(body) for body in bodies]

    def read(number: int) -> None:
        for index in range(number):
            decode(WebhookBody, bodies[index % _DIFFERENT])

    def parse(number: int) -> None:
        for index in range(number):
            orjson.loads(bodies[index % _DIFFERENT])

    def write(number: int) -> None:
        for index in range(number):
            encode(typed[index % _DIFFERENT])

    def dump(number: int) -> None:
        for index in range(number):
            orjson.dumps(parsed[index % _DIFFERENT])

    yield Ratio("decode / orjson.loads", read, parse, 2000, cost_at_most=5.0)
    yield Ratio("encode / orjson.dumps", write, dump, 2000, cost_at_most=20.0)

"""A program that drives the sandbox by its control plane."""

from __future__ import annotations

import json
from typing import Any

from bank131_async.sandbox import SandboxBank
from bank131_async.sandbox.control import ControlPlane

HEADERS = {"Host": "127.0.0.1:8131", "Content-Type": "application/json"}


class RefusedError(Exception):
    """The control plane's error envelope."""


class Remote:
    """A program that drives the sandbox by HTTP."""

    def __init__(self, bank: SandboxBank) -> None:
        self._plane = ControlPlane(bank)

    def __call__(self, method: str, path: str, /, **fields: Any) -> Any:
        path, _, query = path.partition("?")
        answer = self._plane.handle(method, "/_sandbox" + path, query, HEADERS, json.dumps(fields).encode())
        shown = json.loads(answer.body)
        if answer.status != 200:
            raise RefusedError(answer.status, shown["error"]["code"], shown["error"]["description"])
        return shown

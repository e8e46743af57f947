"""What the resources need of the client."""

from __future__ import annotations

from typing import Protocol, TypedDict, TypeVar

from bank131_async.core.models import Model
from bank131_async.core.operations import Operation
from bank131_async.transport.base import Timeout

A = TypeVar("A", bound=Model)


class CallOptions(TypedDict, total=False):
    """Options of one call, as :meth:`~bank131_async.client.api.ApiClient.execute` takes them."""

    idempotency_key: str | None
    timeout: Timeout | None
    submerchant: str | None


class Executor(Protocol):
    """Executes operations."""

    async def execute(
        self,
        operation: Operation[A],
        *,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        submerchant: str | None = None,
    ) -> A:
        """Send one operation and return the typed answer."""
        ...

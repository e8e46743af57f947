from __future__ import annotations

import typing
from typing import Any

import attrs
import pytest

from bank131_async.client.resources.sessions import CreateFields, SessionsResource, StartFields
from bank131_async.client.resources.tokens import TokensResource
from bank131_async.core import operations
from bank131_async.core.models import (
    AcquiringWidget,
    Amount,
    ConfirmInformation,
    Customer,
    FasterPaymentSystem,
    Model,
    PaymentDetails,
    PaymentOptions,
    TokenizeWidget,
)
from bank131_async.transport import Timeout


class _Recorder:
    """Takes operations instead of a client."""

    def __init__(self) -> None:
        self.calls: list[tuple[Model, dict[str, Any]]] = []

    async def execute(self, operation: Any, **options: Any) -> Any:
        self.calls.append((operation, {name: value for name, value in options.items() if value is not None}))
        return operation


PAYMENT = PaymentDetails.of(FasterPaymentSystem())
RUB = Amount.rub("1.00")
CUSTOMER = Customer("user-1")
OPTIONS: Any = {"idempotency_key": "mine", "timeout": Timeout(total=1), "submerchant": "77"}


@pytest.mark.asyncio
async def test_each_method_executes_its_operation_with_all_that_it_is_given() -> None:
    client = _Recorder()
    sessions, tokens = SessionsResource(client), TokensResource(client)
    back = PaymentOptions(return_url="https://shop.example")
    await sessions.create(customer=CUSTOMER, amount_details=RUB, **OPTIONS)
    await sessions.init_payment(PAYMENT, RUB, CUSTOMER, metadata="m", **OPTIONS)
    await sessions.init_payment_sync(PAYMENT, RUB, CUSTOMER, payment_options=back, **OPTIONS)
    await sessions.start_payment("ps_1", payment_details=PAYMENT, **OPTIONS)
    await sessions.confirm("ps_1", ConfirmInformation(), **OPTIONS)
    await sessions.cancel("ps_1", **OPTIONS)
    await sessions.capture("ps_1", RUB, **OPTIONS)
    await sessions.refund("ps_1", RUB, metadata={"n": 1}, **OPTIONS)
    await sessions.status("ps_1", **OPTIONS)
    await tokens.create(tokenize_widget=TokenizeWidget(access=True), **OPTIONS)
    await tokens.acquiring_widget("ps_1", success_return_url="https://shop.example", **OPTIONS)
    three: Any = {"payment_details": PAYMENT, "amount_details": RUB, "customer": CUSTOMER}
    assert [operation for operation, _ in client.calls] == [
        operations.CreateSession(customer=CUSTOMER, amount_details=RUB),
        operations.InitPayment(**three, metadata="m"),
        operations.InitPaymentSync(**three, payment_options=back),
        operations.StartPayment(session_id="ps_1", payment_details=PAYMENT),
        operations.ConfirmSession(session_id="ps_1", confirm_information=ConfirmInformation()),
        operations.CancelSession(session_id="ps_1"),
        operations.CaptureSession(session_id="ps_1", amount_details=RUB),
        operations.RefundSession(session_id="ps_1", amount_details=RUB, metadata={"n": 1}),
        operations.GetSessionStatus(session_id="ps_1"),
        operations.CreateToken(tokenize_widget=TokenizeWidget(access=True)),
        operations.CreateToken(
            acquiring_widget=AcquiringWidget(session_id="ps_1", success_return_url="https://shop.example")
        ),
    ]
    assert all(options == OPTIONS for _, options in client.calls)


@pytest.mark.parametrize(
    ("fields", "operation", "apart"),
    [
        (CreateFields, operations.CreateSession, {"extra"}),
        (StartFields, operations.StartPayment, {"extra", "session_id"}),
    ],
)
def test_typed_fields_are_those_of_the_operation(fields: Any, operation: type[Model], apart: set[str]) -> None:
    own = {field.name for field in attrs.fields(operation) if field.init} - apart
    assert set(fields.__annotations__) | set(typing.get_type_hints(fields)) == own


def test_methods_that_move_money_say_that_they_are_not_journaled() -> None:
    for name in ("init_payment", "init_payment_sync", "start_payment", "confirm", "cancel", "capture", "refund"):
        assert "not journaled" in (getattr(SessionsResource, name).__doc__ or "").lower(), name

"""Nothing is half added: every call has a method, an example, an entry in the documentation and a sandbox route."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import typing
from pathlib import Path
from typing import Any

import attrs
import pytest

from bank131_async.client.api import ApiClient
from bank131_async.client.config import Bank131Config
from bank131_async.client.resources import Resources, escrow, self_employed, sessions
from bank131_async.client.resources.tokens import TokensResource
from bank131_async.core import codec
from bank131_async.core import operations as ops
from bank131_async.core.models import AcquiringWidget, Answer, ConfirmInformation, Model, TokenizeWidget
from bank131_async.core.signing import Signer
from bank131_async.flow import Bank131Client
from bank131_async.sandbox import SandboxBank
from bank131_async.transport import Timeout
from tests.support.bodies import meaning
from tests.support.calls import EXAMPLES, OPERATIONS, Example

OPTIONS: Any = {"idempotency_key": "mine", "timeout": Timeout(total=1), "submerchant": "77"}
NOUNS = sorted(name for name, member in vars(Resources).items() if not name.startswith("_"))

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.path)


class Recorder:
    """Takes operations instead of a client."""

    def __init__(self) -> None:
        self.calls: list[tuple[Model, dict[str, Any]]] = []

    async def execute(self, operation: Any, **options: Any) -> Any:
        self.calls.append((operation, {name: value for name, value in options.items() if value is not None}))
        return operation


class WithOptions:
    """A client whose every method is called with all the options of a call; ``called`` lists these methods."""

    def __init__(self, bank: Resources) -> None:
        self.called: list[Any] = []
        self._bank = bank

    def __getattr__(self, noun: str) -> Any:
        resource = getattr(self._bank, noun)
        called = self.called

        class Noun:
            def __getattr__(self, name: str) -> Any:
                called.append(getattr(resource, name))
                return lambda *args, **fields: called[-1](*args, **fields, **OPTIONS)

        return Noun()


def example_of(operation: type[ops.Operation[Any]]) -> Example:
    assert operation in EXAMPLES, f"{operation.__name__} has no example in tests/support/calls.py"
    return EXAMPLES[operation]


def call(example: Example, client: Recorder) -> Any:
    """Call the example with all options; the method that it called."""
    bank = WithOptions(Resources(client))
    asyncio.run(example.call(typing.cast("Resources", bank)))
    (method,) = bank.called
    return method


@every_operation
def test_an_operation_has_a_method_that_makes_it_with_all_options(operation: type[ops.Operation[Any]]) -> None:
    client = Recorder()
    example = example_of(operation)
    call(example, client)
    assert client.calls == [(example.operation, OPTIONS)]
    assert type(client.calls[0][0]) is operation


@every_operation
def test_the_body_of_an_operation_is_that_of_its_example(operation: type[ops.Operation[Any]]) -> None:
    example = example_of(operation)
    written = codec.encode(example.operation, example.version)
    assert json.loads(written) == example.body
    for version in ("v1", "v2"):
        again = codec.encode(example.operation, version)
        assert meaning(json.loads(again)) == meaning(example.body)
        assert codec.decode(operation, again) == example.operation


@every_operation
def test_an_operation_says_what_it_is(operation: type[ops.Operation[Any]]) -> None:
    assert operation.path in (operation.__doc__ or "")
    assert operation.versions in (("v1",), ("v2",), ("v1", "v2"))
    assert operation.http_method == ("GET" if operation is ops.GetFpsBanks else "POST")
    assert operation.result in attrs.fields_dict(operation.answer_type)
    assert issubclass(operation.answer_type, Answer)


def test_no_two_operations_have_one_path() -> None:
    assert len({operation.path for operation in OPERATIONS}) == len(OPERATIONS)


def test_what_moves_money_is_flagged() -> None:
    calm = {operation.path for operation in OPERATIONS if not operation.moves_money}
    assert calm == {
        "session/create", "session/create/nominal", "session/create/rko", "session/multi/create/nominal",
        "session/multi/create/rko", "session/status", "token", "token/info", "tokenize", "tokenize/elements",
        "recurrent/status", "recurrent/disable", "subscription/cancel", "subscription/restore", "wallet/balance",
        "report/account_balance", "report/account_statement", "fps/banks", "fps/customer_verification",
        "sberpay/push", "npd/check", "npd/request/status",
    }  # fmt: skip


@every_operation
def test_the_method_of_what_moves_money_says_that_it_is_not_journaled(operation: type[ops.Operation[Any]]) -> None:
    doc = call(example_of(operation), Recorder()).__doc__
    assert f"``{operation.path}``" in doc or operation is ops.CreateToken
    assert ("not journaled" in doc.lower()) is operation.moves_money


def test_every_method_is_that_of_an_example() -> None:
    bank = Resources(Recorder())
    resources = [type(getattr(bank, noun)) for noun in NOUNS]
    methods = {(cls, name) for cls in resources for name, _ in inspect.getmembers(cls, inspect.iscoroutinefunction)}
    called = [call(example, Recorder()) for example in EXAMPLES.values()]
    assert methods - {(type(method.__self__), method.__name__) for method in called} == {(TokensResource, "create")}


@every_operation
def test_an_operation_has_an_entry_in_the_documentation(operation: type[ops.Operation[Any]], repository: Path) -> None:
    page = (repository / "docs" / "methods.md").read_text(encoding="utf-8")
    entry = re.search(rf"^\| `{re.escape(operation.path)}` \|(.+)$", page, re.MULTILINE)
    assert entry is not None, f"docs/methods.md lacks {operation.path}"
    told = entry[1]
    assert f"`{operation.__name__}`" in told
    assert ("**yes**" in told) is operation.moves_money
    assert f"| {', '.join(operation.versions)} |" in told
    assert re.search(r"`bank\.\w+\.\w+\(", told), "the entry names no method"


def test_the_documentation_has_no_entry_for_what_is_not_there(repository: Path) -> None:
    page = (repository / "docs" / "methods.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([\w/]+)` \|", page, re.MULTILINE))
    assert documented == {operation.path for operation in OPERATIONS}


@every_operation
def test_a_sandbox_bank_knows_the_operation_in_its_versions(operation: type[ops.Operation[Any]]) -> None:
    """It answers 404 to a path or a version that it does not have, 405 to another HTTP method."""
    bank = SandboxBank()
    for version in operation.versions:
        body = codec.encode(example_of(operation).operation, "v1" if version == "v1" else "v2")
        path = f"/api/{version}/{operation.path}"
        answer = bank.handle(operation.http_method, path, bank.sign(body), body)
        assert answer.status not in (404, 405), answer.body


def test_both_clients_have_every_noun(signer: Signer) -> None:
    config = Bank131Config(project_id="shop", private_key=signer, server="demo")
    for client in (ApiClient(config), Bank131Client(config)):
        for noun in NOUNS:
            assert type(getattr(client, noun)) is type(getattr(Resources(Recorder()), noun))


@pytest.mark.asyncio
async def test_tokens_can_be_made_for_any_widgets() -> None:
    client = Recorder()
    tokens = TokensResource(client)
    both = {"acquiring_widget": AcquiringWidget(session_id="ps_1"), "tokenize_widget": TokenizeWidget(access=True)}
    await tokens.create(**both, **OPTIONS)
    assert client.calls == [(ops.CreateToken(**both), OPTIONS)]


@pytest.mark.parametrize(
    ("fields", "operation", "apart"),
    [
        (sessions.CreateFields, ops.CreateSession, set()),
        (sessions.StartFields, ops.StartPayment, {"session_id"}),
        (sessions.InitPayoutFields, ops.InitPayout, {"payout_details", "amount_details"}),
        (sessions.StartPayoutFields, ops.StartPayout, {"session_id"}),
        (
            sessions.StartFiscalizedFields,
            ops.StartPayoutWithFiscalization,
            {"session_id", "fiscalization_details"},
        ),
        (
            escrow.InitMultiFields,
            ops.InitEscrowMultiPayment,
            {"payment_details", "payout_details", "amount_details"},
        ),
        (
            escrow.InitMultiFields,
            ops.InitSettlementMultiPayment,
            {"payment_details", "payout_details", "amount_details"},
        ),
        (escrow.StartMultiFields, ops.StartEscrowMultiPayment, {"session_id"}),
        (escrow.StartMultiFields, ops.StartSettlementMultiPayment, {"session_id"}),
        (self_employed.FiscalizeFields, ops.Fiscalize, {"session_id", "fiscalization_details"}),
    ],
)
def test_typed_fields_are_those_of_the_operation(fields: Any, operation: type[Model], apart: set[str]) -> None:
    own = {field.name for field in attrs.fields(operation) if field.init} - apart - {"extra"}
    assert set(typing.get_type_hints(fields)) == own


def test_a_confirmation_may_be_bare() -> None:
    client = Recorder()
    asyncio.run(Resources(client).sessions.confirm("ps_1", ConfirmInformation()))
    assert codec.encode(client.calls[0][0]) == b'{"session_id":"ps_1","confirm_information":{}}'

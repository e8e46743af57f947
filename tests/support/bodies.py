"""JSON bodies of the API: those of the repository, and generated ones of any model."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from hypothesis import strategies as st

from bank131_async.core import _kinds as kinds
from bank131_async.core import codec, models, operations
from bank131_async.core._plan import ModelKind
from bank131_async.core.models import Model

PAYLOADS = sorted((Path(__file__).parent.parent / "payloads").glob("*.json"))

_NEWER = {"acquiring_payments": "payment_list", "payments": "payout_list", "payment_method": "payout_details"}
_CLASSES: dict[str, type[Model]] = {  # the first that fits
    "request-session-create-rko": operations.CreateSettlementSession,
    "request-session-create": operations.CreateSession,
    "request-session-init-payment": operations.InitPayment,
    "request-session-init-payout": operations.InitPayout,
    "request-session-start-payment": operations.StartPayment,
    "request-session-start-payout-rko": operations.StartSettlementPayout,
    "request-session-start-payout": operations.StartPayout,
    "request-session-confirm": operations.ConfirmSession,
    "request-session-capture": operations.CaptureSession,
    "request-session-refund": operations.RefundSession,
    "request-token-info": operations.GetTokenInfo,
    "request-token": operations.CreateToken,
    "request-wallet-balance": operations.GetWalletBalance,
    "request-selfemployed-check": operations.CheckSelfEmployed,
    "response-token": models.TokenAnswer,
    "response-wallet-balance": models.WalletBalanceAnswer,
    "response": models.SessionAnswer,
    "webhook": models.WebhookBody,
}


def class_of(path: Path) -> type[Model]:
    """The class that reads a payload."""
    name = path.name.removeprefix("platform-").replace("_", "-")
    return next(cls for start, cls in _CLASSES.items() if name.startswith(start))


def meaning(value: object) -> object:
    """JSON without what does not matter: nulls, ``[]`` in place of ``{}``, names of v1."""
    if isinstance(value, dict):
        return {_NEWER.get(name, name): meaning(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [meaning(item) for item in value] or {}
    return value


def meaning_of(data: bytes) -> object:
    """The same of bytes, by a parser that is not the package's."""
    return meaning(json.loads(data))


def model_classes() -> list[type[Model]]:
    """Every class of the API that the package has, calls included."""
    homes = [(models, name) for name in dir(models)] + [(operations, name) for name in dir(operations)]
    found = {cls for home, name in homes if isinstance(cls := getattr(home, name), type) and issubclass(cls, Model)}
    return sorted(found - _BASES, key=lambda cls: cls.__name__)


_BASES: set[type[Model]] = {Model, models.Method, models.Tagged, operations.Operation}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    # text that UTF-8 can hold
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)

times = st.datetimes().map(lambda moment: moment.isoformat() + "Z") | (
    st.sampled_from(["2024-02-07T23:50:52Z", "2025-03-01T11:57:31.5+03:00", "2018-05-27T02:03:00.000000Z"])
)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def _value(kind: object) -> st.SearchStrategy[object]:
    if isinstance(kind, ModelKind):
        return st.one_of(body_of(kind._plan.cls), body_of(kind._plan.cls).map(lambda body: body or []))
    if isinstance(kind, kinds.ListOf):
        return st.lists(_value(kind._item), max_size=2)
    if isinstance(kind, kinds.MapOf):
        return st.dictionaries(st.sampled_from(["confirm", "capture", "x y"]), _value(kind._item), max_size=2)
    if isinstance(kind, kinds.Open):
        return st.sampled_from(sorted(kind._members)) | _texts
    if isinstance(kind, kinds.Time):
        return times
    if isinstance(kind, kinds.Json):
        return json_values.filter(lambda value: value is not None)
    if isinstance(kind, kinds.LocalTime):
        return _texts
    assert isinstance(kind, kinds.Scalar)
    by_type = {str: _texts, int: st.integers(-(2**70), 2**70), bool: st.booleans()}
    return st.one_of(*[by_type[type_] for type_ in kind._types])


@functools.cache
def body_of(cls: type[Model]) -> st.SearchStrategy[dict[str, object]]:
    """Objects that ``cls`` reads: any fields of it under any of their names, in any order, and unknown ones.

    An optional field is absent, null or there; an object without fields is ``{}`` or ``[]``.
    """
    plan = codec._plans.of(cls)

    @st.composite
    def build(draw: st.DrawFn) -> dict[str, object]:
        chosen = draw(st.lists(st.sampled_from(plan.wire), unique=True, max_size=6)) if plan.wire else []
        chosen += [field for field in plan.wire if field.required and field not in chosen]
        made = {draw(st.sampled_from(field.names)): draw(_value(plan.kind(field.name))) for field in chosen}
        for name, field in plan.known.items():
            if name in made and not field.required and draw(st.integers(0, 9)) == 0:
                made[name] = None
        if draw(st.integers(0, 4)) == 0:
            made[draw(st.sampled_from(["unknown", "new_field"]))] = draw(json_values)
        return made

    return build()

"""The codec: strict, without loss, for both versions."""

from __future__ import annotations

import contextlib
import copy
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank131_async.core import codec, operations
from bank131_async.core.models import (
    Amount,
    Customer,
    Model,
    Payment,
    PaymentOptions,
    PaymentStatus,
    Payout,
    PayoutDetails,
    Refund,
    RuBankAccount,
    Session,
    SessionAnswer,
    SessionStatus,
    Timestamp,
    WebhookBody,
)
from bank131_async.errors import CodecError, ConfigurationError
from tests.support.bodies import PAYLOADS, body_of, class_of, json_values, meaning, meaning_of

ROOTS: list[type[Model]] = [SessionAnswer, WebhookBody, Payment, Payout, Refund, operations.CreateSession]


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_payload_is_read_strictly_and_written_back_without_loss(path: Path, version: codec.Version) -> None:
    cls = class_of(path)
    read = codec.decode(cls, path.read_bytes())
    written = codec.encode(read, version)
    assert meaning_of(written) == meaning_of(path.read_bytes())
    assert codec.decode(cls, written) == read


def test_all_payloads_are_there() -> None:
    assert len(PAYLOADS) == 61


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_no_documented_field_of_a_payload_stays_unknown(path: Path) -> None:
    cls = class_of(path)
    known_gaps = {"exchange_amounts", "global"}  # of the sister platform alone
    assert set(_unknown_names(codec.decode(cls, path.read_bytes()))) <= known_gaps


def _unknown_names(value: object) -> list[str]:
    if isinstance(value, tuple):
        return [name for item in value for name in _unknown_names(item)]
    if not isinstance(value, Model):
        return []
    inner = [name for field in value.__attrs_attrs__ for name in _unknown_names(getattr(value, field.name))]
    return [*value.extra, *inner]


@given(st.sampled_from(ROOTS).flatmap(lambda cls: st.tuples(st.just(cls), body_of(cls))))
def test_any_body_of_any_model_survives_reading_and_writing(case: tuple[type[Model], dict[str, object]]) -> None:
    cls, body = case
    data = json.dumps(body).encode()
    read = codec.decode(cls, data)
    for version in ("v1", "v2"):
        assert meaning_of(codec.encode(read, version)) == meaning(body)


@given(st.sampled_from(ROOTS).flatmap(lambda cls: st.tuples(st.just(cls), body_of(cls))))
def test_compiled_shapes_read_exactly_as_the_slow_way(case: tuple[type[Model], dict[str, object]]) -> None:
    cls, body = case
    data = json.dumps(body).encode()
    slow = codec._plans.of(cls).read(codec.loads(data), "$")
    for _ in range(5):  # the third reading compiles
        fast = codec.decode(cls, data)
        assert fast == slow
        assert repr(fast) == repr(slow)
        assert codec.encode(fast) == codec.encode(slow)


def _places(value: object, path: str = "$") -> list[tuple[str, list[str | int]]]:
    """Paths of everything inside, in the words of the errors and as keys."""
    found: list[tuple[str, list[str | int]]] = []
    if isinstance(value, dict):
        for name, item in value.items():
            found.append((f"{path}.{name}", [name]))
            found += [(text, [name, *keys]) for text, keys in _places(item, f"{path}.{name}")]
    elif isinstance(value, list):
        for at, item in enumerate(value):
            found.append((f"{path}[{at}]", [at]))
            found += [(text, [at, *keys]) for text, keys in _places(item, f"{path}[{at}]")]
    return found


WEBHOOK = {
    "type": "payment_finished",
    "session": {
        "id": "ps_1",
        "status": "accepted",
        "created_at": "2020-05-29T07:01:37.499907Z",
        "next_action": "confirm",
        "error": {"code": "x", "description": "y", "reject_reasons": [{"rule_alias": "r"}]},
        "actions": {"confirm": "2020-05-29T07:01:37.499907Z"},
        "acquiring_payments": [
            {
                "id": "pm_1",
                "status": "succeeded",
                "customer": {"reference": "c", "contacts": [{"email": "e"}]},
                "payment_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
                "amount_details": {"amount": 10000, "currency": "rub"},
                "amounts": {"fee": {"merchant_fee": {"amount": 1, "currency": "RUB"}}},
                "customer_interaction": {"type": "redirect", "redirect": {"url": "u", "qs": {"a": "b"}}},
                "refunds": [{"id": "rf", "is_chargeback": True, "amount_details": {"amount": 5, "currency": "rub"}}],
                "payment_options": {"recurrent": True},
            }
        ],
        "payout_list": [{"id": "po", "payment_method": {"type": "card", "card": {"bank_card": {"number": "4"}}}}],
    },
}
_FREE = (".qs.a",)  # any JSON may stand there
SECRET = "4242424242424242"


@pytest.mark.parametrize("rounds", [1, 4], ids=["new shape", "compiled shape"])
@pytest.mark.parametrize(("where", "keys"), _places(WEBHOOK), ids=lambda part: part if isinstance(part, str) else "")
def test_a_wrong_type_anywhere_is_an_error_with_its_path_and_without_its_value(
    where: str, keys: list[str | int], rounds: int
) -> None:
    if where.endswith(_FREE):
        return
    for _ in range(rounds):
        codec.structure(WebhookBody, copy.deepcopy(WEBHOOK))
    body = copy.deepcopy(WEBHOOK)
    holder: object = body
    for key in keys[:-1]:
        holder = holder[key]
    right = holder[keys[-1]]
    for wrong in (SECRET, 10.5, True, 7, [SECRET], {"n": SECRET}):
        if type(wrong) is type(right) and not isinstance(wrong, list | dict):
            continue
        if isinstance(wrong, dict) and isinstance(right, dict):
            continue  # an object of other fields is no wrong type
        holder[keys[-1]] = wrong
        with pytest.raises(CodecError) as caught:
            codec.structure(WebhookBody, body)
        expected = f"{where}[0]" if isinstance(wrong, list) and isinstance(right, list) else where
        assert caught.value.path == expected
        assert SECRET not in str(caught.value)
        assert "10.5" not in str(caught.value)


def test_text_that_is_no_time_is_refused_without_being_quoted() -> None:
    for text in ("yesterday", "2020-05-29T07:01:37", "2020-05-29", "0001-01-01T00:00:00+03:00", ""):
        with pytest.raises(CodecError, match=r"^\$\.created_at: expected an ISO 8601 time with a zone$"):
            codec.decode(Session, json.dumps({"created_at": text}).encode())


def test_null_is_absent_and_an_empty_list_is_an_empty_object() -> None:
    data = b'{"customer":null,"participant_details":[],"payment_options":[],"refunds":null,"amounts":[]}'
    for _ in range(5):
        payment = codec.decode(Payment, data)
        assert payment.customer is None
        assert payment.refunds == ()
        assert payment.participant_details is not None
        assert json.loads(codec.encode(payment)) == {"participant_details": {}, "payment_options": {}, "amounts": {}}


def test_an_empty_list_that_was_there_is_written_and_an_absent_one_is_not() -> None:
    assert codec.encode(codec.decode(Payment, b'{"refunds":[]}')) == b'{"refunds":[]}'
    assert codec.encode(codec.decode(Payment, b"{}")) == b"{}"


def test_an_amount_without_a_currency_is_no_amount_but_is_not_lost() -> None:
    data = b'{"amount_details":{"amount":5}}'
    for _ in range(5):
        payment = codec.decode(Payment, data)
        assert payment.amount_details is None
        assert codec.encode(payment) == data
    with pytest.raises(CodecError, match=r"^\$\.currency: missing$"):
        codec.decode(Amount, b'{"amount":5}')


@pytest.mark.parametrize("data", [b'{"amount":5,"currency":null}', b'{"amount":null,"currency":"rub"}'])
def test_null_does_not_pass_for_a_part_of_an_amount(data: bytes) -> None:
    for _ in range(5):
        codec.decode(Amount, b'{"amount":5,"currency":"rub"}')
    with pytest.raises(CodecError, match="missing"):
        codec.decode(Amount, data)


def test_odd_amounts_of_the_bank_are_read_although_a_user_could_not_make_them() -> None:
    assert codec.decode(Amount, b'{"amount":-5,"currency":"?"}').amount == -5


def test_known_enum_values_become_members_and_unknown_ones_stay_text() -> None:
    session = codec.decode(Session, b'{"status":"accepted","next_action":"dance"}')
    assert session.status is SessionStatus.accepted
    assert session.next_action == "dance"
    assert type(session.next_action) is str
    assert codec.decode(Session, b'{"status":"canceled"}').is_cancelled
    assert codec.encode(codec.decode(Session, b'{"status":"canceled"}')) == b'{"status":"canceled"}'


def test_both_versions_names_are_read_and_the_configured_ones_are_written() -> None:
    v1 = b'{"acquiring_payments":[{"id":"pm"}],"payments":[{"id":"po","payment_method":{"type":"card"}}]}'
    v2 = b'{"payment_list":[{"id":"pm"}],"payout_list":[{"id":"po","payout_details":{"type":"card"}}]}'
    session = codec.decode(Session, v1)
    assert session == codec.decode(Session, v2)
    assert session.payout_list[0].payout_details == PayoutDetails(type="card")
    assert codec.encode(session, "v1") == v1
    assert codec.encode(session, "v2") == v2


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_if_both_names_are_there_the_newer_is_typed_and_the_other_kept(version: codec.Version) -> None:
    data = b'{"payment_list":[{"id":"new"}],"acquiring_payments":[{"id":"old"}]}'
    for _ in range(5):
        session = codec.decode(Session, data)
        assert [payment.id for payment in session.payment_list] == ["new"]
        assert json.loads(codec.encode(session, version)) == json.loads(data)


def test_a_null_under_the_newer_name_does_not_hide_the_older() -> None:
    session = codec.decode(Session, b'{"payment_list":null,"acquiring_payments":[{"id":"pm"}]}')
    assert session.payment_list[0].id == "pm"
    assert json.loads(codec.encode(session)) == {"payment_list": [{"id": "pm"}]}


@pytest.mark.parametrize("name", ["bik", "bic"])
def test_a_bik_is_read_under_both_names_and_written_as_it_came(name: str) -> None:
    data = json.dumps({name: "044525000", "account": "4"}, separators=(",", ":")).encode()
    for _ in range(5):
        account = codec.decode(RuBankAccount, data)
        assert account.bik == "044525000"
        assert codec.encode(account) == data


def test_unknown_fields_are_kept_at_every_level() -> None:
    data = b'{"session":{"x":1,"payment_list":[{"y":{"z":[null]},"amount_details":{"amount":1,"currency":"a","w":2}}]}}'
    answer = codec.decode(SessionAnswer, data)
    assert answer.session is not None
    assert answer.session.extra == {"x": 1}
    assert json.loads(codec.encode(answer)) == json.loads(data)


@given(json_values)
def test_metadata_of_any_kind_survives(metadata: object) -> None:
    data = json.dumps({"metadata": metadata}).encode()
    assert codec.decode(Payment, data).metadata == metadata
    written = json.loads(codec.encode(codec.decode(Payment, data)))
    assert written == ({} if metadata is None else {"metadata": metadata})


EDGES = [2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**308, 10**309, -(10**400), 10**4299]


@given(st.integers(-(10**40), 10**40) | st.sampled_from(EDGES))
def test_integers_of_any_size_are_exact(number: int) -> None:
    text = str(number)
    for data in (f'{{"metadata":{{"n":[{text}]}}}}', f'{{"unknown":{text}}}', f'{{"metadata":{text}}}'):
        for _ in range(4):
            assert codec.encode(codec.decode(Payment, data.encode())).decode() == data


@pytest.mark.parametrize("digits", [4301, 5_000, 100_000])
def test_an_integer_longer_than_python_reads_is_malformed(digits: int) -> None:
    for read in (codec.loads, lambda data: codec.decode(Payment, data)):
        with pytest.raises(CodecError, match="malformed"):
            read(b'{"metadata":%s}' % (b"9" * digits))


@pytest.mark.parametrize("zeros", [10, 500])
@pytest.mark.parametrize(
    "form", [b"[0%b1]", b"[-0%b1]", b"[1%be]", b"[1%b.]", b"[+1%b]", b"[1%b 2]", b"[1e9%b]", b"[.%b]"]
)
def test_numbers_that_are_none_are_malformed_however_long(form: bytes, zeros: int) -> None:
    with pytest.raises(CodecError, match="malformed"):
        codec.loads(form % (b"0" * zeros))


def test_a_long_integer_does_not_make_the_rest_less_strict() -> None:
    with pytest.raises(CodecError, match="malformed"):
        codec.loads(b'{"text":"\\ud800","number":%d}' % 10**400)


def test_a_long_fraction_and_a_long_integer_may_stand_together() -> None:
    read = codec.loads(b'{"a":0.%b1,"b":%b,"c":-1.5e-7}' % (b"3" * 400, b"9" * 400))
    assert read == {"a": float("0." + "3" * 400), "b": int("9" * 400), "c": -1.5e-7}


def test_long_runs_of_digits_inside_text_are_no_numbers() -> None:
    data = b'{"a":"74273845123456789012345","b":"x,12345678901234567890","c":1}'
    assert codec.dumps(codec.loads(data)) == data


def test_the_last_of_duplicate_keys_wins() -> None:
    assert codec.decode(Session, b'{"id":"a","id":"b"}').id == "b"
    assert codec.loads(b'{"n":1,"n":12345678901234567890123}') == {"n": 12345678901234567890123}


@pytest.mark.parametrize("data", [b"NaN", b'{"metadata":NaN}', b'{"metadata":[Infinity]}', b'{"metadata":1e400}'])
def test_numbers_that_json_does_not_have_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError, match="malformed"):
        codec.decode(Payment, data)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {1: 2}, {"a": object()}, {"a": {1}}, "\ud800"])
def test_what_json_cannot_hold_is_not_written(value: object) -> None:
    with pytest.raises(CodecError):
        codec.dumps(value)
    with pytest.raises((CodecError, ConfigurationError)):
        codec.encode(operations.RefundSession(session_id="ps_1", metadata=value))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [150, 500, 5_000, 100_000])
def test_deep_nesting_is_read_or_refused_but_never_overflows(opening: str, depth: int) -> None:
    closing = "]" if opening == "[" else "}"
    data = f'{{"metadata":{opening * depth}1{closing * depth}}}'.encode()
    if depth < codec.MAX_DEPTH:
        assert codec.encode(codec.decode(Payment, data)) == data
        return
    for read in (codec.loads, lambda body: codec.decode(Payment, body), lambda body: codec.decode(SessionAnswer, body)):
        with pytest.raises(CodecError):
            read(data)


def test_a_deep_value_with_a_long_number_is_refused_too() -> None:
    data = ('{"metadata":' + "[" * 900 + "123456789012345678901234567890" + "]" * 900 + "}").encode()
    with pytest.raises(CodecError):
        codec.decode(Payment, data)


def test_metadata_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        codec.encode(operations.CreateSession(metadata=endless))


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_with_the_one_error(data: bytes) -> None:
    with contextlib.suppress(CodecError):
        assert isinstance(codec.decode(SessionAnswer, data), SessionAnswer)


@given(json_values)
def test_any_json_is_read_or_refused_with_the_one_error(value: object) -> None:
    for cls in ROOTS:
        with contextlib.suppress(CodecError):
            assert isinstance(codec.structure(cls, value), cls)


def test_names_of_the_body_do_not_get_into_errors() -> None:
    with pytest.raises(CodecError) as caught:
        codec.decode(Session, json.dumps({"actions": {f"{SECRET}": 5}}).encode())
    assert caught.value.path == "$.actions.*"


def test_an_empty_request_is_an_empty_object() -> None:
    assert codec.encode(operations.CreateSession()) == b"{}"


def test_a_datetime_for_local_time_is_written_in_the_projects_zone() -> None:
    moment = datetime(2030, 1, 31, 21, 30, tzinfo=UTC)
    request = operations.CreateSession(payment_options=PaymentOptions(expiration_at=moment))
    assert codec.encode(request) == b'{"payment_options":{"expiration_at":"2030-02-01 00:30:00"}}'
    other = timezone(timedelta(hours=-1))
    assert b"2030-01-31 20:30:00" in codec.encode(request, zone=other)
    read = codec.decode(operations.CreateSession, b'{"payment_options":{"expiration_at":"2030-02-01 00:30:00"}}')
    assert read.payment_options is not None
    assert read.payment_options.expiration_at == "2030-02-01 00:30:00"


def test_a_value_of_a_wrong_type_is_named_when_written() -> None:
    with pytest.raises(ConfigurationError, match=r"^CreateSession\.customer: expected Customer$"):
        codec.encode(operations.CreateSession(customer="user-1"))
    with pytest.raises(ConfigurationError, match=r"^PaymentOptions\.recurrent: expected true or false$"):
        codec.encode(operations.CreateSession(payment_options=PaymentOptions(recurrent=1)))


def test_a_list_given_for_a_tuple_is_written() -> None:
    listed = Customer("c", contacts=[])
    assert codec.encode(listed) == b'{"reference":"c","contacts":[]}'


def test_the_number_of_compiled_shapes_is_bounded() -> None:
    plan = codec._plans.of(Refund)
    for number in range(400):
        for _ in range(4):
            codec.decode(Refund, json.dumps({"id": "x", f"f{number}": 1}).encode())
    assert len(plan.shapes) <= 64
    assert len(plan._seen) <= 64
    assert codec.decode(Refund, b'{"id":"x","f399":1}').extra == {"f399": 1}


def test_a_hook_registered_with_the_converter_reads_fields_of_its_class() -> None:
    # in an interpreter of its own: the hook must come before the class is first used
    code = """if True:
        from bank131_async.core import codec
        from bank131_async.core.models import Customer, Payment
        codec.converter.register_structure_hook(Customer, lambda value, _: Customer("hooked " + value["reference"]))
        for _ in range(5):
            payment = codec.decode(Payment, b'{"customer":{"reference":"a"}}')
            assert payment.customer.reference == "hooked a"
        try:
            codec.decode(Payment, b'{"customer":5}')
        except codec.CodecError as error:
            assert error.path == "$.customer"
        else:
            raise SystemExit(3)
        assert codec.encode(payment) == b'{"customer":{"reference":"hooked a"}}'
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_cattrs_reads_and_writes_models_through_the_codec() -> None:
    payment = codec.converter.structure({"status": "succeeded"}, Payment)
    assert payment.status is PaymentStatus.succeeded
    assert codec.converter.unstructure(payment) == {"status": "succeeded"}
    with pytest.raises(CodecError):
        codec.converter.structure({"status": 5}, Payment)


def test_an_action_that_was_not_done_may_be_null() -> None:
    done = "2025-03-01T10:00:00.000000Z"
    body = {"session": {"id": "ps_1", "actions": {"confirm": done, "capture": None}}}
    for _ in range(3):  # the third reading compiles
        session = codec.decode(SessionAnswer, json.dumps(body).encode()).session
    assert session is not None
    assert session.actions == {"confirm": Timestamp.parse(done)}

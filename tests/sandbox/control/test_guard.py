"""Another web page that somebody visits cannot drive the sandbox."""

from __future__ import annotations

import json

import pytest

from bank131_async.sandbox.control import ControlPlane
from tests.support.raw_merchant import RawMerchant

HOST = "127.0.0.1:8131"
FORM = "application/x-www-form-urlencoded"


def post(merchant: RawMerchant, headers: dict[str, str], body: bytes = b'{"frozen":true}') -> tuple[int, bool]:
    """The status of an attempt to freeze the clock, and whether it is frozen."""
    answer = ControlPlane(merchant.bank).handle("POST", "/_sandbox/clock", "", headers, body)
    return answer.status, merchant.bank.is_frozen


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"content-type": "application/json; charset=utf-8"},
        {"Content-Type": "application/json", "Origin": f"http://{HOST}"},
    ],
)
def test_a_program_and_our_own_page_may_send_json(merchant: RawMerchant, headers: dict[str, str]) -> None:
    assert post(merchant, {"Host": HOST, **headers}) == (200, True)


def test_our_own_page_may_send_a_form_and_is_led_back(merchant: RawMerchant) -> None:
    headers = {"Host": HOST, "Content-Type": FORM, "Origin": f"http://{HOST}"}

    assert post(merchant, headers, b"frozen=true") == (303, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": FORM},
        {"Content-Type": FORM, "Origin": "null"},
        {"Content-Type": FORM, "Origin": "https://evil.example"},
        {"Content-Type": FORM, "Origin": "http://127.0.0.1:9999"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/plain", "Origin": "https://evil.example"},
        {"Content-Type": "multipart/form-data", "Origin": f"http://{HOST}"},
        {"Content-Type": "application/json", "Origin": "https://evil.example"},
        {"Content-Type": "application/json", "Origin": "null"},
        {},
    ],
)
def test_what_another_page_could_send_is_refused(merchant: RawMerchant, headers: dict[str, str]) -> None:
    for body in (b'{"frozen":true}', b"frozen=true"):
        status, frozen = post(merchant, {"Host": HOST, **headers}, body)
        assert status in (403, 415)
        assert not frozen


def test_a_deletion_by_another_page_is_refused(merchant: RawMerchant) -> None:
    merchant.bank.faults.add("stall")
    plane = ControlPlane(merchant.bank)
    foreign = plane.handle("DELETE", "/_sandbox/faults", "", {"Host": HOST, "Origin": "https://evil.example"}, b"")
    assert (foreign.status, len(merchant.bank.faults.rules)) == (403, 1)
    assert plane.handle("DELETE", "/_sandbox/faults", "", {"Host": HOST}, b"").status == 200


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8131", "sandbox:8131", "10.0.0.7", "a.localhost"])
def test_names_that_nobody_can_register_are_served(merchant: RawMerchant, host: str) -> None:
    assert ControlPlane(merchant.bank).handle("GET", "/_sandbox/clock", "", {"Host": host}, b"").status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8131", "localhost.evil.example"])
def test_a_name_that_leads_here_from_outside_is_refused_even_for_reading(merchant: RawMerchant, host: str) -> None:
    answer = ControlPlane(merchant.bank).handle("GET", "/_sandbox/sessions", "", {"Host": host}, b"")

    assert answer.status == 403
    assert json.loads(answer.body)["error"]["code"] == "authorization_error"


@pytest.mark.parametrize(
    ("referer", "place"),
    [
        (f"http://{HOST}/_sandbox/sessions/ps_1", "/_sandbox/sessions/ps_1"),
        (f"http://{HOST}/_sandbox/?before=ps_9&status=error", "/_sandbox/?before=ps_9&status=error"),
        ("https://evil.example/", "/_sandbox/"),
        ("https://evil.example/_sandbox/faults", "/_sandbox/faults"),
        ("https://evil.example//evil.example/_sandbox/", "/_sandbox/"),
        ("", "/_sandbox/"),
    ],
)
def test_a_form_leads_back_to_a_page_of_ours_only(merchant: RawMerchant, referer: str, place: str) -> None:
    headers = {"Host": HOST, "Content-Type": FORM, "Origin": f"http://{HOST}", "Referer": referer}
    answer = ControlPlane(merchant.bank).handle("POST", "/_sandbox/clock", "", headers, b"advance_s=1")

    assert answer.headers["Location"] == place

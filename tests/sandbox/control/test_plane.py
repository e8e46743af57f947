"""The control plane as JSON: every route, what it refuses, and that it does what the Python methods do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bank131_async.core.signing import Signer, Verifier
from bank131_async.errors import WebhookSignatureError
from bank131_async.sandbox.control import ControlPlane
from bank131_async.sandbox.keyring import process_keys
from bank131_async.sandbox.settings import LONGEST_S
from tests.support.control import HEADERS, RefusedError, Remote
from tests.support.raw_merchant import APPROVE, CHALLENGE, RawMerchant


@pytest.fixture
def remote(merchant: RawMerchant) -> Remote:
    return Remote(merchant.bank)


def waiting_for_payer(merchant: RawMerchant) -> str:
    session_id = merchant.create()
    merchant.start(session_id, CHALLENGE)
    merchant.call("session/confirm", session_id=session_id)
    return session_id


def types(merchant: RawMerchant) -> list[str]:
    return [webhook.type for webhook in merchant.bank.take_outbox()]


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_sessions_are_listed_newest_first_with_their_ledger(merchant: RawMerchant, remote: Remote) -> None:
    paid, created = merchant.paid(), merchant.create()

    listed = remote("GET", "/sessions")

    assert [row["id"] for row in listed["sessions"]] == [created, paid]
    assert listed["sessions"][0]["ledger"] is None
    assert listed["sessions"][1]["ledger"] == {
        "authorised": 10_000, "captured": 10_000, "released": 0, "refunded": 0, "refunding": 0, "held": 0,
        "refundable": 10_000,
    }  # fmt: skip
    assert (listed["total"], listed["next_before"]) == (2, None)


def test_pages_of_sessions_hold_each_session_once(merchant: RawMerchant, remote: Remote) -> None:
    ids = [merchant.create() for _ in range(7)]

    found: list[str] = []
    path = "/sessions?limit=3"
    sizes = []
    while True:
        page = remote("GET", path)
        sizes.append(len(page["sessions"]))
        found += [row["id"] for row in page["sessions"]]
        merchant.create()  # what comes meanwhile does not move the pages
        if page["next_before"] is None:
            break
        path = f"/sessions?limit=3&before={page['next_before']}"

    assert found == ids[::-1]
    assert sizes == [3, 3, 1]


def test_sessions_can_be_chosen_by_status_and_project(merchant: RawMerchant, remote: Remote) -> None:
    paid, _ = merchant.paid(), merchant.create()
    remote("POST", "/projects", id="other")

    assert [row["id"] for row in remote("GET", "/sessions?status=accepted")["sessions"]] == [paid]
    assert remote("GET", "/sessions?project_id=other")["sessions"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "before=ps_nothing", "page=2"])
def test_a_page_that_cannot_be_is_refused(remote: Remote, query: str) -> None:
    with pytest.raises(RefusedError, match=query.partition("=")[0]):
        remote("GET", f"/sessions?{query}")


def test_a_session_is_shown_with_its_timeline(merchant: RawMerchant, remote: Remote) -> None:
    session_id = waiting_for_payer(merchant)
    (confirm, required) = merchant.bank.take_outbox()
    merchant.bank.delivered(confirm, 500, answer=b"busy")
    remote("POST", f"/sessions/{session_id}/payer", action="pass")

    shown = remote("GET", f"/sessions/{session_id}")

    assert shown["session"]["status"] == shown["status"] == "accepted"
    assert [(entry["kind"], entry.get("type") or entry.get("what")) for entry in shown["timeline"]] == [
        ("webhook", "ready_to_confirm"),
        ("webhook", "action_required"),
        ("action", "passed 3-D Secure"),
        ("webhook", "payment_finished"),
    ]
    (sending,) = shown["timeline"][0]["deliveries"]
    assert (sending["status"], sending["answer"], sending["attempt"]) == (500, "busy", 1)
    assert shown["timeline"][1]["body"]["type"] == required.type


def test_what_the_payer_and_the_bank_may_do_follows_the_session(merchant: RawMerchant, remote: Remote) -> None:
    def names(session_id: str) -> set[str]:
        return {f"{action['who']}/{action['name']}" for action in remote("GET", f"/sessions/{session_id}")["actions"]}

    assert names(merchant.create()) == {"bank/time_out"}
    assert {"payer/pass", "payer/fail", "payer/close", "bank/decline", "bank/time_out"} <= names(
        waiting_for_payer(merchant)
    )
    assert "bank/chargeback" in names(merchant.paid())
    assert {"bank/succeed", "bank/fail"} <= names(merchant.paid("4000000000000309"))


@pytest.mark.parametrize(
    ("who", "action", "status"), [("payer", "pass", "accepted"), ("payer", "fail", "cancelled"),
                                  ("bank", "decline", "cancelled"), ("bank", "time_out", "cancelled"),
                                  ("payer", "close", "in_progress")],
)  # fmt: skip
def test_a_payment_that_waits_for_the_payer_can_be_ended(
    merchant: RawMerchant, remote: Remote, who: str, action: str, status: str
) -> None:
    session_id = waiting_for_payer(merchant)

    assert remote("POST", f"/sessions/{session_id}/{who}", action=action)["id"] == session_id
    assert merchant.status(session_id)["status"] == status


def test_the_bank_declines_with_the_code_it_is_given(merchant: RawMerchant, remote: Remote) -> None:
    session_id = waiting_for_payer(merchant)
    remote("POST", f"/sessions/{session_id}/bank", action="decline", code="activity_count_exceeded")

    assert merchant.payment(session_id)["error"]["code"] == "activity_count_exceeded"


def test_the_bank_charges_back_a_part_and_then_the_rest(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.paid()
    remote("POST", f"/sessions/{session_id}/bank", action="chargeback", amount=4_000)
    row = remote("POST", f"/sessions/{session_id}/bank", action="chargeback")

    assert row["ledger"]["refunded"] == 10_000
    with pytest.raises(RefusedError, match="409"):
        remote("POST", f"/sessions/{session_id}/bank", action="chargeback")


@pytest.mark.parametrize(("action", "status"), [("succeed", "accepted"), ("fail", "cancelled")])
def test_an_unknown_outcome_is_ended_either_way(
    merchant: RawMerchant, remote: Remote, action: str, status: str
) -> None:
    session_id = merchant.paid("4000000000000309")
    remote("POST", f"/sessions/{session_id}/bank", action=action)

    assert merchant.status(session_id)["status"] == status


def test_what_does_not_fit_is_refused_in_words(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.paid()
    for path, fields, text in (
        (f"/sessions/{session_id}/payer", {"action": "pass"}, "409.*no payer is waited for"),
        (f"/sessions/{session_id}/bank", {"action": "decline"}, "409.*declined"),
        (f"/sessions/{session_id}/bank", {"action": "time_out"}, "409.*no time limit"),
        (f"/sessions/{session_id}/bank", {"action": "explode"}, "400.*expected one of decline"),
        (f"/sessions/{session_id}/bank", {}, "400.*action: missing"),
        (f"/sessions/{session_id}/bank", {"action": "decline", "amount": 1}, "400.*amount: unknown field"),
        ("/sessions/ps_0/bank", {"action": "decline"}, "404.*no such session"),
    ):
        with pytest.raises(RefusedError, match=text):
            remote("POST", path, **fields)


# -- webhooks ----------------------------------------------------------------------------------------------------------


def test_webhooks_are_sent_again_out_of_order_and_forged(merchant: RawMerchant, remote: Remote) -> None:
    merchant.paid()
    verifier = Verifier.from_pem(merchant.bank.keys.bank_public_pem)
    first, second = (webhook.number for webhook in merchant.bank.take_outbox())

    remote("POST", "/webhooks", numbers=[second, first])
    assert types(merchant) == ["payment_finished", "ready_to_confirm"]
    remote("POST", "/webhooks", numbers=[first], forged=True)
    (forged,) = merchant.bank.take_outbox()
    with pytest.raises(WebhookSignatureError):
        verifier.verify(forged.body, forged.signature)
    merchant.bank.delivered(forged, 401)
    merchant.bank.advance(3_600)
    assert types(merchant) == []  # a forger does not come again with the bank's own signature


def test_a_webhook_of_any_type_is_sent_with_the_session_as_it_stands(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.create()
    number = remote("POST", f"/sessions/{session_id}/webhooks", type="nominal_topup")["number"]

    (webhook,) = merchant.bank.take_outbox()
    assert (webhook.number, json.loads(webhook.body)["type"]) == (number, "nominal_topup")


def test_an_unknown_webhook_sends_nothing(merchant: RawMerchant, remote: Remote) -> None:
    merchant.paid()
    types(merchant)
    for numbers in ([1, 99], [], "x", [None], [1.5]):
        with pytest.raises(RefusedError, match="numbers"):
            remote("POST", "/webhooks", numbers=numbers)
    assert types(merchant) == []


def test_deliveries_are_listed_newest_first(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.paid()
    for webhook in merchant.bank.take_outbox():
        merchant.bank.delivered(webhook, 200, answer=b"ok")

    listed = remote("GET", "/webhooks")["deliveries"]
    assert [item["type"] for item in listed] == ["payment_finished", "ready_to_confirm"]
    assert listed[0]["body"]["session"]["id"] == session_id
    assert {"sent_at", "answered_at", "attempt", "status", "error", "answer", "forged", "url"} <= set(listed[0])
    assert remote("GET", f"/webhooks?session_id={session_id}&limit=1")["deliveries"] == listed[:1]
    assert remote("GET", "/webhooks?session_id=ps_0")["deliveries"] == []


# -- clock, projects, faults, reset ------------------------------------------------------------------------------------


def test_the_clock_is_moved_and_frozen(merchant: RawMerchant, remote: Remote) -> None:
    session_id = waiting_for_payer(merchant)
    before = remote("GET", "/clock")
    after = remote("POST", "/clock", advance_s=3_600, frozen=True)

    assert (before["frozen"], after["frozen"]) == (False, True)
    assert after["now"].startswith("2026-03-01T13:00:00")
    assert before["next_due_at"] is not None
    assert after["next_due_at"] is None  # while it stands still nothing happens by itself
    assert merchant.status(session_id)["status"] == "cancelled"
    assert remote("POST", "/clock", frozen=False)["frozen"] is False
    with pytest.raises(RefusedError, match="forward"):
        remote("POST", "/clock", advance_s=-1)


def test_a_project_gets_keys_and_switches(merchant: RawMerchant, remote: Remote) -> None:
    made = remote("POST", "/projects", id="shop-2", settings={"two_stage": True})
    body = b"{}"
    headers = {"X-PARTNER-PROJECT": "shop-2", "X-PARTNER-SIGN": Signer.from_pem(made["private_key"]).sign(body)}

    assert merchant.bank.handle("POST", "/api/v2/session/create", headers, body).status == 200
    assert made["settings"]["two_stage"] is True
    assert "PUBLIC KEY" in made["bank_public_key"]
    assert [project["id"] for project in remote("GET", "/projects")["projects"]] == ["sandbox", "shop-2"]


def test_a_project_may_bring_its_own_key(merchant: RawMerchant, remote: Remote) -> None:
    key = merchant.bank.keys.merchant.public_pem().decode()

    assert "private_key" not in remote("POST", "/projects", id="shop-3", public_key=key)
    assert "private_key" not in json.dumps(remote("GET", "/projects"))


def test_switches_are_set_and_a_wrong_one_is_refused(merchant: RawMerchant, remote: Remote) -> None:
    assert remote("POST", "/projects/sandbox", auto_confirm=True, hold_s=60)["settings"]["hold_s"] == 60
    assert merchant.bank.project.settings.auto_confirm is True
    remote("POST", "/projects/sandbox", switch="hold_s", value="90")
    assert merchant.bank.project.settings.hold_s == 90
    for fields, text in (
        ({"two_stag": True}, "two_stag: no such switch"),
        ({"settings": {}}, "settings: no such switch"),
        ({"two_stage": "yes"}, "two_stage: expected"),
        ({"webhook_url": 5}, "webhook_url"),
        ({"switch": "two_stage", "value": "yes"}, "two_stage: expected true or false"),
    ):
        with pytest.raises(RefusedError, match=text):
            remote("POST", "/projects/sandbox", **fields)
    with pytest.raises(RefusedError, match="404"):
        remote("POST", "/projects/nobody", two_stage=True)
    with pytest.raises(RefusedError, match="project_id: expected a new"):
        remote("POST", "/projects", id="sandbox")


def test_null_takes_a_switch_away_that_may_be_without_a_value(merchant: RawMerchant, remote: Remote) -> None:
    remote("POST", "/projects/sandbox", webhook_url="http://127.0.0.1:8080/", created_limit_s=60)
    shown = remote("POST", "/projects/sandbox", webhook_url=None, created_limit_s=None)["settings"]

    assert (shown["webhook_url"], shown["created_limit_s"]) == (None, None)
    with pytest.raises(RefusedError, match="hold_s: expected a number"):
        remote("POST", "/projects/sandbox", hold_s=None)


def test_a_key_is_never_taken_for_the_path_of_a_file(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(process_keys().bank_public_pem)

    with pytest.raises(RefusedError, match="found no -----BEGIN line"):
        remote("POST", "/projects", id="shop-4", public_key=str(tmp_path / "key.pem"))


def test_the_clock_does_not_run_out_of_dates(merchant: RawMerchant, remote: Remote) -> None:
    with pytest.raises(RefusedError, match="ends with the year 9000"):
        remote("POST", "/clock", advance_s=9e11)
    merchant.bank.configure(hold_s=LONGEST_S, two_stage=True, auto_confirm=True)
    remote("POST", "/clock", advance_s=2.2e11)

    assert remote("GET", "/clock")["now"].startswith("899")
    session_id = merchant.create()
    merchant.start(session_id)
    assert merchant.status(session_id)["next_action"] == "capture"  # and a hold of a hundred years has begun


def test_faults_are_put_in_force_listed_and_removed(merchant: RawMerchant, remote: Remote) -> None:
    rule = remote("POST", "/faults", name="answer_lost", method="session/confirm", probability=0.5, count=2)

    listed = remote("GET", "/faults")
    assert listed["rules"] == [rule]
    assert (rule["method"], rule["probability"], rule["left"]) == ("session/confirm", 0.5, 2)
    assert {"name", "kind", "description"} == set(listed["known"][0])
    assert remote("DELETE", f"/faults/{rule['number']}")["rules"] == []
    remote("POST", "/faults", name="stall")
    assert remote("DELETE", "/faults", seed=9)["seed"] == 9
    assert remote("GET", "/faults")["rules"] == []
    assert merchant.bank.faults.seed == 9
    with pytest.raises(RefusedError, match="name: expected one of answer_lost"):
        remote("POST", "/faults", name="nothing")
    with pytest.raises(RefusedError, match="404"):
        remote("DELETE", "/faults/77")


def test_a_reset_forgets_all_but_projects_and_gives_new_ids(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.paid()
    (webhook, _) = merchant.bank.take_outbox()
    merchant.bank.configure(two_stage=True)
    remote("POST", "/faults", name="stall")
    remote("POST", "/clock", advance_s=60, frozen=True)

    assert remote("POST", "/reset")["frozen"] is False
    merchant.bank.delivered(webhook, 500)  # was under way meanwhile

    assert remote("GET", "/sessions")["sessions"] == remote("GET", "/webhooks")["deliveries"] == []
    assert remote("GET", "/faults")["rules"] == []
    assert remote("GET", "/clock")["now"].startswith("2026-03-01T12:00:00")
    assert merchant.bank.project.settings.two_stage is True
    assert merchant.create() != session_id


def test_the_cards_are_listed(remote: Remote) -> None:
    assert {card["number"] for card in remote("GET", "/cards")["cards"]} >= {APPROVE, CHALLENGE}


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("POST", "/cards", 405), ("GET", "/reset", 405), ("PUT", "/clock", 405)],
)
def test_an_address_or_method_that_is_none_is_said_to_be_none(
    remote: Remote, method: str, path: str, status: int
) -> None:
    with pytest.raises(RefusedError, match=str(status)):
        remote(method, path)


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b"\xff", b'{"a":' * 20_000])
def test_a_body_that_is_no_object_is_refused(merchant: RawMerchant, body: bytes) -> None:
    answer = ControlPlane(merchant.bank).handle("POST", "/_sandbox/clock", "", HEADERS, body)

    assert answer.status == 400


def test_no_answer_holds_a_secret_or_may_be_read_by_another_page(merchant: RawMerchant, remote: Remote) -> None:
    session_id = merchant.paid(payment_options={"recurrent": True, "return_url": "https://shop.example/"})
    last = merchant.bank.session(session_id).last
    assert last is not None
    assert last.recurrent is not None
    plane = ControlPlane(merchant.bank)
    answer = plane.handle("GET", f"/_sandbox/sessions/{session_id}", "", HEADERS, b"")

    assert last.recurrent.token.encode() not in answer.body
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

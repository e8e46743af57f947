"""`bank131 doctor`: what it finds, and what it says to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bank131_async.cli.doctor import bank as doctor_of_bank
from bank131_async.core.wire import HttpResponse
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.stores import FernetCipher
from tests.cli.conftest import Bank

Cli = Callable[..., Any]


def findings(ran: Any) -> dict[str, dict[str, Any]]:
    return {line["check"]: line for line in ran.lines}


def test_all_is_well_with_a_sandbox_and_a_store(
    cli: Cli, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK131_STORE", f"sqlite:///{tmp_path / 'journal.db'}")
    ran = cli("doctor", "--json")
    found = findings(ran)

    assert ran.status == 0
    assert {line["status"] for line in ran.lines} == {"ok", "skipped"}
    assert found["store"]["message"] == "it can be read; nothing due to be looked at"
    assert all(set(line) == {"check", "status", "message", "next"} for line in ran.lines)
    assert all((line["next"] is None) == (line["status"] == "ok") for line in ran.lines)


@pytest.mark.usefixtures("no_environment")
def test_without_any_setting_it_says_what_to_do_for_each(cli: Cli) -> None:
    ran = cli("doctor")

    assert ran.status == 1
    for expected in ("BANK131_PROJECT_ID", "bank131 keys generate", "BANK131_PUBLIC_KEY_PATH", "BANK131_STORE="):
        assert expected in ran.out
    assert "PRIVATE KEY-----" not in ran.out


def test_a_bank_that_does_not_answer_is_found(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK131_SERVER", "http://127.0.0.1:1")
    ran = cli("doctor", "--json")

    assert (ran.status, ran.err) == (1, "")
    assert findings(ran)["bank"]["next"].startswith("check BANK131_SERVER")


def test_a_wrong_project_is_found(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK131_PROJECT_ID", "nobody")

    assert "BANK131_PROJECT_ID" in findings(cli("doctor", "--json"))["bank"]["next"]


def test_a_key_that_the_bank_does_not_have_is_found(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK131_PRIVATE_KEY", cli("keys", "generate", "--stdout").out)

    assert "the public half of your key" in findings(cli("doctor", "--json"))["bank"]["next"]


def test_a_server_that_is_not_the_bank_is_found(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK131_SERVER", f"{bank.sandbox.url}/elsewhere")

    assert findings(cli("doctor", "--json"))["bank"]["status"] == "failure"


def test_a_store_that_cannot_be_opened_is_found(cli: Cli, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK131_STORE", "nosuch://x")
    ran = cli("doctor", "--json")

    assert ran.status == 1
    assert findings(ran)["store"]["status"] == "failure"


def test_a_store_whose_key_is_another_one_is_found(
    cli: Cli, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK131_STORE", f"sqlite:///{tmp_path / 'journal.db'}")
    key = FernetCipher.new_key()
    monkeypatch.setenv("BANK131_STORE_KEY", key)
    cli("session", "cancel", bank.paid_for(), "--yes")
    assert findings(cli("doctor", "--json"))["store"]["status"] == "ok"
    monkeypatch.setenv("BANK131_STORE_KEY", FernetCipher.new_key())
    ran = cli("doctor", "--json")

    assert ran.status == 1
    assert findings(ran)["store"]["status"] == "failure"
    assert "BANK131_STORE_KEY" in findings(ran)["store"]["next"]
    assert key not in ran.out + ran.err


@pytest.mark.parametrize(
    ("ahead_s", "status", "way"), [(0, "ok", "within"), (-90, "warning", "behind"), (90, "warning", "ahead of")]
)
def test_a_clock_that_is_off_is_found(ahead_s: int, status: str, way: str, cli: Cli, bank: Bank) -> None:
    config = bank.sandbox.config()
    watched = doctor_of_bank._Watched(config)
    watched.answered_at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(seconds=ahead_s)
    watched.answer = HttpResponse(200, {"Date": "Mon, 02 Mar 2026 09:00:00 GMT"}, b"")
    found = doctor_of_bank._clock(watched)

    assert found.status == status
    assert way in found.message


# -- the webhook route --------------------------------------------------------------------------------------------


def served(bank: Bank, handler: Callable[[web.Request], Any]) -> str:
    async def start() -> str:
        application = web.Application()
        application.router.add_post("/webhooks", handler)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        bank.closing.append(runner.cleanup)
        return f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks"

    return bank.run(start())


def answering(status: int, **headers: str) -> Callable[[web.Request], Any]:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    return handle


def test_the_sdks_own_route_is_good(cli: Cli, bank: Bank) -> None:
    async def client() -> Any:
        return bank.sandbox.client()

    url = served(bank, webhook_handler(bank.run(client())))
    ran = cli("doctor", "--webhook-url", url, "--json")

    assert findings(ran)["webhook route"]["message"] == f"{url} refuses what is not signed"


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (200, "anybody can tell it that an order is paid"),
        (302, "a redirect to https://elsewhere"),
        (404, "answers 404"),
        (500, "answers 500, not 401"),
    ],
)
def test_a_route_that_is_not_good_is_found(cli: Cli, bank: Bank, status: int, says: str) -> None:
    url = served(bank, answering(status, Location="https://elsewhere") if status == 302 else answering(status))
    ran = cli("doctor", "--webhook-url", url, "--json")

    assert ran.status == 1
    assert says in findings(ran)["webhook route"]["message"]


@pytest.mark.parametrize(
    ("url", "says"), [("http://127.0.0.1:1/webhooks", "no connection"), ("shop.example", "--webhook-url: expected")]
)
def test_a_route_that_is_not_there_is_found(cli: Cli, bank: Bank, url: str, says: str) -> None:
    assert says in findings(cli("doctor", "--webhook-url", url, "--json"))["webhook route"]["message"]


def test_only_what_stays_on_this_machine_may_go_without_https() -> None:
    from bank131_async.cli.doctor.route import _is_open

    assert [_is_open(url) for url in ("http://shop.example/", "https://shop.example/", "http://localhost:1/")] == [
        True,
        False,
        False,
    ]

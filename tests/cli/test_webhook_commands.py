"""`bank131 listen`, `trigger` and `replay` against each other, over real sockets."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from bank131_async.core.signing import Signer
from bank131_async.testing.signed import SignedWebhook, sign_webhook

Cli = Callable[..., Any]
PROGRAM = [sys.executable, "-c", "from bank131_async.cli import main; main()"]
pytestmark = pytest.mark.usefixtures("no_environment")


class Listening:
    """`bank131 listen --json` as a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url = str(self.next()["url"])

    def next(self) -> dict[str, Any]:
        """What it prints next."""
        out: IO[str] | None = self.process.stdout
        assert out is not None
        told: dict[str, Any] = json.loads(out.readline())
        return told


@pytest.fixture
def listen(key_files: Path) -> Iterator[Callable[..., Listening]]:
    """Starts listeners that know the bank's public key, and ends them."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Listening:
        process = subprocess.Popen(
            [*PROGRAM, "listen", "--port", "0", "--key", str(key_files / "bank_public.pem"), "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return Listening(process)

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, ""), out


def trigger(cli: Cli, to: str, key_files: Path, *arguments: str) -> Any:
    return cli("trigger", *arguments, "--to", to, "--key", key_files / "bank_private.pem", "--json")


def post(url: str, webhook: SignedWebhook) -> int:
    request = urllib.request.Request(url, data=webhook.body, headers=webhook.headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("type_", ["ready_to_confirm", "action_required", "payment_refunded", "a_type_of_tomorrow"])
def test_a_triggered_webhook_of_any_type_is_heard(
    cli: Cli, listen: Callable[..., Listening], key_files: Path, type_: str
) -> None:
    listener = listen()
    ran = trigger(cli, listener.url, key_files, type_, "--session-id", "ps_7")
    heard = listener.next()

    assert (ran.status, ran.lines[0]["answered"]) == (0, 200)
    assert (heard["event"], heard["type"], heard["session_id"], heard["answered"]) == ("webhook", type_, "ps_7", 200)
    assert heard["bytes"] == ran.lines[0]["bytes"]


def test_values_of_the_body_can_be_set(cli: Cli, listen: Callable[..., Listening], key_files: Path) -> None:
    listener = listen()
    changes = (
        "session.status=cancelled",
        "session.payment_list.0.amount_details.amount=5000",
        'session.payment_list.0.error={"code":"bank_card_expired"}',
        "added.on.the_way=true",
    )
    options = [option for change in changes for option in ("--set", change)]
    trigger(cli, listener.url, key_files, "payment_finished", *options)
    body = listener.next()["body"]

    assert body["session"]["status"] == "cancelled"
    assert body["session"]["payment_list"][0]["amount_details"]["amount"] == 5_000
    assert body["session"]["payment_list"][0]["error"] == {"code": "bank_card_expired"}
    assert body["added"] == {"on": {"the_way": True}}


def test_a_body_of_ones_own_is_sent(
    cli: Cli, listen: Callable[..., Listening], key_files: Path, tmp_path: Path
) -> None:
    (tmp_path / "body.json").write_text('{"session":{"id":"ps_9"},"mine":1}')
    listener = listen()
    trigger(cli, listener.url, key_files, "payment_finished", "--body", str(tmp_path / "body.json"))

    assert listener.next()["body"] == {"session": {"id": "ps_9"}, "mine": 1, "type": "payment_finished"}


@pytest.mark.parametrize(
    "change", ["no_equals_sign", "session.payment_list.9.id=1", "session.id.deeper=1", "session.payment_list.x=1"]
)
def test_a_change_that_does_not_fit_is_one_line(cli: Cli, key_files: Path, change: str) -> None:
    ran = trigger(cli, "http://127.0.0.1:1/", key_files, "payment_finished", "--set", change)

    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert f"--set {change}" in ran.err


def test_a_webhook_that_nobody_takes_is_a_failure(cli: Cli, key_files: Path) -> None:
    ran = trigger(cli, "http://127.0.0.1:1/", key_files, "payment_finished")

    assert ran.status == 1
    assert ran.lines[0]["answered"] is None
    assert "no connection" in ran.lines[0]["answer"]


def test_an_address_that_is_none_is_refused(cli: Cli, key_files: Path) -> None:
    ran = trigger(cli, "shop.example/webhooks", key_files, "payment_finished")

    assert ran.status == 1
    assert "--to: expected an address" in ran.err


def test_a_key_that_the_listener_does_not_know_is_refused_and_told(
    cli: Cli, listen: Callable[..., Listening], key_files: Path
) -> None:
    listener = listen()
    ran = cli("trigger", "payment_finished", "--to", listener.url, "--key", key_files / "merchant_private.pem")

    assert ran.status == 1
    assert ran.out.endswith(": 401\n")
    assert ran.err.startswith("bank131: not taken; give the application the public half of the key that signed")
    assert listener.next()["event"] == "refused"


def test_whatever_comes_in_it_goes_on_listening(cli: Cli, listen: Callable[..., Listening], key_files: Path) -> None:
    listener = listen()
    host, port = urlsplit(listener.url).hostname, urlsplit(listener.url).port
    for garbage in (b"\x00\xff\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection((host, port), timeout=10) as stranger:
            stranger.sendall(garbage)
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(4096):
                pass
    signer = Signer.from_pem(key_files / "bank_private.pem")
    unreadable = SignedWebhook(b"\xff not json", signer.sign(b"\xff not json"))
    huge = b'"' + b"x" * 1_100_000 + b'"'

    assert post(listener.url, SignedWebhook(b"{}", "é".encode().decode("latin-1"))) == 401
    assert post(listener.url, unreadable) == 200
    assert post(listener.url, SignedWebhook(huge, signer.sign(huge))) == 413
    assert trigger(cli, listener.url, key_files, "payment_finished").status == 0
    assert [listener.next()["event"] for _ in range(3)] == ["refused", "unreadable", "webhook"]


def test_webhooks_are_forwarded_with_the_same_bytes_and_the_applications_answer_goes_back(
    cli: Cli, listen: Callable[..., Listening], key_files: Path, tmp_path: Path
) -> None:
    application = listen("--record", str(tmp_path / "application.jsonl"))
    listener = listen("--forward", f"{application.url}/webhooks?shop=1", "--record", str(tmp_path / "listener.jsonl"))
    ran = trigger(cli, f"{listener.url}/any/path?a=b", key_files, "payment_finished")

    assert ran.lines[0]["answered"] == 200
    assert listener.next()["forwarded"] == "200"
    assert application.next()["type"] == "payment_finished"
    first, second = (json.loads((tmp_path / name).read_text()) for name in ("application.jsonl", "listener.jsonl"))
    assert (first["body_base64"], first["signature"]) == (second["body_base64"], second["signature"])


class Application(BaseHTTPRequestHandler):
    """A local application that keeps what it was asked, and is not content."""

    asked: ClassVar[list[tuple[str, bytes, str | None]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, body, self.headers["X-PARTNER-SIGN"]))
        self.send_response(418)
        self.end_headers()
        self.wfile.write(b"short and stout")

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


def test_the_application_gets_the_query_and_its_refusal_goes_back(
    listen: Callable[..., Listening], key_files: Path
) -> None:
    class Shop(Application):
        asked: ClassVar[list[tuple[str, bytes, str | None]]] = []

    with HTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.handle_request).start()
        listener = listen("--forward", f"http://127.0.0.1:{server.server_port}/webhooks?shop=1")
        webhook = sign_webhook(Signer.from_pem(key_files / "bank_private.pem"), "payment_finished")

        assert post(f"{listener.url}/any?a=b&c=%20d", webhook) == 418
    assert Shop.asked == [("/webhooks?shop=1&a=b&c=%20d", webhook.body, webhook.signature)]


def test_an_application_that_does_not_answer_is_a_reason_to_send_again(
    cli: Cli, listen: Callable[..., Listening], key_files: Path
) -> None:
    listener = listen("--forward", "http://127.0.0.1:1/webhooks")
    ran = trigger(cli, listener.url, key_files, "payment_finished")

    assert ran.lines[0]["answered"] == 502
    assert "no connection" in listener.next()["forwarded"]


def test_recorded_webhooks_are_sent_again_in_order(
    cli: Cli, listen: Callable[..., Listening], key_files: Path, tmp_path: Path
) -> None:
    recording = tmp_path / "webhooks.jsonl"
    listener = listen("--record", str(recording), "--count", "3")
    for type_, session_id in (("ready_to_confirm", "ps_1"), ("payment_finished", "ps_1"), ("payment_finished", "ps_2")):
        trigger(cli, listener.url, key_files, type_, "--session-id", session_id)
    assert listener.process.wait(timeout=20) == 0

    again = listen()
    ran = cli("replay", recording, "--to", again.url, "--json")
    heard = [again.next() for _ in range(3)]

    assert ran.status == 0
    assert [(line["type"], line["session_id"], line["answered"]) for line in ran.lines] == [
        ("ready_to_confirm", "ps_1", 200),
        ("payment_finished", "ps_1", 200),
        ("payment_finished", "ps_2", 200),
    ]
    assert [line["type"] for line in heard] == ["ready_to_confirm", "payment_finished", "payment_finished"]
    chosen = cli("replay", recording, "--to", again.url, "--type", "payment_finished", "--session-id", "ps_2", "--json")
    assert [line["session_id"] for line in chosen.lines] == ["ps_2"]
    assert stat.S_IMODE(recording.stat().st_mode) == 0o600


def test_a_replay_that_is_not_taken_is_a_failure(
    cli: Cli, listen: Callable[..., Listening], key_files: Path, tmp_path: Path
) -> None:
    listener = listen("--record", str(tmp_path / "webhooks.jsonl"))
    trigger(cli, listener.url, key_files, "payment_finished")
    listener.next()
    ran = cli("replay", tmp_path / "webhooks.jsonl", "--to", "http://127.0.0.1:1/")

    assert ran.status == 1
    assert "no connection (Connection refused)" in ran.out
    assert ran.err == "bank131: 1 of 1 not taken; start the application, or give the address at which it listens\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no webhook fits"), ("{}\n", "line 1"), ("not json\n", "line 1"), ('{"at":1,"body_base64":"?"}\n', "line 1")],
)
def test_a_recording_that_is_none_is_one_line(cli: Cli, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "webhooks.jsonl").write_text(text)
    ran = cli("replay", tmp_path / "webhooks.jsonl", "--to", "http://127.0.0.1:1/")

    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert says in ran.err


def test_what_a_recording_or_a_port_lacks_is_one_line(cli: Cli, key_files: Path, tmp_path: Path) -> None:
    key = key_files / "bank_public.pem"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert "choose another --port" in cli("listen", "--port", port, "--key", key).err
    assert "--record" in cli("listen", "--record", tmp_path / "no" / "file", "--key", key).err
    assert "expected a file of" in cli("replay", tmp_path / "nope", "--to", "http://127.0.0.1:1/").err


def test_without_a_public_key_listen_says_where_it_would_come_from(cli: Cli) -> None:
    ran = cli("listen")

    assert ran.status == 1
    assert "BANK131_PUBLIC_KEY_PATH" in ran.err


def test_nothing_that_listen_prints_is_a_secret(listen: Callable[..., Listening], key_files: Path) -> None:
    listener = listen()
    signer = Signer.from_pem(key_files / "bank_private.pem")
    body = b'{"type":"payment_finished","session":{"id":"ps_1","payment_list":[{"recurrent":{"token":"hush-hush"}}]}}'

    assert post(listener.url, SignedWebhook(body, signer.sign(body))) == 200
    assert "hush-hush" not in json.dumps(listener.next())


def test_text_for_people_cannot_command_their_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from bank131_async.cli.options import show

    show({}, "webhook  \x1b[2Jevil", as_json=False)

    assert capsys.readouterr().out == "webhook  \ufffd[2Jevil\n"


def test_a_template_is_what_the_package_itself_signs(key_files: Path) -> None:
    webhook = sign_webhook(Signer.from_pem(key_files / "bank_private.pem"), "ready_to_capture")

    assert json.loads(webhook.body)["session"]["next_action"] == "capture"

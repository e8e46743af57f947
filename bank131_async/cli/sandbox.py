"""``bank131 sandbox``: the bank in a box as a program of its own, for clients in any language."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from bank131_async.cli.options import checking_arguments

if TYPE_CHECKING:
    from bank131_async.sandbox.bank import SandboxBank

OPEN = " (everybody who reaches this address can control the sandbox)"


def sandbox(
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = 8131,
    webhook_url: str | None = None,
    keys: Path | None = None,
    project_id: str = "sandbox",
    switches: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    list_cards: Annotated[bool, Parameter(negative=())] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Run a sandbox of the bank until it is interrupted.

    Example: bank131 sandbox --port 0 --webhook-url http://127.0.0.1:8000/webhooks --keys ./keys --json

    Parameters
    ----------
    host
        The address to listen on.
    port
        The port to listen on; 0 takes a free one.
    webhook_url
        Where the bank sends its webhooks. Without it none are sent.
    keys
        A folder for the two key pairs. Keys found there are used again. Without it keys live as long as the program.
    project_id
        The id that requests carry in X-PARTNER-PROJECT.
    switches
        A setting of the project as name=value, such as two_stage=true or hold_s=60; may be repeated.
    list_cards
        Print the test cards and stop.
    as_json
        Print JSON: one line with address, project and key files first, or the list of cards.
    """
    if list_cards:
        _print_cards(as_json=as_json)
        return
    from tempfile import TemporaryDirectory

    if keys is not None:
        _run(host, port, webhook_url, keys, project_id, switches, as_json=as_json)
        return
    with TemporaryDirectory(prefix="bank131-sandbox-") as folder:
        _run(host, port, webhook_url, Path(folder), project_id, switches, as_json=as_json)


def _print_cards(*, as_json: bool) -> None:
    from bank131_async.sandbox.cards import CARDS

    if as_json:
        print(json.dumps([card.listed() for card in CARDS], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Number", "Outcome", "What happens", title="Test cards of the sandbox")
    for card in CARDS:
        table.add_row(card.number, card.outcome, card.description)
    Console().print(table)


def _run(
    host: str,
    port: int,
    webhook_url: str | None,
    folder: Path,
    project_id: str,
    switches: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    import asyncio
    import time

    from bank131_async.sandbox.bank import SandboxBank
    from bank131_async.sandbox.keyring import SandboxKeys
    from bank131_async.sandbox.settings import Settings

    collect_rarely()
    with checking_arguments():
        settings = Settings(webhook_url=webhook_url).with_switches(switches)
    # A merchant's journal outlives this program: ids must not begin anew with every start.
    bank = SandboxBank(
        SandboxKeys.in_folder(folder), project_id=project_id, settings=settings, first_number=int(time.time())
    )
    asyncio.run(_serve(bank, host, port, folder.resolve(), as_json=as_json))


def collect_rarely() -> None:
    """Let the garbage collector of this program run seldom: with thousands of sessions it stops all for over 100 ms.

    For a program of its own only; a library leaves its user's collector alone.
    """
    gc.set_threshold(50_000, 20, 100)


async def _serve(bank: SandboxBank, host: str, port: int, folder: Path, *, as_json: bool) -> None:
    import asyncio
    import signal

    from bank131_async.sandbox.keyring import BANK_PUBLIC, MERCHANT_PRIVATE
    from bank131_async.sandbox.server import SandboxServer

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with SandboxServer(bank, host=host, port=port) as server:
        facts = {
            "url": server.url,
            "project_id": server.project_id,
            "private_key_path": str(folder / MERCHANT_PRIVATE),
            "bank_public_key_path": str(folder / BANK_PUBLIC),
            "dashboard_url": server.dashboard_url,
        }
        print(json.dumps(facts) if as_json else _readable(facts, bank), flush=True)
        await stopped.wait()


def _readable(facts: dict[str, str], bank: SandboxBank) -> str:
    from shlex import quote

    rows = {
        "address": facts["url"] + ("" if _is_loopback(facts["url"]) else OPEN),
        "dashboard": facts["dashboard_url"],
        "project": facts["project_id"],
        "merchant's private key": facts["private_key_path"],
        "bank's public key": facts["bank_public_key_path"],
        "webhooks to": bank.project.settings.webhook_url or "nobody; give --webhook-url",
    }
    lines = [f"{name:>24}  {value}" for name, value in rows.items()]
    environment = (
        f"export BANK131_SERVER={facts['url']} BANK131_PROJECT_ID={quote(facts['project_id'])}",
        f"export BANK131_PRIVATE_KEY_PATH={quote(facts['private_key_path'])}",
        f"export BANK131_PUBLIC_KEY_PATH={quote(facts['bank_public_key_path'])}",
    )
    return "\n".join(
        [
            "Sandbox bank; stop it with Ctrl+C",
            *lines,
            "Elsewhere, before `bank131 doctor` or a program of yours:",
            *environment,
        ]
    )


def _is_loopback(url: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    name = urlsplit(url).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"

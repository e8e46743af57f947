"""``bank131 sandbox`` as a process of its own, and its control plane as a program outside sees it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

_PROGRAM = (sys.executable, "-c", "from bank131_async.cli import main; main()", "sandbox")
_SWITCHES = {
    "two_stage": "true",
    "step_delay_s": "0.01",
    "refund_delay_s": "0.02",
    "resend_first_s": "0.1",
    "resend_factor": "1.5",
    "resend_cap_s": "0.5",
    "webhook_timeout_s": "2",
}
_PAGE = 500


class Bank:
    """The bank, while the context lasts. ``environ`` is what a merchant's process needs to find it."""

    def __init__(self, folder: Path, webhook_url: str, **switches: str) -> None:
        self.environ: dict[str, str] = {}
        self._folder = folder
        self._webhook_url = webhook_url
        self._switches = _SWITCHES | switches
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        arguments = ["--port", "0", "--json", "--keys", str(self._folder), "--webhook-url", self._webhook_url]
        for name, value in self._switches.items():
            arguments += ["--set", f"{name}={value}"]
        self._process = await asyncio.create_subprocess_exec(
            *_PROGRAM, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        facts = json.loads(await self._process.stdout.readline())
        self.project_id: str = facts["project_id"]
        self.environ = {
            "BANK131_SERVER": facts["url"],
            "BANK131_PROJECT_ID": facts["project_id"],
            "BANK131_PRIVATE_KEY_PATH": facts["private_key_path"],
            "BANK131_PUBLIC_KEY_PATH": facts["bank_public_key_path"],
        }
        self._http = aiohttp.ClientSession(base_url=facts["url"])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        await self._http.close()
        self._process.terminate()
        await self._process.wait()

    async def waiting_for_payers(self) -> list[str]:
        """Sessions whose payer has to pass 3-D Secure; of the newest ones that are under way."""
        told = await self._get("/sessions?limit=200&status=in_progress")
        return [row["id"] for row in told["sessions"] if row["stage"] == "waits for the payer"]

    async def payer_passes(self, session_id: str) -> bool:
        """Whether the payer was asked for still."""
        async with self._http.post(f"/_sandbox/sessions/{session_id}/payer", json={"action": "pass"}) as answer:
            return answer.status == 200

    async def sessions(self) -> list[dict[str, Any]]:
        """All sessions with ledgers, requests, and webhooks with their deliveries."""
        names: list[str] = []
        before: str | None = ""
        while before is not None:
            told = await self._get(f"/sessions?limit={_PAGE}" + (f"&before={before}" if before else ""))
            names += [row["id"] for row in told["sessions"]]
            before = told["next_before"]
        return [await self._get(f"/sessions/{name}") for name in names]

    async def owes_news(self) -> bool:
        """Whether a webhook has still to be taken."""
        webhooks = (one for session in await self.sessions() for one in session["timeline"] if one["kind"] == "webhook")
        return any(all(sending["status"] != 200 for sending in one["deliveries"]) for one in webhooks)

    async def send_again(self, numbers: list[int]) -> None:
        """Send old webhooks once more; each is repeated until it is taken."""
        async with self._http.post("/_sandbox/webhooks", json={"numbers": numbers}) as answer:
            assert answer.status == 200, await answer.text()

    async def is_refused(self) -> bool:
        """Whether the last webhook delivered was answered 503."""
        (last,) = (await self._get("/webhooks?limit=1"))["deliveries"]
        return bool(last["status"] == 503)

    async def _get(self, path: str) -> Any:
        async with self._http.get(f"/_sandbox{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

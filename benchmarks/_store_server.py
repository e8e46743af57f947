"""A web server of its own process that takes webhooks into a store; started by ``benchmarks/stores.py``.

``python -m benchmarks._store_server STORE_URL PUBLIC_PEM_PATH`` prints its port. It answers 200 after the append.
``POST /awaited?first=N&number=M`` has it await the flows of that many sessions, opened before, as a shop does.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from bank131_async import Bank131Client, Bank131Config, FlowSettings, Phase, PollSchedule, open_store
from bank131_async.core.machine import Opened
from bank131_async.core.signing import Signer, new_private_key_pem
from bank131_async.integrations.aiohttp import webhook_handler

_PROJECT = "benchmark"


async def main(url: str, public_pem: bytes) -> None:
    """Serves until the process is ended."""
    store = open_store(url)
    config = Bank131Config(
        project_id=_PROJECT,
        private_key=Signer.from_pem(new_private_key_pem()),
        bank_public_keys=public_pem,
        server="http://127.0.0.1:1",
    )
    settings = FlowSettings(polling=PollSchedule(first_s=3600.0))  # there is no bank to ask
    waiting: set[asyncio.Task[Phase]] = set()

    async with Bank131Client(config, store=store, settings=settings) as bank:

        async def await_flows(request: web.Request) -> web.Response:
            first, number = int(request.query["first"]), int(request.query["number"])
            await asyncio.gather(*(_open(f"ps_{at}") for at in range(first, first + number)))
            return web.Response()

        async def _open(stream: str) -> None:
            await store.journal(_PROJECT).append(stream, (Opened(amount=150000, currency="rub"),))
            flow = await bank.payments.attach(stream)
            task = asyncio.create_task(flow.wait_for(Phase.PAYMENT_FINISHED))
            waiting.add(task)
            task.add_done_callback(waiting.discard)

        app = web.Application()
        app.router.add_post("/webhook", webhook_handler(bank))
        app.router.add_post("/awaited", await_flows)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes()))

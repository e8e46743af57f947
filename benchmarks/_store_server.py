"""A web server of its own process that takes webhooks into a store; started by ``benchmarks/stores.py``.

``python -m benchmarks._store_server STORE_URL PUBLIC_PEM_PATH`` prints its port. It answers 200 after the append.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from bank131_async import Bank131Client, Bank131Config, open_store
from bank131_async.core.signing import Signer, new_private_key_pem
from bank131_async.integrations.aiohttp import webhook_handler


async def main(url: str, public_pem: bytes) -> None:
    """Serves until the process is ended."""
    store = open_store(url)
    config = Bank131Config(
        project_id="benchmark",
        private_key=Signer.from_pem(new_private_key_pem()),
        bank_public_keys=public_pem,
        server="http://127.0.0.1:1",
    )
    async with Bank131Client(config, store=store) as bank:
        app = web.Application()
        app.router.add_post("/webhook", webhook_handler(bank))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes()))

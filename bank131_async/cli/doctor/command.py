"""The command ``bank131 doctor``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bank131_async.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bank131_async.cli.doctor.finding import Finding
    from bank131_async.client.config import Bank131Config


def doctor(*, webhook_url: str | None = None, as_json: Json = False) -> None:
    """Check configuration, keys, the bank, its clock, the webhook route and the store; say what to do.

    Reads only: it asks the bank for a session that does not exist, and sends the route a webhook without a signature.
    Exit status 1 if something does not work.

    Example: bank131 doctor --webhook-url https://shop.example/webhooks/bank131

    Parameters
    ----------
    webhook_url
        Where the bank sends webhooks, as the bank's manager was told.
    """
    from bank131_async.cli.connect import keep_quiet
    from bank131_async.cli.doctor.finding import report

    keep_quiet()
    sys.exit(report(_findings(webhook_url), as_json=as_json))


def _findings(webhook_url: str | None) -> Iterator[Finding]:
    import asyncio

    from bank131_async.cli.doctor.bank import check_bank
    from bank131_async.cli.doctor.finding import failure, ok, skipped
    from bank131_async.cli.doctor.journal import check_journal
    from bank131_async.cli.doctor.keys import check_keys
    from bank131_async.cli.doctor.route import check_route
    from bank131_async.client.config import Bank131Config
    from bank131_async.errors import ConfigurationError

    config: Bank131Config | None = None
    try:
        config = Bank131Config.from_env()
    except ConfigurationError as error:
        yield failure("configuration", str(error), "set the variable as it says; docs/configuration.md lists them all")
    else:
        yield ok("configuration", f"project {config.project_id} at {config.server}, API {config.api_version}")
    yield from check_keys()
    if config is None:
        yield skipped("bank", "not asked without a configuration", "correct the configuration, then run this again")
    else:
        yield from asyncio.run(check_bank(config))
    yield asyncio.run(check_route(webhook_url))
    yield asyncio.run(check_journal(None if config is None else config.project_id))

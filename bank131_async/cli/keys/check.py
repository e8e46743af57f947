"""``bank131 keys check``."""

from __future__ import annotations

import sys

from bank131_async.cli.options import Json


def check(*, as_json: Json = False) -> None:
    """Check the keys of the environment: whether they load, fit and are kept from others.

    Exit status 1 if one cannot be used. ``bank131 doctor`` checks these and everything else.

    Example: BANK131_PRIVATE_KEY_PATH=keys/merchant_private.pem bank131 keys check
    """
    from bank131_async.cli.doctor.finding import report
    from bank131_async.cli.doctor.keys import check_keys

    sys.exit(report(check_keys(), as_json=as_json))

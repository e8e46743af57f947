"""The settings of one client: which project, which keys, which server, which limits.

Everything is checked when the config is made, before anything is sent. Errors name the setting (or the environment
variable) and what is expected, and never quote a secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Literal

from attrs import field, frozen

from bank131_async.client import checks
from bank131_async.client.environment import read_settings
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.codec import MOSCOW
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.signing import AsyncSigner, Pem, Signer, Verifier
from bank131_async.errors import ConfigurationError
from bank131_async.transport.base import Timeout


def _signer(value: Pem | Signer | AsyncSigner) -> Signer | AsyncSigner:
    if isinstance(value, (str, bytes, os.PathLike)):
        return Signer.from_pem(value)
    if not callable(getattr(value, "sign", None)):
        raise ConfigurationError(
            "private_key: expected PEM, the path of a PEM file or an object with `async sign(data)`"
        )
    return value


def _verifier(value: Pem | Sequence[Pem] | Verifier | None) -> Verifier | None:
    if value is None or isinstance(value, Verifier):
        return value
    keys: Sequence[Pem] = [value] if isinstance(value, (str, bytes, os.PathLike)) else value
    return Verifier.from_pem(*keys, name="bank_public_keys")


def _rate_limit(value: RateLimit | float | None) -> RateLimit | None:
    return value if value is None or isinstance(value, RateLimit) else RateLimit(value)


def _show_signer(signer: Signer | AsyncSigner) -> str:
    return repr(signer) if isinstance(signer, Signer) else f"<{type(signer).__name__}>"


@frozen(kw_only=True)
class Bank131Config:
    """Settings of one client; may be shared by several.

    - ``project_id``: the project's id, from the bank's manager.
    - ``private_key``: the merchant's RSA key: PEM text or bytes, the path of a PEM file, a
      :class:`~bank131_async.core.signing.Signer` (for a key with a passphrase: ``Signer.from_pem(path, passphrase)``)
      or an object of your own with ``async sign(data)``. It is loaded once, here.
    - ``bank_public_keys``: the bank's key or keys, for webhooks; not needed for the API alone.
    - ``server``: ``demo``, ``live`` or an address; plain http only to this machine.
    - ``api_version``: ``v2`` or ``v1``; calls that exist in one version only use that one.
    - ``expiration_zone``: the zone in which ``payment_options.expiration_at`` is written; the bank names none.
    - ``submerchant``: sent as ``X-PARTNER-SUBMERCHANT`` unless blank (docs: reference/format).
    - ``timeout``: limits per phase, in seconds.
    - ``rate_limit``: requests per second, or a :class:`RateLimit` with a burst; off by default.
    - ``retry``: how often and how soon a request is repeated that was certainly not carried out (not sent, HTTP 429),
      or that moves no money. One that may have moved money is never repeated.
    - ``max_answer_bytes``, ``max_webhook_bytes``: longer bodies are not read.
    - ``log_bodies``: log requests and answers at DEBUG, with secrets masked; bodies are never logged otherwise.

    Raises:
        ConfigurationError: a value is unusable.
    """

    project_id: str = field(converter=checks.project_id)
    private_key: Signer | AsyncSigner = field(converter=_signer, repr=_show_signer)
    bank_public_keys: Verifier | None = field(default=None, converter=_verifier)
    server: str = field(default="demo", converter=checks.server)
    api_version: Literal["v1", "v2"] = field(default="v2", converter=checks.api_version)
    expiration_zone: tzinfo = MOSCOW
    submerchant: str | None = field(default=None, converter=checks.submerchant)
    timeout: Timeout = field(factory=Timeout)
    rate_limit: RateLimit | None = field(default=None, converter=_rate_limit)
    retry: RetryPolicy = field(factory=lambda: RetryPolicy(attempts=3))
    connections: int = field(default=100, validator=checks.at_least(1))
    max_answer_bytes: int = field(default=4 * 1024 * 1024, validator=checks.at_least(1))
    max_webhook_bytes: int = field(default=1024 * 1024, validator=checks.at_least(1))
    log_bodies: bool = False

    @property
    def verifier(self) -> Verifier:
        """The bank's public keys, which webhooks need. Raises ``ConfigurationError`` if there are none."""
        if self.bank_public_keys is None:
            raise ConfigurationError(
                "bank_public_keys: expected the bank's public key to verify webhooks with; "
                "set BANK131_PUBLIC_KEY or BANK131_PUBLIC_KEY_PATH"
            )
        return self.bank_public_keys

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Bank131Config:
        """Settings from ``BANK131_*`` variables (``os.environ`` unless ``environ`` is given).

        - Needed: ``PROJECT_ID``; ``PRIVATE_KEY`` (PEM; line ends may be written ``\\n``) or ``PRIVATE_KEY_PATH``.
        - Keys: ``PRIVATE_KEY_PASSPHRASE``; ``PUBLIC_KEY`` (one or more PEM blocks) or ``PUBLIC_KEY_PATH`` (several
          joined as in ``PATH``).
        - The bank: ``SERVER`` (demo, live or an address), ``API_VERSION``, ``SUBMERCHANT``.
        - Limits: ``CONNECT_TIMEOUT``, ``TLS_TIMEOUT``, ``READ_TIMEOUT`` and ``TIMEOUT`` (total) in seconds,
          ``RATE_LIMIT`` (requests per second), ``RATE_BURST``, ``REPEATS`` (0 for none), ``MAX_WEBHOOK_BYTES``.
        - ``LOG_BODIES`` (1 or 0). A blank variable counts as unset.

        Raises:
            ConfigurationError: a variable is missing or unusable; the message names it.
        """
        return cls(**read_settings(os.environ if environ is None else environ))

"""Settings read from environment variables, with errors that name the variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, Required, TypedDict

from bank131_async.client import checks
from bank131_async.client.rate_limit import RateLimit
from bank131_async.core.retry import RetryPolicy
from bank131_async.core.signing import Signer, Verifier
from bank131_async.errors import ConfigurationError
from bank131_async.transport.base import Timeout

PREFIX = "BANK131_"


class Settings(TypedDict, total=False):
    """Arguments of :class:`~bank131_async.client.config.Bank131Config` as far as the environment gives them."""

    project_id: Required[str]
    private_key: Required[Signer]
    bank_public_keys: Verifier
    server: str
    api_version: Literal["v1", "v2"]
    submerchant: str | None
    timeout: Timeout
    rate_limit: RateLimit
    retry: RetryPolicy
    max_webhook_bytes: int
    log_bodies: bool


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that ``environ`` holds. Raises ``ConfigurationError`` that names the variable."""
    env = _Environment(environ)
    settings = Settings(
        project_id=checks.project_id(env.get("PROJECT_ID", ""), "BANK131_PROJECT_ID"),
        private_key=_private_key(env),
        timeout=_timeout(env),
    )
    if (verifier := _public_keys(env)) is not None:
        settings["bank_public_keys"] = verifier
    if server := env.get("SERVER"):
        settings["server"] = checks.server(server, "BANK131_SERVER")
    if version := env.get("API_VERSION"):
        settings["api_version"] = checks.api_version(version, "BANK131_API_VERSION")
    if submerchant := env.get("SUBMERCHANT"):
        settings["submerchant"] = checks.submerchant(submerchant, "BANK131_SUBMERCHANT")
    if (rate_limit := _rate_limit(env)) is not None:
        settings["rate_limit"] = rate_limit
    if (repeats := env.whole("REPEATS", at_least=0)) is not None:
        settings["retry"] = RetryPolicy(attempts=repeats + 1)
    if (limit := env.whole("MAX_WEBHOOK_BYTES", at_least=1)) is not None:
        settings["max_webhook_bytes"] = limit
    if (log_bodies := env.switch("LOG_BODIES")) is not None:
        settings["log_bodies"] = log_bodies
    return settings


def read_private_key(environ: Mapping[str, str]) -> Signer:
    """The merchant's key alone, for what needs no project. Raises ``ConfigurationError`` that names the variable."""
    return _private_key(_Environment(environ))


def read_public_keys(environ: Mapping[str, str]) -> Verifier | None:
    """The bank's keys alone, if any. Raises ``ConfigurationError`` that names the variable."""
    return _public_keys(_Environment(environ))


class _Environment:
    """The variables with our prefix; a blank one counts as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, name: str, default: str | None = None) -> str:
        """The text of a variable, without blanks around it."""
        return self._environ.get(PREFIX + name, "").strip() or default or ""

    def one_of(self, name: str, other: str) -> tuple[str, str]:
        """Two variables that exclude each other."""
        if self.get(name) and self.get(other):
            raise ConfigurationError(f"{PREFIX}{name} and {PREFIX}{other} are both set: expected one of them")
        return self.get(name), self.get(other)

    def number(self, name: str) -> float | None:
        """A number above zero."""
        text = self.get(name)
        if not text:
            return None
        try:
            value: object = float(text)
        except ValueError:
            value = None
        return checks.number(value, PREFIX + name)

    def whole(self, name: str, *, at_least: int) -> int | None:
        """A whole number."""
        text = self.get(name)
        if not text:
            return None
        return checks.whole_number(int(text) if text.isdecimal() else text, PREFIX + name, at_least=at_least)

    def switch(self, name: str) -> bool | None:
        """On or off."""
        text = self.get(name).lower()
        if text not in {"", "1", "0", "true", "false", "yes", "no", "on", "off"}:
            raise ConfigurationError(f"{PREFIX}{name}: expected 1 or 0")
        return text in {"1", "true", "yes", "on"} if text else None


def _private_key(env: _Environment) -> Signer:
    pem, path = env.one_of("PRIVATE_KEY", "PRIVATE_KEY_PATH")
    passphrase = env.get("PRIVATE_KEY_PASSPHRASE") or None
    if path:
        return Signer.from_pem(path, passphrase, name="BANK131_PRIVATE_KEY_PATH")
    _require_pem(pem, "PRIVATE_KEY")
    return Signer.from_pem(pem, passphrase, name="BANK131_PRIVATE_KEY")


def _public_keys(env: _Environment) -> Verifier | None:
    pem, paths = env.one_of("PUBLIC_KEY", "PUBLIC_KEY_PATH")
    if paths:
        given = [path for path in paths.split(os.pathsep) if path]
        return Verifier.from_pem(*given, name="BANK131_PUBLIC_KEY_PATH")
    if not pem:
        return None
    _require_pem(pem, "PUBLIC_KEY")
    return Verifier.from_pem(pem, name="BANK131_PUBLIC_KEY")


def _require_pem(text: str, name: str) -> None:
    if "-----BEGIN" not in text:
        raise ConfigurationError(
            f"{PREFIX}{name}: expected an RSA key in PEM (-----BEGIN ...); for a file set {PREFIX}{name}_PATH"
        )


def _rate_limit(env: _Environment) -> RateLimit | None:
    rate, burst = env.number("RATE_LIMIT"), env.whole("RATE_BURST", at_least=1)
    if rate is not None:
        return RateLimit(rate, burst or 1)
    if burst is not None:  # it would do nothing, and whoever set it believes that there is a limit
        raise ConfigurationError(f"{PREFIX}RATE_BURST: expected {PREFIX}RATE_LIMIT beside it")
    return None


def _timeout(env: _Environment) -> Timeout:
    usual = Timeout()
    return Timeout(
        connect=env.number("CONNECT_TIMEOUT") or usual.connect,
        tls=env.number("TLS_TIMEOUT") or usual.tls,
        read=env.number("READ_TIMEOUT") or usual.read,
        total=env.number("TIMEOUT") or usual.total,
    )

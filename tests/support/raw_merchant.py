"""A merchant without an SDK: builds bodies by hand and signs them with the cryptography library alone."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from bank131_async.sandbox import OutgoingWebhook, SandboxBank

CHALLENGE = "4000000000000010"
APPROVE = "4242424242424242"
DECLINED = "4000000000000192"


class RefusedError(Exception):
    """The bank's error envelope."""

    def __init__(self, status: int, error: dict[str, str]) -> None:
        super().__init__(status, error)
        self.status = status
        self.code = error["code"]
        self.description = error["description"]


def card(number: str = APPROVE, **fields: str) -> dict[str, Any]:
    """``payment_details`` for open card data."""
    bank_card = {"number": number, "expiration_month": "12", "expiration_year": "30", "security_code": "123", **fields}
    return {"type": "card", "card": {"type": "bank_card", "bank_card": bank_card}}


def order(amount: int = 10_000, currency: str = "rub", **fields: Any) -> dict[str, Any]:
    """The mandatory parts of a payment but its card."""
    return {
        "amount_details": {"amount": amount, "currency": currency},
        "customer": {"reference": "customer-1"},
        "payment_options": {"return_url": "https://shop.example/back"},
        **fields,
    }


class RawMerchant:
    """Talks to a bank in process, as any HTTP client would."""

    def __init__(self, bank: SandboxBank, *, version: str = "v2") -> None:
        self.bank = bank
        self.version = version
        self._key = _private_key(bank.keys.merchant_private_pem)

    def headers(self, body: bytes, key: str | None = None) -> dict[str, str]:
        """Headers with a signature over exactly these bytes."""
        signature = self._key.sign(body, PKCS1v15(), SHA256())
        headers = {
            "Content-Type": "application/json",
            "X-PARTNER-PROJECT": self.bank.project.id,
            "X-PARTNER-SIGN": base64.b64encode(signature).decode(),
        }
        return headers if key is None else {**headers, "X-PARTNER-IDEMPOTENCY-KEY": key}

    def send(self, method: str, body: bytes, *, key: str | None = None, version: str | None = None) -> dict[str, Any]:
        """Send these bytes; the whole answer, or ``RefusedError``."""
        path = f"/api/{version or self.version}/{method}"
        answer = self.bank.handle("POST", path, self.headers(body, key), body)
        parsed = json.loads(answer.body)
        if answer.status != 200:
            assert parsed["status"] == "error"
            assert set(parsed["error"]) == {"code", "description"}
            raise RefusedError(answer.status, parsed["error"])
        assert parsed["status"] == "ok"
        return parsed

    def call(self, method: str, /, *, key: str | None = None, version: str | None = None, **fields: Any) -> Any:
        """Send fields as JSON; the session of the answer, or the whole answer of a method without one."""
        answer = self.send(method, json.dumps(fields).encode(), key=key, version=version)
        return answer.get("session", answer)

    def outcome(self, method: str, /, **fields: Any) -> str:
        """``ok``, or the error code of the answer."""
        try:
            self.call(method, **fields)
        except RefusedError as refused:
            return refused.code
        return "ok"

    def create(self, **fields: Any) -> str:
        """Create a session with the parts of ``order`` and return its id."""
        return self.call("session/create", **(order() | fields))["id"]

    def start(self, session_id: str, number: str = APPROVE) -> Any:
        """Start with a card."""
        return self.call("session/start/payment", session_id=session_id, payment_details=card(number))

    def paid(self, number: str = APPROVE, **fields: Any) -> str:
        """Create, start and, where needed, confirm, pass 3-D Secure and capture; the id of the session."""
        session_id = self.create(**fields)
        self.start(session_id, number)
        if self.status(session_id).get("next_action") == "confirm":
            self.call("session/confirm", session_id=session_id)
        if "customer_interaction" in self.payment(session_id):
            self.bank.payer_pass(session_id)
        if self.status(session_id).get("next_action") == "capture":
            self.call("session/capture", session_id=session_id)
        return session_id

    def status(self, session_id: str) -> Any:
        """The session as ``session/status`` shows it."""
        return self.call("session/status", session_id=session_id)

    def payment(self, session_id: str) -> Any:
        """The newest payment as ``session/status`` shows it."""
        return payments_of(self.status(session_id))[-1]

    def events(self) -> list[str]:
        """Types of the webhooks that are due, taken from the outbox, each with a checked signature."""
        return [webhook["type"] for webhook in self.webhooks()]

    def webhooks(self) -> list[Any]:
        """The bodies of the webhooks that are due, taken from the outbox, each with a checked signature."""
        return [self.read(webhook) for webhook in self.bank.take_outbox()]

    def read(self, webhook: OutgoingWebhook) -> Any:
        """Check one webhook's signature and parse its body."""
        key = load_pem_public_key(self.bank.keys.bank_public_pem)
        assert isinstance(key, RSAPublicKey)
        key.verify(base64.b64decode(webhook.signature), webhook.body, PKCS1v15(), SHA256())
        return json.loads(webhook.body)


@cache
def _private_key(pem: bytes) -> RSAPrivateKey:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    return key


def payments_of(session: dict[str, Any]) -> list[Any]:
    """The payments of a session under either version's name."""
    return session.get("payment_list") or session.get("acquiring_payments") or []

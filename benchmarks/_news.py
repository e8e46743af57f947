"""Signed webhooks like the bank's: one acquiring payment of a card, about 1.3 KB."""

from __future__ import annotations

import base64
from collections.abc import Callable

import orjson
from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bank131_async.core.signing import Signer, Verifier, new_private_key_pem


@frozen
class Keys:
    """The bank's key, as the one who signs and the one who checks hold it."""

    signer: Signer
    verifier: Verifier
    public_pem: bytes

    @classmethod
    def new(cls, bits: int) -> Keys:
        """A fresh pair."""
        signer = Signer.from_pem(new_private_key_pem(bits))
        return cls(signer, Verifier.from_pem(signer.public_pem()), signer.public_pem())


@frozen
class News:
    """One webhook as it travels."""

    body: bytes
    signature: str


def finished(session_id: str, signer: Signer) -> News:
    """The end of a successful payment."""
    body = orjson.dumps({"type": "payment_finished", "session": _session(session_id)})
    return News(body, signer.sign(body))


def least_work(public_pem: bytes) -> Callable[[News], object]:
    """What any receiver must do at least: check the signature and parse the JSON."""
    key = load_pem_public_key(public_pem)
    assert isinstance(key, RSAPublicKey)
    padding, algorithm = PKCS1v15(), SHA256()

    def verify_and_parse(news: News) -> object:
        key.verify(base64.b64decode(news.signature), news.body, padding, algorithm)
        return orjson.loads(news.body)

    return verify_and_parse


def _session(session_id: str) -> dict[str, object]:
    return {
        "id": session_id,
        "status": "accepted",
        "created_at": "2026-11-22T09:12:01.183421Z",
        "updated_at": "2026-11-22T09:12:44.907113Z",
        "finished_at": "2026-11-22T09:12:44.907113Z",
        "payment_list": [_payment()],
        "actions": {"confirm": "2026-11-22T09:12:20.100005Z", "capture": "2026-11-22T09:12:40.360417Z"},
    }


def _payment() -> dict[str, object]:
    return {
        "id": "pm_87650123",
        "status": "succeeded",
        "created_at": "2026-11-22T09:12:01.279512Z",
        "finished_at": "2026-11-22T09:12:44.812090Z",
        "customer": {
            "reference": "user-48151623",
            "contacts": [{"email": "payer@example.com"}, {"phone": "+7916***4567"}],
        },
        "payment_details": {
            "type": "card",
            "card": {"brand": "visa", "last4": "4242", "bin": "424242", "country_iso3": "rus"},
        },
        "amount_details": {"amount": 150000, "currency": "rub"},
        "amounts": {
            "gross": {"amount": 150000, "currency": "rub"},
            "net": {"amount": 146250, "currency": "rub"},
            "fee": {"merchant_fee": {"amount": 3750, "currency": "rub"}},
        },
        "participant_details": {"sender": {"full_name": "Ivan Ivanov", "ipv4": "192.0.2.17"}},
        "payment_options": {
            "return_url": "https://shop.example.com/orders/48151623/return",
            "recurrent": False,
            "platform_details": {"type": "desktop", "os": "windows", "browser": "firefox"},
        },
        "transaction_info": {"rrn": "532610487215", "auth_code": "A1B2C3"},
        "metadata": {"order": "48151623", "shop": "main", "basket": ["tea", "cups"], "note": "leave it at the door"},
        "refunds": [],
    }

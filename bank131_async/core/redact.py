"""What must never reach a journal, a log, a span or an exception: card data, codes, tokens, hashes and keys.

Secrets are found in two ways: by the name of the field that holds them, and, in any other text, by looking like a card
number (13 to 19 digits that pass the Luhn check, single spaces or dashes between them allowed). The fields are those
of docs: reference/objects; names are compared without case, ``_`` and ``-``, so that a merchant's own ``cardNumber``
or the header ``X-PARTNER-SIGN`` is found as well.

What comes out has the shape of what went in: a text stays a text, a missing value stays missing, and identifiers
(``session.id``, ``card_id``, our tag in the metadata ...) stay as they are, so that a redacted answer of the bank can
still be decoded and judged. Numbers are replaced where they are under a secret name or, looking like a card number,
inside ``metadata``; everywhere else a number has a documented meaning that is not a card.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

from bank131_async.core.codec import dumps, loads
from bank131_async.core.models import JsonValue
from bank131_async.errors import CodecError

REDACTED = "***"
"""What stands in the place of a secret. Card numbers keep their first six and last four digits instead."""

# Names are squeezed: small letters and digits only.
_HIDDEN_NAMES = frozenset(
    {
        "securitycode", "cvc", "cvv", "cvc2", "cvv2", "expirationmonth", "expirationyear", "cardholdername",
        "xpartnersign",
    }
)  # fmt: skip
_CARD_NUMBERS = ("number", "cardnumber")
_HIDDEN_ENDINGS = ("token", "hash")  # public_token, number_hash and the like
_IDENTIFIERS = frozenset({"id", "session_id", "session_payment_id", "card_id", "rrn", "arn", "registration_number"})
_OUR_TAG = "_b131"

_SEPARATOR = "[ \u00a0\u2000-\u2015\u202f-]"
_DIGIT_RUN = re.compile(f"[0-9](?:{_SEPARATOR}?[0-9]){{12,}}")
_DIGITS = re.compile("[0-9]+")
_MASKED = re.compile(r"[0-9]{0,6}\*+[0-9]{0,4}")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\\\r\n].*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)

_SQUEEZE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase, " _-")

_Rule = Callable[[JsonValue], JsonValue]


def mask_pan(number: str) -> str:
    """``"4242 4242 4242 4242"`` -> ``"424242******4242"``; what is too short for a card number is hidden whole."""
    digits = "".join(_DIGITS.findall(number))
    if len(digits) >= 13:
        return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"
    return number if not number or _MASKED.fullmatch(number) else REDACTED


def mask_text(text: str) -> str:
    """The text with card numbers masked and private keys in PEM removed.

    Numbers that start with 0 or 1 are left alone: no card scheme of the bank uses them, while milliseconds since 1970
    and the ids of many systems do.
    """
    if len(text) < 13:
        return text
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(REDACTED, text)
    return _DIGIT_RUN.sub(_mask_run, text)


def redact_json(value: JsonValue) -> JsonValue:
    """A copy of a JSON value without secrets; also fit for a mapping of headers."""
    return _redact(value, _plain)


def redact_body(data: bytes) -> bytes:
    """The JSON of ``data`` without secrets; the same object when no secret can be inside.

    Bytes that are not JSON, yet hold something like a secret, are replaced by a note of their size: without a
    structure nobody can tell where a secret ends.
    """
    if not _may_hold_secrets(data):
        return data
    try:
        return dumps(redact_json(loads(data)))
    except CodecError:
        return dumps(f"{REDACTED} {len(data)} bytes")


# Before the search all digits of a body become 0 and capitals small, and of the rest only the quotes around names stay,
# and the colons, which end a name and keep the numbers of a time apart. The names are searched from their ends, in the
# reversed body: so all begin with the same two signs, and one pattern, which parts by the letter after them, is three
# times as fast as nine searches.
_FOLDED = bytes.maketrans(
    (string.ascii_uppercase + string.digits).encode(), (string.ascii_lowercase + "0" * 10).encode()
)
_DROPPED = bytes(sorted(set(range(256)) - set((string.ascii_letters + string.digits + '":').encode())))
_CARD_NUMBER = b"0" * 13


def _secret_names() -> re.Pattern[bytes]:
    names = [*_HIDDEN_ENDINGS, *(f'"{name}' for name in (*_HIDDEN_NAMES, *_CARD_NUMBERS))]
    backwards = groupby(sorted(name.replace("2", "0")[::-1] for name in names), key=itemgetter(0))
    by_letter = {letter: "|".join(name[1:] for name in group) for letter, group in backwards}
    found = "|".join(f"{letter}(?:{rest})" for letter, rest in by_letter.items())
    return re.compile(f':"(?=[{"".join(by_letter)}])(?:{found})'.encode())


_SECRET_NAMES = _secret_names()


def _may_hold_secrets(data: bytes) -> bool:
    """Whether redaction could change anything; errs on the side of yes. About 4 us for a webhook.

    ASCII can hide from this search only behind an escape: ``\\u0034`` is a digit, ``\\u2009`` a separator. Escapes of
    Cyrillic (``\\u04..``) need no closer look. A PEM has line ends, which are escaped as well.
    """
    folded = data.translate(_FOLDED, _DROPPED)
    if _CARD_NUMBER in folded or _SECRET_NAMES.search(folded[::-1]):
        return True
    return b"\\" in data and (b"\\u00" in data or b"\\u20" in data or b"PRIVATE KEY" in data)


def _redact(value: JsonValue, rule: _Rule) -> JsonValue:
    if isinstance(value, dict):
        return {mask_text(key): _redact(item, _rule_for(key, rule)) for key, item in value.items()}
    if isinstance(value, list):
        return [_redact(item, rule) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return rule(value)


def _rule_for(key: str, around: _Rule) -> _Rule:
    """What to do with the scalars below ``key``, inside a value that was treated by ``around``."""
    name = key.translate(_SQUEEZE)
    if around is _hidden or name in _HIDDEN_NAMES or name.endswith(_HIDDEN_ENDINGS):
        return _hidden
    if name in _CARD_NUMBERS:
        return _card_number
    if around is _free:
        return _kept if key == _OUR_TAG else _free
    if name.endswith("metadata"):
        return _free
    return _kept if key in _IDENTIFIERS else _plain


def _plain(value: JsonValue) -> JsonValue:
    return mask_text(value) if isinstance(value, str) else value


def _free(value: JsonValue) -> JsonValue:
    """Metadata is the merchant's own: a card number may be written as a number there."""
    if isinstance(value, int) and 10**12 <= value < 10**19:
        masked = mask_text(str(value))
        return value if masked == str(value) else masked
    return _plain(value)


def _hidden(value: JsonValue) -> JsonValue:
    return value if value == "" else REDACTED


def _card_number(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return mask_pan(value)
    # A small number under "number" is something else, the quarter of a tax period for one.
    return REDACTED if isinstance(value, int) and value >= 10**11 else value


def _kept(value: JsonValue) -> JsonValue:
    return value


def _mask_run(run: re.Match[str]) -> str:
    """Mask every stretch of whole groups of digits that may be a card number, overlapping stretches as one.

    ``4242 4242 4242 4242 12`` is a card number with something behind it; ``40817810500000000016``, 20 digits without a
    gap, is none.
    """
    text = run[0]
    result: list[str] = []
    done = 0
    for start, end in _card_numbers(text):
        result += [text[done:start], mask_pan(text[start:end])]
        done = end
    return "".join([*result, text[done:]])


def _card_numbers(text: str) -> list[tuple[int, int]]:
    groups = [group.span() for group in _DIGITS.finditer(text)]
    found: list[tuple[int, int]] = []
    for first, (start, _) in enumerate(groups):
        digits = ""
        for group_start, end in groups[first : first + 19]:
            digits += text[group_start:end]
            if len(digits) > 19:
                break
            if _looks_like_card(digits):
                if found and start < found[-1][1]:
                    found[-1] = (found[-1][0], max(end, found[-1][1]))
                else:
                    found.append((start, end))
    return found


def _looks_like_card(digits: str) -> bool:
    return len(digits) >= 13 and digits[0] not in "01" and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (ISO/IEC 7812-1)."""
    plain = sum(map(int, digits[::-2]))
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (plain + doubled) % 10 == 0

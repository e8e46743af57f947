"""The bank's "no": an error code, a description that helps, and an HTTP status."""

from __future__ import annotations

# Which HTTP status goes with which code is open; PHP's own test pairs a repeated key with 400.
HTTP_STATUS = {
    "authentication_error": 401,
    "identification_error": 401,
    "authorization_error": 403,
    "internal_error": 500,
}


class Refusal(Exception):  # noqa: N818  a refusal is an answer of the bank, not a failure of this program
    """A request that the bank refuses. ``code`` is the bank's, ``description`` says which field and what was expected.

    A description never repeats a value that may be secret.
    """

    def __init__(self, code: str, description: str, *, http_status: int | None = None) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.http_status: int = http_status or HTTP_STATUS.get(code, 400)


def invalid(description: str, *, http_status: int | None = None) -> Refusal:
    """The refusal that most requests get: ``invalid_request``."""
    return Refusal("invalid_request", description, http_status=http_status)

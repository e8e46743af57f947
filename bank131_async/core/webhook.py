"""Reading a webhook: bytes and header in; an event or one of two errors out, whatever a stranger sends.

The bytes are verified before they are parsed. ``WebhookSignatureError`` says that nothing of them may be believed,
``WebhookPayloadError`` that the bank did sign them but they cannot be read here. Unknown types and unknown fields are
no errors: they come as events like all others (docs: reference/webhooks). A ``session`` that is there but has not the
documented shape makes a webhook of any type unreadable.
"""

from __future__ import annotations

from attrs import frozen

from bank131_async.core.codec import decode
from bank131_async.core.models import ConfirmInformation, Extra, Session, WebhookBody, WebhookType
from bank131_async.core.signing import Verifier
from bank131_async.errors import CodecError, WebhookPayloadError

_ABOUT_A_SESSION = frozenset(
    {
        WebhookType.action_required,
        WebhookType.ready_to_confirm,
        WebhookType.ready_to_capture,
        WebhookType.payment_finished,
        WebhookType.payment_refunded,
    }
)
"""Types that make no sense without ``session.id``. What the others carry is hardly documented."""


@frozen(eq=False, repr=False, weakref_slot=False)
class WebhookEvent:
    """A webhook that the bank signed. Two events are the same if their bytes are: the bank sends no event id.

    ``type`` is the member of ``WebhookType`` or, if unknown, the plain text. ``session`` is there for every documented
    type about a session and may be missing otherwise. ``extra`` holds the fields beside those named here, ``body`` the
    bytes as they were signed, secrets included, and ``digest`` their SHA-256: the identity of the event.
    """

    type: WebhookType | str
    session: Session | None
    confirm_information: ConfirmInformation | None
    extra: Extra
    body: bytes
    digest: bytes

    @property
    def session_id(self) -> str | None:
        """Id of the session that the event is about, ``None`` if it names none."""
        return (self.session.id or None) if self.session is not None else None

    def __eq__(self, other: object) -> bool:
        return self.body == other.body if isinstance(other, WebhookEvent) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.body)

    def __repr__(self) -> str:
        return f"WebhookEvent(type={str(self.type)!r}, session_id={self.session_id!r})"


def read_webhook(body: bytes, signature: str | None, verifier: Verifier) -> WebhookEvent:
    """Verify the bytes of a webhook against ``signature`` (the header ``X-PARTNER-SIGN``) and read them.

    Raises ``WebhookSignatureError`` or ``WebhookPayloadError`` and nothing else, for any input. The latter names the
    place that could not be read and never quotes what stood there.
    """
    digest = verifier.digest_of(body, signature)
    try:
        content = decode(WebhookBody, body)
    except CodecError as error:
        raise WebhookPayloadError(str(error)) from None
    if not content.type:
        raise WebhookPayloadError("$.type: missing")
    session = content.session
    if (session is None or not session.id) and content.type in _ABOUT_A_SESSION:
        raise WebhookPayloadError("$.session.id: missing")
    return WebhookEvent(content.type, session, content.confirm_information, content.extra, body, digest)

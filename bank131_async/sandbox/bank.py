"""The sandbox bank as one pure object: requests in, answers out, webhooks in an outbox, time on a clock of its own.

It opens no socket and starts no task. The server puts it on the network; a test may drive it alone::

    bank = SandboxBank(two_stage=True)
    body = b'{"metadata":"order-1"}'
    answer = bank.handle("POST", "/api/v2/session/create", bank.sign(body), body)
    for webhook in bank.take_outbox():
        ...                                   # webhook.body, webhook.signature
    bank.advance(240 * 60)                    # the time limits fire
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from bank131_async.core.signing import Pem, Verifier
from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.api import Answer, Api
from bank131_async.sandbox.clock import Agenda, Clock, system_time
from bank131_async.sandbox.delivery import Delivery, OutgoingWebhook, Post
from bank131_async.sandbox.forms import Forms
from bank131_async.sandbox.keyring import SandboxKeys, process_keys
from bank131_async.sandbox.keys import KeyStore
from bank131_async.sandbox.pages import Pages
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.render import dumps, render_session
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Attempt, Session, Stage
from bank131_async.sandbox.settings import Settings, changed


def new_secret() -> str:
    """64 hex digits, as the bank's public tokens have."""
    return secrets.token_hex(32)


class SandboxBank:
    """A bank with one project, and more if asked.

    ``keys`` are made once per process unless given. ``clock`` gives the time (aware UTC) that ``advance`` moves on.
    ``first_number`` begins the ids of sessions, payments and refunds. Further keywords are switches of ``Settings``.
    """

    def __init__(
        self,
        keys: SandboxKeys | None = None,
        *,
        project_id: str = "sandbox",
        clock: Callable[[], datetime] = system_time,
        new_secret: Callable[[], str] = new_secret,
        first_number: int = 1001,
        settings: Settings | None = None,
        **switches: Any,
    ) -> None:
        self.keys = keys or process_keys()
        self.project = Project(project_id, self.keys.merchant_verifier(), changed(settings or Settings(), **switches))
        self.projects = {project_id: self.project}
        self._clock = Clock(clock)
        self._agenda = Agenda(self._clock)
        self._post = Post(self._clock, self._agenda, self.keys.bank)
        self._rules = Rules(
            self._clock, self._agenda, notify=self._notify, new_secret=new_secret, first_number=first_number
        )
        self._forms = Forms(self._clock, self._rules, new_secret)
        self._api = Api(self.projects, self._clock, self._rules, self._forms, KeyStore())
        self._pages = Pages(self._rules, self._forms)
        self._listeners: list[Callable[[], None]] = []

    # -- requests ---------------------------------------------------------------------------------------------------

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one HTTP request: the API under ``/api/``, else the payer's pages. ``path`` may have a query.

        Everything that follows from the request without delay has happened when this returns; the answer shows the
        session as it was before that, as the bank's answers do.
        """
        self._agenda.run_due()
        parts = urlsplit(path)
        if parts.path.startswith("/api/"):
            answer = self._api.handle(method, parts.path, headers, body)
        else:
            answer = self._pages.handle(method, parts.path, parts.query, body)
        self._settle()
        return answer

    def sign(self, body: bytes, *, idempotency_key: str | None = None) -> dict[str, str]:
        """The headers of a request of the first project's merchant, for tests without a client."""
        headers = {
            "Content-Type": "application/json",
            "X-PARTNER-PROJECT": self.project.id,
            "X-PARTNER-SIGN": self.keys.merchant.sign(body),
        }
        return headers if idempotency_key is None else {**headers, "X-PARTNER-IDEMPOTENCY-KEY": idempotency_key}

    # -- projects ---------------------------------------------------------------------------------------------------

    def add_project(self, project_id: str, merchant_public_key: Pem, **switches: Any) -> Project:
        """A further project with its own merchant key. Raises ``ConfigurationError``."""
        if not project_id or project_id in self.projects:
            raise ConfigurationError("project_id: expected a new, non-empty id")
        verifier = Verifier.from_pem(merchant_public_key, name="merchant_public_key")
        project = Project(project_id, verifier, changed(Settings(), **switches), self.project.base_url)
        self.projects[project_id] = project
        return project

    def configure(self, project_id: str | None = None, **switches: Any) -> None:
        """Set switches of a project, by default of the first one; they count for what happens from now on."""
        project = self.projects[project_id or self.project.id]
        project.settings = changed(project.settings, **switches)

    def serve_at(self, base_url: str) -> None:
        """Tell the bank where payers reach its pages, such as ``http://127.0.0.1:8131``."""
        for project in self.projects.values():
            project.base_url = base_url

    # -- acting as the payer and as the bank ------------------------------------------------------------------------

    def session(self, session_id: str) -> Session:
        """The bank's own model of a session. Raises ``KeyError``."""
        return self._rules.sessions[session_id]

    def payer_pass(self, session_id: str) -> None:
        """The payer passes 3-D Secure. Raises ``ValueError`` if no payer is waited for."""
        self._decide(session_id, passed=True)

    def payer_fail(self, session_id: str) -> None:
        """The payer fails 3-D Secure. Raises ``ValueError`` if no payer is waited for."""
        self._decide(session_id, passed=False)

    def pay_form(self, public_token: str, number: str = "4242424242424242") -> Attempt:
        """The payer sends the payment form with this card. Raises ``Refusal`` as the form would show it."""
        attempt = self._pages.pay(public_token, {"number": number})
        self._settle()
        return attempt

    def chargeback(self, session_id: str, amount: int | None = None) -> None:
        """The issuer takes money back; by default all that is left. Raises ``ValueError`` if that much is not there."""
        session = self.session(session_id)
        attempt = session.last
        left = 0 if attempt is None else attempt.ledger.refundable
        if attempt is None or not 0 < (amount or left) <= left:
            raise ValueError(f"{session_id}: {left} minor units can be charged back")
        self._rules.give_back(session, attempt, amount or left, chargeback=True)
        self._settle()

    def resolve_error(self, session_id: str, result: Literal["success", "failure"]) -> None:
        """End a session in ``error``. Raises ``ValueError`` if its outcome is known."""
        session = self.session(session_id)
        if session.last is None or session.last.stage is not Stage.UNKNOWN:
            raise ValueError(f"{session_id}: the session is {session.status}, its outcome is not unknown")
        self._rules.resolve(session, result)
        self._settle()

    # -- time -------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The bank's time."""
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Move the bank's clock on; everything due on the way happens, each event at its own time."""
        self._agenda.run_due()
        self._clock.shift(seconds)
        self._settle()

    @property
    def next_due_at(self) -> datetime | None:
        """When something happens by itself, on the bank's clock."""
        return self._agenda.next_at

    def run_due(self) -> None:
        """Let everything happen whose time has come. Every request and every control does so by itself."""
        if self._agenda.run_due():
            self._tell()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every change, so that it may look at the outbox and at ``next_due_at``."""
        self._listeners.append(listener)

    # -- webhooks ---------------------------------------------------------------------------------------------------

    @property
    def outbox(self) -> list[OutgoingWebhook]:
        """Webhooks due to be sent now, in the order of their events."""
        return self._post.outbox

    @property
    def webhook_log(self) -> list[Delivery]:
        """How every sending went, oldest first."""
        return self._post.log

    def take_outbox(self) -> list[OutgoingWebhook]:
        """Empty the outbox and have what was in it."""
        self.run_due()
        return self._post.take()

    def delivered(
        self, webhook: OutgoingWebhook, status: int | None, *, error: str | None = None, answer: bytes = b"",
        sent_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Report how a sending went: its HTTP status, or ``None`` when no answer came. Plans the next one if needed."""
        now = self.now()
        delivery = Delivery(webhook, sent_at or now, now, status, error, answer)
        session = self.session(webhook.session_id)
        self._post.answered(delivery, session.project.settings, lambda: self._webhook_body(session, webhook.type))
        self._settle()

    def resend_webhooks(self, session_id: str | None = None) -> int:
        """Send the webhooks of a session, or all, once more; returns how many."""
        sent = self._post.send_again(session_id)
        self._settle()
        return sent

    # -- inside -----------------------------------------------------------------------------------------------------

    def _notify(self, session: Session, type_: str) -> None:
        settings = session.project.settings
        if not settings.webhooks or session.sync:
            return
        self._post.post(
            type_=type_,
            project_id=session.project.id,
            session_id=session.id,
            url=settings.webhook_url,
            body=self._webhook_body(session, type_),
        )

    def _webhook_body(self, session: Session, type_: str) -> bytes:
        settings = session.project.settings
        names = session.made_by if settings.webhook_names == "session" else settings.webhook_names
        return dumps({"type": type_, "session": render_session(session, names, webhook=type_)}, settings.json_style)

    def _decide(self, session_id: str, *, passed: bool) -> None:
        attempt = self.session(session_id).last
        if attempt is None or attempt.stage is not Stage.CHALLENGE or attempt.challenge is None:
            raise ValueError(f"{session_id}: no payer is waited for")
        self._rules.decide(attempt.challenge.secret, passed=passed)
        self._settle()

    def _settle(self) -> None:
        self._agenda.run_due()
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

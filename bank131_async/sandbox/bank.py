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
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from bank131_async.core.signing import Pem, Verifier
from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.actions import Actions
from bank131_async.sandbox.api import Answer, Api
from bank131_async.sandbox.clock import Agenda, Clock, system_time
from bank131_async.sandbox.delivery import Delivery, OutgoingWebhook, Post
from bank131_async.sandbox.faults import Faults
from bank131_async.sandbox.forms import Forms
from bank131_async.sandbox.funds import OWN_ACCOUNT
from bank131_async.sandbox.keyring import SandboxKeys, process_keys
from bank131_async.sandbox.keys import KeyStore
from bank131_async.sandbox.pages import Pages
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.record import Note, Record
from bank131_async.sandbox.render import confirm_information, dumps, render_amount, render_session
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.rules.books import Books
from bank131_async.sandbox.session import Attempt, Session
from bank131_async.sandbox.settings import Settings, changed


def new_secret() -> str:
    """64 hex digits, as the bank's public tokens have."""
    return secrets.token_hex(32)


class SandboxBank(Actions):
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
        self.keys: SandboxKeys = keys or process_keys()
        self.project: Project = Project(
            project_id, self.keys.merchant_verifier(), changed(settings or Settings(), **switches)
        )
        self.projects: dict[str, Project] = {project_id: self.project}
        self.faults: Faults = Faults()
        self._clock = Clock(clock)
        self._new_secret = new_secret
        self._listeners: list[Callable[[], None]] = []
        self._open(first_number)

    def _open(self, first_number: int) -> None:
        """Begin with no sessions, webhooks, tokens or used keys."""
        self.record: Record = Record()
        self._agenda = Agenda(self._clock)
        self._post = Post(self._clock, self._agenda, self.keys.bank, self.faults, self.record.webhook)
        books = Books(
            self._clock, self._agenda, notify=self._notify, new_secret=self._new_secret, first_number=first_number
        )
        self._rules = Rules(books)
        self._forms = Forms(self._clock, self._rules, self._new_secret)
        self._api = Api(self.projects, self._clock, self._rules, self._forms, KeyStore())
        self._pages = Pages(self._rules, self._forms, self._note)

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

    def reset(self) -> None:
        """Forget all sessions, webhooks, tokens, keys used, faults and moves of the clock; projects stay.

        Ids go on: a merchant's journal may still know the old ones.
        """
        self.faults.clear()
        self._clock.reset()
        self._open(next(self._rules.books.numbers))
        self._settle()

    # -- acting as the payer and as the bank ------------------------------------------------------------------------

    def pay_form(self, public_token: str, number: str = "4242424242424242") -> Attempt:
        """The payer sends the payment form with this card. Raises ``Refusal`` as the form would show it."""
        attempt = self._pages.pay(public_token, {"number": number})
        self._settle()
        return attempt

    def break_down(self, path: str, headers: Mapping[str, str], status: int = 500) -> Answer:
        """Answer an API request as a bank that fails before it does anything (see ``server_error_burns_key``)."""
        return self._api.break_down(urlsplit(path).path, headers, status)

    def top_up(self, amount: int, number: str = OWN_ACCOUNT, *, project_id: str | None = None) -> None:
        """Money arrives on an escrow account, in kopecks; sends ``nominal_topup`` (docs: escrow-account/escrow-intro).

        What that webhook holds is open; here account, amount and purpose.
        """
        project = self.projects[project_id or self.project.id]
        self.account(number, project_id=project.id).move(self.now(), amount, "Top-up")
        told: dict[str, object] = {
            "type": "nominal_topup",
            "account_number": number,
            "amount_details": render_amount(amount, "rub"),
            "purpose": "Top-up",
        }
        if project.settings.webhooks:
            self._post.post(project, "", "nominal_topup", dumps(told, project.settings.json_style))
        self._settle()

    def register_transaction(self, session_id: str, payout_session_id: str) -> None:
        """Money of a session was paid out abroad: sends ``transaction_registration`` (docs: transfers)."""
        session, payout = self.session(session_id), self.session(payout_session_id)
        names = self._webhook_names(payout)
        told: dict[str, object] = {
            "type": "transaction_registration",
            "session_payment_id": session.id,
            "session": render_session(payout, names),
        }
        body = dumps(told, payout.project.settings.json_style)
        self._post.post(payout.project, payout.id, "transaction_registration", body)
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

    def freeze(self) -> None:
        """Stop the bank's clock; ``advance`` still moves it."""
        self._clock.freeze()
        self._settle()

    def unfreeze(self) -> None:
        """Let the bank's clock run on from where it stands."""
        self._clock.unfreeze()
        self._settle()

    @property
    def is_frozen(self) -> bool:
        """Whether the bank's clock stands still."""
        return self._clock.is_frozen

    @property
    def next_due_at(self) -> datetime | None:
        """When something happens by itself, on the bank's clock; never while it stands still."""
        return None if self._clock.is_frozen else self._agenda.next_at

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
        """How the sendings went, oldest first; of very many only the last ones are kept."""
        return self._post.log.all()

    def deliveries(self, session_id: str) -> list[Delivery]:
        """How the sendings about one session went, oldest first."""
        return self._post.log.of(session_id)

    @property
    def webhooks(self) -> Mapping[int, OutgoingWebhook]:
        """Every webhook by its number, as it was first sent; of very many only the last ones are kept."""
        return self._post.sent

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
        session, project = self.sessions.get(webhook.session_id), self.projects[webhook.project_id]
        if session is None and webhook.session_id:  # the bank was reset meanwhile
            return
        self._post.answered(
            delivery,
            project.settings,
            lambda: webhook.body if session is None else self._webhook_body(session, webhook.type),
        )
        self._settle()

    def send_webhooks(self, numbers: Iterable[int], *, forged: bool = False) -> None:
        """Send these webhooks once more, in this order; ``forged`` with a signature that is not the bank's.

        Raises ``KeyError`` for a number that no webhook has.
        """
        self._post.repeat(numbers, forged=forged)
        self._settle()

    def send_webhook(self, session_id: str, type_: str, *, forged: bool = False) -> int:
        """Send a webhook of any type about a session as it stands now; returns its number. Raises ``KeyError``."""
        session = self.session(session_id)
        body = self._webhook_body(session, type_)
        number = self._post.post_by_hand(session.project, session_id, type_, body, forged=forged)
        self._settle()
        return number

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
        self._post.post(session.project, session.id, type_, self._webhook_body(session, type_))

    def _note(self, session_id: str, who: Literal["payer", "bank"], what: str) -> None:
        self.record.note(session_id, Note(self.now(), who, what))

    def _webhook_body(self, session: Session, type_: str) -> bytes:
        names = self._webhook_names(session)
        told: dict[str, object] = {"type": type_, "session": render_session(session, names, webhook=type_)}
        information = confirm_information(session, names) if type_ == "ready_to_confirm" else None
        if information is not None:
            told["confirm_information"] = information
        return dumps(told, session.project.settings.json_style)

    def _webhook_names(self, session: Session) -> Literal["v1", "v2"]:
        names = session.project.settings.webhook_names
        return session.made_by if names == "session" else names

    def _settle(self) -> None:
        self._agenda.run_due()
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

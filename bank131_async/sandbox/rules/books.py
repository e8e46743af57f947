"""What all rules share: the sessions, their ids and secrets, the time, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from bank131_async.sandbox.clock import Agenda, Clock
from bank131_async.sandbox.funds import Funds
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.session import Attempt, Session
from bank131_async.sandbox.taxpayers import Taxpayers
from bank131_async.sandbox.vault import Vault


class Books:
    """All that the bank has written down.

    ``notify(session, type)`` is called for each webhook as its event happens; ``new_secret`` gives unguessable texts.
    """

    def __init__(
        self,
        clock: Clock,
        agenda: Agenda,
        *,
        notify: Callable[[Session, str], None],
        new_secret: Callable[[], str],
        first_number: int,
    ) -> None:
        self._clock = clock
        self.after: Callable[[float, Callable[[], None]], None] = agenda.after
        self.notify = notify
        self.new_secret = new_secret
        self.numbers: count[int] = count(first_number)
        self.sessions: dict[str, Session] = {}
        # The sessions in the order of their making, so that a page of them is a slice.
        self.order: list[Session] = []
        self.challenges: dict[str, tuple[Session, Attempt]] = {}
        self.vault: Vault = Vault(new_secret)
        self.funds: Funds = Funds()
        self.taxpayers: Taxpayers = Taxpayers(new_secret)
        self.subscriptions: dict[str, tuple[Project, bool]] = {}

    def now(self) -> datetime:
        """The bank's time."""
        return self._clock.now()

    def new_id(self, kind: str, project: Project) -> str:
        """An id as the bank gives them: ``ps_1001``, in older documents the number alone."""
        number = next(self.numbers)
        return f"{kind}_{number}" if project.settings.id_prefixes else str(number)

    def add(self, session: Session) -> None:
        """Write a new session down."""
        self.sessions[session.id] = session
        self.order.append(session)

    def find(self, project: Project, session_id: str) -> Session:
        """A session of this project. Raises ``Refusal``, with ``authorization_error`` for another project's session."""
        session = self.sessions.get(session_id)
        if session is None:
            raise invalid("session_id: no such session")
        if session.project is not project:
            raise Refusal("authorization_error", "session_id: this session belongs to another project")
        return session

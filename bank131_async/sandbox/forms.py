"""The payment form: public tokens, and what a payer may do with one (docs: token, payments/payment-with-form)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from attrs import define, field

from bank131_async.sandbox.clock import Clock
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests import PaymentFields, WidgetRequest, read_card
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Attempt, Session, Stage
from bank131_async.sandbox.shapes import Shape

PayerState = Literal["form", "processing", "action_required", "succeeded", "failed"]


@define(eq=False)
class FormToken:
    """A public token: one form for one operation of one session."""

    secret: str = field(repr=False)
    session: Session
    request: WidgetRequest
    expires_at: float
    attempt: Attempt | None = None

    @property
    def state(self) -> PayerState:
        """What the payer should see."""
        if self.attempt is None:
            return "form" if self.session.may_start else "failed"
        match self.attempt.stage:
            case Stage.CHALLENGE:
                return "action_required"
            case Stage.SUCCEEDED:
                return "succeeded"
            case Stage.FAILED:
                return "failed"
            case Stage.HELD if self.request.success_on_hold:
                return "succeeded"
            case _:
                return "processing"

    @property
    def exits(self) -> tuple[str, ...]:
        """Every page of the merchant to which this form may lead."""
        addresses = (self.request.success_return_url, self.request.failure_return_url, self.session.fields.return_url)
        return tuple(address for address in addresses if address)

    @property
    def return_url(self) -> str | None:
        """Where the merchant wants the payer to go now, if anywhere."""
        if self.state == "succeeded":
            return self.request.success_return_url
        return self.request.failure_return_url if self.state == "failed" else None


class Forms:
    """All public tokens. One lives for a day and pays once; a further try in the session needs a new one."""

    def __init__(self, clock: Clock, rules: Rules, new_secret: Callable[[], str]) -> None:
        self._clock = clock
        self._rules = rules
        self._new_secret = new_secret
        self._tokens: dict[str, FormToken] = {}

    def give(self, project: Project, request: WidgetRequest) -> FormToken:
        """A token for a session that can still be paid. Raises ``Refusal``."""
        session = self._rules.find(project, request.session_id)
        if not session.may_start:
            raise invalid(f"acquiring_widget.session_id: the session is {session.status}; expected one that is created")
        session.fields.for_form()
        expires_at = self._clock.now().timestamp() + project.settings.token_lifetime_s
        token = FormToken(self._new_secret(), session, request, expires_at)
        self._tokens[token.secret] = token
        return token

    def find(self, secret: str) -> FormToken:
        """The token with this text, as long as it lives. Raises ``Refusal``."""
        token = self._tokens.get(secret)
        if token is None:
            raise invalid("public_token: no such token", http_status=404)
        if token.attempt is None and self._clock.now().timestamp() >= token.expires_at:
            raise invalid("public_token: this token has expired; ask for a new one", http_status=410)
        return token

    def pay(self, token: FormToken, card: Shape, *, result_url: str) -> Attempt:
        """The payer sends the form. ``result_url`` is the bank's page that waits for the end. Raises ``Refusal``."""
        if token.attempt is not None:
            raise invalid("public_token: this token has been used; it serves one payment", http_status=409)
        chosen = PaymentFields(card=read_card(card))
        merchants_page = token.session.fields.return_url
        waits_here = token.request.success_return_url or token.request.failure_return_url or not merchants_page
        token.attempt = self._rules.start(
            token.session,
            chosen,
            in_form=True,
            back_to=result_url if waits_here else merchants_page,
            exits=token.exits,
        )
        return token.attempt

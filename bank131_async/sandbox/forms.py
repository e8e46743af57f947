"""Public tokens, and what a payer may do with one (docs: token, payments/payment-with-form, widget)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from attrs import define, field

from bank131_async.sandbox.clock import Clock
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.cards import CardUse, read_card
from bank131_async.sandbox.requests.fields import Fields
from bank131_async.sandbox.requests.payments import card_way
from bank131_async.sandbox.requests.widgets import FormRequest, WidgetRequest
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Attempt, Session, Stage
from bank131_async.sandbox.shapes import Shape

PayerState = Literal["form", "processing", "action_required", "succeeded", "failed"]


@define(eq=False)
class FormToken:
    """A public token for the payment form: one form for one operation of one session."""

    secret: str = field(repr=False)
    project: Project
    expires_at: datetime
    session: Session
    request: FormRequest
    attempt: Attempt | None = None

    def is_usable(self, now: datetime) -> bool:
        """Whether the form can still be sent."""
        return self.attempt is None and now < self.expires_at

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


@define(eq=False)
class WidgetToken:
    """A public token for widgets that belong to no session: keeping a card, linking a self-employed person."""

    secret: str = field(repr=False)
    project: Project
    expires_at: datetime
    request: WidgetRequest
    used: bool = False

    def is_usable(self, now: datetime) -> bool:
        """Whether the widget can still be used."""
        return not self.used and now < self.expires_at


class Forms:
    """All public tokens. One lives for a day and serves one operation; a further try needs a new one."""

    def __init__(self, clock: Clock, rules: Rules, new_secret: Callable[[], str]) -> None:
        self._clock = clock
        self._rules = rules
        self._new_secret = new_secret
        self._forms: dict[str, FormToken] = {}
        self._widgets: dict[str, WidgetToken] = {}

    def give(self, project: Project, request: WidgetRequest) -> FormToken | WidgetToken:
        """A token for the widgets asked for; a payment form's session must still be payable. Raises ``Refusal``."""
        expires_at = self._clock.now() + timedelta(seconds=project.settings.token_lifetime_s)
        secret = self._new_secret()
        widget = WidgetToken(secret, project, expires_at, request)
        if request.form is None:
            self._widgets[secret] = widget
            return widget
        session = self._rules.books.find(project, request.form.session_id)
        if not session.may_start:
            raise invalid(f"acquiring_widget.session_id: the session is {session.status}; expected one that is created")
        session.fields.for_form()
        form = FormToken(secret, project, expires_at, session, request.form)
        self._forms[secret] = form
        if request.tokenize or request.tax_reference is not None:
            self._widgets[secret] = widget
        return form

    def any(self, secret: str) -> FormToken | WidgetToken:
        """The token with this text, used and expired ones included. Raises ``Refusal``."""
        token = self._forms.get(secret) or self._widgets.get(secret)
        if token is None:
            raise invalid("public_token: no such token", http_status=404)
        return token

    def find(self, secret: str) -> FormToken:
        """The form's token with this text, as long as it lives. Raises ``Refusal``."""
        token = self._forms.get(secret)
        if token is None:
            raise invalid("public_token: no such token", http_status=404)
        if token.attempt is None and self._clock.now() >= token.expires_at:
            raise invalid("public_token: this token has expired; ask for a new one", http_status=410)
        return token

    def pay(self, token: FormToken, card: Shape, *, result_url: str) -> Attempt:
        """The payer sends the form. ``result_url`` is the bank's page that waits for the end. Raises ``Refusal``."""
        if token.attempt is not None:
            raise invalid("public_token: this token has been used; it serves one payment", http_status=409)
        chosen = Fields(paying=card_way(read_card(card)))
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

    def keep_card(self, secret: str, card: CardUse) -> str:
        """What the tokenization widget gives: a token, or hash, for a card. Raises ``Refusal``."""
        widget = self._widget(secret)
        if not widget.request.tokenize:
            raise invalid("public_token: this token is not for the tokenization widget", http_status=403)
        widget.used = True
        return self._rules.books.vault.keep_card(card)

    def linking(self, secret: str) -> str:
        """The tax reference of the person whom the widget for self-employed people links. Raises ``Refusal``."""
        widget = self._widget(secret)
        if widget.request.tax_reference is None:
            raise invalid("public_token: this token is not for the self-employed widget", http_status=403)
        widget.used = True
        return widget.request.tax_reference

    def _widget(self, secret: str) -> WidgetToken:
        widget = self._widgets.get(secret)
        if widget is None or not widget.is_usable(self._clock.now()):
            raise invalid("public_token: no such token, or it was used or has expired", http_status=404)
        return widget

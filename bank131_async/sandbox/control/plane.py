"""Answers requests under ``/_sandbox``: JSON for programs, the dashboard for people, at the same addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from attrs import fields

from bank131_async.core.signing import Signer, new_private_key_pem
from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.api import Answer
from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.cards import CARDS
from bank131_async.sandbox.control import views
from bank131_async.sandbox.control.actions import ACTIONS, find_action
from bank131_async.sandbox.control.guard import FORM, check_host, check_sender
from bank131_async.sandbox.control.reading import Given
from bank131_async.sandbox.pages import dashboard
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.render import dumps
from bank131_async.sandbox.session import Session
from bank131_async.sandbox.settings import Settings

Json = dict[str, object]
Route = Callable[..., Json]

ROOT = "/_sandbox"
SWITCHES = frozenset(item.name for item in fields(Settings))
_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}


class ControlPlane:
    """The control plane of one bank. Routes are documented in docs/sandbox-control.md."""

    def __init__(self, bank: SandboxBank) -> None:
        self._bank = bank
        self._routes: list[tuple[str, re.Pattern[str], Route]] = [
            (method, re.compile(ROOT + pattern), route)
            for method, pattern, route in (
                ("GET", "/?", self._sessions),
                ("GET", "/sessions", self._sessions),
                ("GET", r"/sessions/([\w-]+)", self._session),
                ("POST", r"/sessions/([\w-]+)/(payer|bank)", self._act),
                ("POST", r"/sessions/([\w-]+)/webhooks", self._send_new),
                ("GET", "/webhooks", self._webhooks),
                ("POST", "/webhooks", self._send_again),
                ("GET", "/clock", self._clock),
                ("POST", "/clock", self._move_clock),
                ("GET", "/projects", self._projects),
                ("POST", "/projects", self._add_project),
                ("POST", r"/projects/([^/]+)", self._configure),
                ("GET", "/faults", self._faults),
                ("POST", "/faults", self._add_fault),
                ("DELETE", "/faults", self._clear_faults),
                ("POST", "/faults/clear", self._clear_faults),
                ("DELETE", r"/faults/(\d{1,9})", self._remove_fault),
                ("POST", r"/faults/(\d{1,9})/remove", self._remove_fault),
                ("GET", "/cards", self._cards),
                ("POST", "/reset", self._reset),
            )
        ]

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request. ``headers`` may be spelled in any case."""
        lower = {name.lower(): value for name, value in headers.items()}
        for_people = "text/html" in lower.get("accept", "")
        try:
            check_host(lower)
            if method == "GET" and path in dashboard.STATIC:
                return dashboard.static(path)
            kind = "" if method == "GET" else check_sender(method, lower)
            given = Given(dict(parse_qsl(query))) if method == "GET" else Given.read(kind, body)
            route, parts = self._find(method, path)
            self._bank.run_due()
            shown = self._run(route, given, parts)
        except Refusal as refusal:
            return self._refused(refusal, for_people=for_people)
        if kind == FORM:
            return dashboard.see_other(_page_behind(lower))
        if for_people and (page := dashboard.page_of(path)) is not None:
            return page(self._bank, shown, given.values)
        return Answer(200, _HEADERS, dumps(shown))

    def refused_reader(self, headers: Mapping[str, str]) -> Answer | None:
        """The answer to somebody who may not watch; ``None`` for all others."""
        try:
            check_host({name.lower(): value for name, value in headers.items()})
        except Refusal as refusal:
            return self._refused(refusal, for_people=False)
        return None

    def _find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        known = False
        for expected, pattern, route in self._routes:
            if found := pattern.fullmatch(path):
                if expected == method:
                    return route, found.groups()
                known = True
        if known:
            raise invalid(f"method: this address does not take {method}", http_status=405)
        raise invalid("path: there is nothing at this address; see docs/sandbox-control.md", http_status=404)

    def _run(self, route: Route, given: Given, parts: tuple[str, ...]) -> Json:
        try:
            return route(given, *parts)
        except ConfigurationError as error:
            raise invalid(str(error)) from error
        except ValueError as error:  # the bank's methods: nothing waits for this
            raise invalid(str(error), http_status=409) from error

    def _refused(self, refusal: Refusal, *, for_people: bool) -> Answer:
        if for_people:
            return dashboard.problem(self._bank, refusal.description, refusal.http_status)
        error = {"code": refusal.code, "description": refusal.description}
        return Answer(refusal.http_status, _HEADERS, dumps({"error": error}))

    # -- sessions ---------------------------------------------------------------------------------------------------

    def _sessions(self, given: Given) -> Json:
        given.only("before", "limit", "status", "project_id")
        limit = _limit(given)
        return views.sessions(
            self._bank,
            before=given.text("before"),
            limit=limit,
            status=given.text("status"),
            project_id=given.text("project_id"),
        )

    def _session(self, given: Given, session_id: str) -> Json:
        given.only()
        return views.session(self._bank, self._known(session_id))

    def _act(self, given: Given, session_id: str, who: str) -> Json:
        session = self._known(session_id)
        action = find_action(who, given.must_text("action"))
        if action is None:
            names = ", ".join(item.name for item in ACTIONS if item.who == who)
            raise invalid(f"action: expected one of {names}")
        given.only("action", *(action.option or ())[:1])
        action.run(self._bank, session_id, given)
        return views.row(session)

    def _known(self, session_id: str) -> Session:
        session = self._bank.sessions.get(session_id)
        if session is None:
            raise invalid("session_id: no such session", http_status=404)
        return session

    # -- webhooks ---------------------------------------------------------------------------------------------------

    def _webhooks(self, given: Given) -> Json:
        given.only("session_id", "limit")
        limit = _limit(given)
        session_id = given.text("session_id")
        log = self._bank.webhook_log if session_id is None else self._bank.deliveries(session_id)
        return {"deliveries": [views.delivery(item) for item in reversed(log[-limit:])]}

    def _send_new(self, given: Given, session_id: str) -> Json:
        self._known(session_id)
        given.only("type", "forged")
        number = self._bank.send_webhook(session_id, given.must_text("type"), forged=given.flag("forged") or False)
        return {"number": number}

    def _send_again(self, given: Given) -> Json:
        given.only("numbers", "forged")
        numbers = given.wholes("numbers")
        try:
            self._bank.send_webhooks(numbers, forged=given.flag("forged") or False)
        except KeyError as error:
            raise invalid(f"numbers: there is no webhook {error}", http_status=404) from None
        return {"numbers": numbers}

    # -- the clock, projects, faults --------------------------------------------------------------------------------

    def _clock(self, given: Given) -> Json:
        given.only()
        return views.clock(self._bank)

    def _move_clock(self, given: Given) -> Json:
        given.only("advance_s", "frozen")
        frozen, seconds = given.flag("frozen"), given.number("advance_s")
        if frozen is not None:
            (self._bank.freeze if frozen else self._bank.unfreeze)()
        if seconds is not None:
            self._bank.advance(seconds)
        return views.clock(self._bank)

    def _projects(self, given: Given) -> Json:
        given.only()
        return {"projects": [views.project(item) for item in self._bank.projects.values()]}

    def _add_project(self, given: Given) -> Json:
        given.only("id", "public_key", "settings")
        settings = given.values.get("settings", {})
        if not isinstance(settings, dict):
            raise invalid("settings: expected an object")
        private_key = None
        pem = given.text("public_key")
        if pem is None:
            private_key = new_private_key_pem()
            public_key = Signer.from_pem(private_key).public_pem()
        else:  # as bytes: a text might be read as the path of a file
            public_key = pem.encode("utf-8", "replace")
        switches = _switches(cast("dict[str, object]", settings))
        project = self._bank.add_project(given.must_text("id"), public_key, **switches)
        keys: Json = {"bank_public_key": self._bank.keys.bank_public_pem.decode()}
        if private_key is not None:
            keys["private_key"] = private_key.decode()
        return {**views.project(project), **keys}

    def _configure(self, given: Given, project_id: str) -> Json:
        project = self._bank.projects.get(project_id)
        if project is None:
            raise invalid("project_id: no such project", http_status=404)
        if "switch" in given.values:  # as the dashboard and the command line write it
            given.only("switch", "value")
            text = f"{given.must_text('switch')}={given.text('value') or ''}"
            project.settings = project.settings.with_switches([text])
        else:
            self._bank.configure(project_id, **_switches(given.as_sent))
        return views.project(project)

    def _faults(self, given: Given) -> Json:
        given.only()
        return views.faults(self._bank)

    def _add_fault(self, given: Given) -> Json:
        given.only("name", "method", "session_id", "probability", "count", "seconds", "status")
        probability = given.number("probability")
        rule = self._bank.faults.add(
            given.must_text("name"),
            method=given.text("method"),
            session_id=given.text("session_id"),
            probability=1.0 if probability is None else probability,
            count=given.whole("count"),
            seconds=given.number("seconds"),
            status=given.whole("status"),
        )
        return views.fault(rule)

    def _remove_fault(self, given: Given, number: str) -> Json:
        given.only()
        try:
            self._bank.faults.remove(int(number))
        except KeyError:
            raise invalid("number: no such rule", http_status=404) from None
        return views.faults(self._bank)

    def _clear_faults(self, given: Given) -> Json:
        given.only("seed")
        self._bank.faults.clear(given.whole("seed"))
        return views.faults(self._bank)

    def _cards(self, given: Given) -> Json:
        given.only()
        return {"cards": [card.listed() for card in CARDS]}

    def _reset(self, given: Given) -> Json:
        given.only()
        self._bank.reset()
        return views.clock(self._bank)


def _limit(given: Given) -> int:
    limit = given.whole("limit")
    if limit is not None and not 1 <= limit <= views.LARGEST_PAGE:
        raise invalid(f"limit: expected a whole number from 1 to {views.LARGEST_PAGE}")
    return limit or views.DEFAULT_PAGE


def _switches(values: Mapping[str, object]) -> Mapping[str, object]:
    """The values, if all their names are switches."""
    for name in values:
        if name not in SWITCHES:
            raise invalid(f"{name}: no such switch; GET {ROOT}/projects shows them all")
    return values


def _page_behind(headers: Mapping[str, str]) -> str:
    """The page of the dashboard that sent a form: its path alone, so that nobody is sent elsewhere."""
    parts = urlsplit(headers.get("referer", ""))
    if not parts.path.startswith(f"{ROOT}/") or "\\" in parts.path:
        return f"{ROOT}/"
    return parts.path + (f"?{parts.query}" if parts.query else "")

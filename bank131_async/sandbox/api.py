"""The bank's API: bytes and headers in, an answer out (reference: format, methods, errors)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bank131_async.core.signing import Verifier
from bank131_async.errors import WebhookSignatureError
from bank131_async.sandbox.clock import Clock
from bank131_async.sandbox.forms import Forms
from bank131_async.sandbox.keys import KeyStore
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.render import dumps, render_session
from bank131_async.sandbox.requests import Version, read_payment, read_sum, read_widget
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.session import Session
from bank131_async.sandbox.shapes import Shape, parse_json

Json = dict[str, object]


class Answer(NamedTuple):
    """An HTTP answer: status, headers, exact body bytes."""

    status: int
    headers: dict[str, str]
    body: bytes


Method = Callable[[Project, Version, Shape], Json]


class Api:
    """Checks a request, lets the rules act on it, and writes the answer."""

    def __init__(
        self, projects: Mapping[str, Project], clock: Clock, rules: Rules, forms: Forms, keys: KeyStore
    ) -> None:
        self._projects = projects
        self._clock = clock
        self._rules = rules
        self._forms = forms
        self._keys = keys
        both = ("v1", "v2")
        self._methods: dict[str, tuple[tuple[str, ...], Method]] = {
            "session/create": (both, self._create),
            "session/init/payment": (both, self._init),
            "session/init/payment/sync": (both, self._init_sync),
            "session/start/payment": (both, self._start),
            "session/confirm": (both, self._confirm),
            "session/cancel": (both, self._cancel),
            "session/capture": (both, self._capture),
            "session/refund": (both, self._refund),
            "session/status": (both, self._status),
            "token": (("v1",), self._token),
        }

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request. ``headers`` may be spelled in any case."""
        lower = {name.lower(): value for name, value in headers.items()}
        project: Project | None = None
        try:
            project = self._project(lower)
            _authenticate(project.verifier, lower, body)
            version, act, name = self._find(method, path)
            result: Json = {"status": "ok", **self._act(project, version, act, name, lower, body)}
            return _answer(200, result, project)
        except Refusal as refusal:
            error = {"code": refusal.code, "description": refusal.description}
            return _answer(refusal.http_status, {"status": "error", "error": error}, project)

    def _project(self, headers: Mapping[str, str]) -> Project:
        project_id = headers.get("x-partner-project", "")
        project = self._projects.get(project_id)
        if project is None:
            raise Refusal(
                "identification_error",
                "X-PARTNER-PROJECT: no such project"
                if project_id
                else "X-PARTNER-PROJECT: missing; expected the id of your project",
            )
        return project

    def _find(self, method: str, path: str) -> tuple[Version, Method, str]:
        root, _, rest = path.strip("/").partition("/")
        spelled, _, name = rest.partition("/")
        version = _VERSIONS.get(spelled)
        if root != "api" or version is None or name not in self._methods:
            raise invalid("path: no such method; expected /api/v1/... or /api/v2/...", http_status=404)
        versions, act = self._methods[name]
        if version not in versions:
            raise invalid(f"path: {name} is a method of {' and '.join(versions)}", http_status=404)
        if method != "POST":
            raise invalid("method: expected POST", http_status=405)
        return version, act, name

    def _act(
        self, project: Project, version: Version, act: Method, name: str, headers: Mapping[str, str], body: bytes
    ) -> Json:
        key = headers.get("x-partner-idempotency-key", "").strip()
        uses_key = bool(key) and name != "session/status"
        if uses_key:
            self._keys.claim(project.id, key, self._clock.now(), project.settings.key_lifetime_s)
        try:
            _require_json(headers)
            return act(project, version, Shape(parse_json(body)))
        except Refusal:
            if uses_key and not project.settings.refused_request_burns_key:
                self._keys.forget(project.id, key)
            raise

    # -- methods ----------------------------------------------------------------------------------------------------

    def _create(self, project: Project, version: Version, shape: Shape) -> Json:
        fields = read_payment(shape, version)
        _refuse_unread(project, shape)
        return _shown(self._rules.create(project, version, fields), version)

    def _init(self, project: Project, version: Version, shape: Shape) -> Json:
        fields = read_payment(shape, version)
        fields.whole()
        _refuse_unread(project, shape)
        session = self._rules.create(project, version, fields)
        self._rules.start(session, fields)
        return _shown(session, version)

    def _init_sync(self, project: Project, version: Version, shape: Shape) -> Json:
        if not project.settings.sync_enabled:
            raise Refusal("authorization_error", "session/init/payment/sync is not enabled for this project")
        fields = read_payment(shape, version)
        fields.whole()
        if fields.return_url is None:
            raise invalid("payment_options.return_url: missing; expected an absolute http or https URL")
        _refuse_unread(project, shape)
        session = self._rules.create(project, version, fields, sync=True)
        self._rules.start(session, fields)
        return _shown(session, version)

    def _start(self, project: Project, version: Version, shape: Shape) -> Json:
        session = self._session(project, shape)
        fields = read_payment(shape, version)
        _refuse_unread(project, shape)
        self._rules.start(session, fields)
        return _shown(session, version)

    def _confirm(self, project: Project, version: Version, shape: Shape) -> Json:
        session = self._session(project, shape)
        shape.shape("confirm_information")
        self._rules.confirm(session)
        return _shown(session, version)

    def _cancel(self, project: Project, version: Version, shape: Shape) -> Json:
        session = self._session(project, shape)
        _refuse_unread(project, shape)
        self._rules.cancel(session)
        return _shown(session, version)

    def _capture(self, project: Project, version: Version, shape: Shape) -> Json:
        session, total = self._session(project, shape), read_sum(shape)
        _refuse_unread(project, shape)
        self._rules.capture(session, total)
        return _shown(session, version)

    def _refund(self, project: Project, version: Version, shape: Shape) -> Json:
        session, total, metadata = self._session(project, shape), read_sum(shape), shape.value("metadata")
        shape.value("revenue_split_info")
        _refuse_unread(project, shape)
        self._rules.refund(session, total, metadata)
        return _shown(session, version)

    def _status(self, project: Project, version: Version, shape: Shape) -> Json:
        session = self._session(project, shape)
        _refuse_unread(project, shape)
        return _shown(session, version)

    def _token(self, project: Project, _: Version, shape: Shape) -> Json:
        request = read_widget(shape)
        _refuse_unread(project, shape)
        return {"public_token": self._forms.give(project, request).secret}

    def _session(self, project: Project, shape: Shape) -> Session:
        return self._rules.find(project, shape.must_text("session_id", expected="the id of a session, a string"))


_VERSIONS: dict[str, Version] = {"v1": "v1", "v2": "v2"}


def _authenticate(verifier: Verifier, headers: Mapping[str, str], body: bytes) -> None:
    try:
        verifier.verify(body, headers.get("x-partner-sign"))
    except WebhookSignatureError as error:
        raise Refusal(
            "authentication_error",
            f"X-PARTNER-SIGN: {'missing' if 'x-partner-sign' not in headers else 'does not match the body'}; expected "
            "the Base64 of an RSA signature (SHA-256, PKCS#1 v1.5) over the exact bytes of the body",
        ) from error


def _require_json(headers: Mapping[str, str]) -> None:
    content_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise invalid("Content-Type: expected application/json")


def _refuse_unread(project: Project, shape: Shape) -> None:
    if project.settings.unknown_request_fields == "refuse":
        shape.refuse_unread()


def _shown(session: Session, version: Version) -> Json:
    return {"session": render_session(session, version)}


def _answer(status: int, value: Json, project: Project | None) -> Answer:
    style = "plain" if project is None else project.settings.json_style
    return Answer(status, {"Content-Type": "application/json"}, dumps(value, style))

"""The bank's API: bytes and headers in, an answer out (reference: format, methods, errors)."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from bank131_async.core.signing import Verifier
from bank131_async.errors import WebhookSignatureError
from bank131_async.sandbox.clock import Clock
from bank131_async.sandbox.forms import Forms
from bank131_async.sandbox.keys import KeyStore
from bank131_async.sandbox.methods import ROUTES, Call, Route
from bank131_async.sandbox.project import Project
from bank131_async.sandbox.refusal import Refusal, invalid
from bank131_async.sandbox.render import dumps
from bank131_async.sandbox.requests.fields import Version
from bank131_async.sandbox.rules import Rules
from bank131_async.sandbox.shapes import Shape, parse_json

Json = dict[str, object]

_VERSIONS: dict[str, Version] = {"v1": "v1", "v2": "v2"}
_ROUTES = {route.path: route for route in ROUTES}


class Answer(NamedTuple):
    """An HTTP answer: status, headers, exact body bytes."""

    status: int
    headers: dict[str, str]
    body: bytes


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

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request. ``headers`` may be spelled in any case."""
        lower = {name.lower(): value for name, value in headers.items()}
        project: Project | None = None
        try:
            project = self._project(lower)
            _authenticate(project.verifier, lower, body)
            version, route = _find(method, path)
            return _answer(200, {"status": "ok", **self._act(project, version, route, lower, body)}, project)
        except Refusal as refusal:
            return _refused(refusal, project)

    def break_down(self, path: str, headers: Mapping[str, str], status: int) -> Answer:
        """Answer as a bank that fails before it has done anything; whether the key is used up is a switch."""
        lower = {name.lower(): value for name, value in headers.items()}
        project: Project | None = None
        try:
            project = self._project(lower)
            _, route = _find(None, path)
            if route.uses_key and project.settings.server_error_burns_key:
                self._claim(project, route, lower)
        except Refusal as refusal:
            return _refused(refusal, project)
        return _refused(Refusal("internal_error", "The bank could not do this now", http_status=status), project)

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

    def _act(self, project: Project, version: Version, route: Route, headers: Mapping[str, str], body: bytes) -> Json:
        claimed = self._claim(project, route, headers) if route.uses_key else None
        try:
            _check_headers(headers, project)
            call = Call(project, version, Shape(parse_json(body)), self._rules, self._forms)
            return route.act(call)
        except Refusal:
            if claimed is not None and not project.settings.refused_request_burns_key:
                self._keys.forget(*claimed)
            raise

    def _claim(self, project: Project, route: Route, headers: Mapping[str, str]) -> tuple[str, str] | None:
        """Use the request's key up, if it has one. Raises ``Refusal`` if it was used before."""
        key = headers.get("x-partner-idempotency-key", "").strip()
        if not key:
            return None
        scope = project.id if project.settings.key_scope == "project" else f"{project.id} {route.path}"
        self._keys.claim(scope, key, self._clock.now(), project.settings.key_lifetime_s)
        return scope, key


def _find(method: str | None, path: str) -> tuple[Version, Route]:
    """The version and the route of a path; ``method`` is checked unless it is ``None``."""
    root, _, rest = path.strip("/").partition("/")
    spelled, _, name = rest.partition("/")
    version, route = _VERSIONS.get(spelled), _ROUTES.get(name)
    if root != "api" or version is None or route is None:
        near = [f"/api/{_ROUTES[known].versions[-1]}/{known}" for known in get_close_matches(name, _ROUTES, 1)]
        expected = f"is it {near[0]}?" if near else "expected /api/v1/... or /api/v2/..."
        raise invalid(f"path: no such method; {expected}", http_status=404)
    if version not in route.versions:
        raise invalid(f"path: {name} is a method of {' and '.join(route.versions)}", http_status=404)
    if method not in (None, route.http_method):
        raise invalid(f"method: expected {route.http_method}", http_status=405)
    return version, route


def _authenticate(verifier: Verifier, headers: Mapping[str, str], body: bytes) -> None:
    try:
        verifier.verify(body, headers.get("x-partner-sign"))
    except WebhookSignatureError as error:
        raise Refusal(
            "authentication_error",
            f"X-PARTNER-SIGN: {'missing' if 'x-partner-sign' not in headers else 'does not match the body'}; expected "
            "the Base64 of an RSA signature (SHA-256, PKCS#1 v1.5) over the exact bytes of the body",
        ) from error


def _check_headers(headers: Mapping[str, str], project: Project) -> None:
    content_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise invalid("Content-Type: expected application/json")
    if project.settings.submerchant_required and not headers.get("x-partner-submerchant", "").strip():
        raise invalid("X-PARTNER-SUBMERCHANT: missing; expected the id of the payer, a legal entity")


def _refused(refusal: Refusal, project: Project | None) -> Answer:
    error = {"code": refusal.code, "description": refusal.description}
    return _answer(refusal.http_status, {"status": "error", "error": error}, project)


def _answer(status: int, value: Json, project: Project | None) -> Answer:
    style = "plain" if project is None else project.settings.json_style
    return Answer(status, {"Content-Type": "application/json"}, dumps(value, style))

"""The dashboard at ``/_sandbox/``: the same facts as the JSON of the control plane, for people.

Works without its script; with it, the parts marked ``data-live`` follow the bank and forms do not leave the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from bank131_async.sandbox.api import Answer
from bank131_async.sandbox.bank import SandboxBank
from bank131_async.sandbox.pages import parts
from bank131_async.sandbox.pages.timeline import timeline
from bank131_async.sandbox.settings import Settings

Json = dict[str, object]
Page = Callable[[SandboxBank, Json, Mapping[str, object]], Answer]

STATIC = {
    "/_sandbox/dashboard.css": "text/css; charset=utf-8",
    "/_sandbox/dashboard.js": "text/javascript; charset=utf-8",
}
_STATUSES = ("created", "in_progress", "accepted", "cancelled", "error")
# Without a referrer the browser would not say either which page a form came from. Nothing is sent elsewhere.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Accept",
}


def page_of(path: str) -> Page | None:
    """The page that shows what there is at an address, if people may look at it."""
    place = path.removeprefix("/_sandbox").strip("/")
    if place.startswith("sessions/"):
        return session
    return {"": sessions, "sessions": sessions, "faults": faults, "projects": projects}.get(place)


@cache
def static(path: str) -> Answer:
    """The style or the script."""
    body = (Path(__file__).parent / path.rpartition("/")[2]).read_bytes()
    headers = {"Content-Type": STATIC[path], "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Answer(200, headers, body)


def see_other(address: str) -> Answer:
    """Back to a page of the dashboard after a form was sent."""
    return Answer(303, {**_HEADERS, "Location": address}, b"")


def problem(bank: SandboxBank, text: str, status: int) -> Answer:
    """A request that could not be carried out."""
    content = f'<p class="problem" role="alert">{escape(text)}</p><p><a href="/_sandbox/">Back to the sessions</a></p>'
    return _page(bank, "This cannot be done", content, status=status)


def sessions(bank: SandboxBank, shown: Json, query: Mapping[str, object]) -> Answer:
    """All sessions, newest first, a page at a time."""
    rows = [parts.session_row(row) for row in parts.objects(shown["sessions"])]
    table = parts.table(("Session", "Status", "Amount", "Method", "State", "Project", "Created"), rows)
    if not rows:
        table = (
            '<p class="empty">No sessions yet. They appear here as soon as a client creates one: '
            f"<code>POST {escape(bank.project.base_url)}/api/v2/session/create</code></p>"
        )
    content = f"""{_filter(bank, query)}
<div id="sessions" data-live>{table}
<nav class="pager" aria-label="Pages">{_pager(shown, query)}
<span class="muted">{escape(str(shown["total"]))} in all</span></nav></div>"""
    return _page(bank, "Sessions", content)


def session(bank: SandboxBank, shown: Json, query: Mapping[str, object]) -> Answer:
    """One session: where it stands, what may be done, and all that happened."""
    del query
    session_id = str(shown["id"])
    entries = parts.objects(shown["timeline"])
    content = f"""<div class="columns">
<section id="standing" data-live aria-labelledby="standing-title">{parts.standing(shown)}</section>
<section id="acting" data-live aria-labelledby="acting-title">{parts.acting(session_id, shown)}</section>
</div>
<section id="timeline" data-live aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2>
{timeline(entries)}</section>
<section aria-labelledby="send-title"><h2 id="send-title">Send a webhook</h2>{parts.sending(session_id)}</section>
<details class="raw"><summary>The session as the API shows it</summary>
{parts.code(shown["session"], "Session")}</details>"""
    return _page(bank, session_id, content)


def faults(bank: SandboxBank, shown: Json, query: Mapping[str, object]) -> Answer:
    """The rules in force, and a form for a new one."""
    del query
    rules = [parts.fault_row(rule) for rule in parts.objects(shown["rules"])]
    table = (
        parts.table(("Fault", "Strikes", "Probability", "Left", "Struck", "Action"), rows=rules)
        if rules
        else '<p class="empty">Nothing goes wrong on purpose.</p>'
    )
    content = f"""<section id="rules" data-live aria-labelledby="rules-title"><h2 id="rules-title">In force</h2>
{table}</section>
<section aria-labelledby="new-title"><h2 id="new-title">New fault</h2>
{parts.fault_form(parts.objects(shown["known"]))}</section>
<section aria-labelledby="anew-title"><h2 id="anew-title">Begin anew</h2>
<form method="post" action="/_sandbox/faults/clear" class="inline">
{parts.field("seed", "Seed", value=str(shown["seed"]), numeric=True)}
<button type="submit">Remove all</button></form></section>"""
    return _page(bank, "Faults", content)


def projects(bank: SandboxBank, shown: Json, query: Mapping[str, object]) -> Answer:
    """Every project with the switches that are not at their default, and a form to set one."""
    del query
    sections = "\n".join(parts.project(project, Settings()) for project in parts.objects(shown["projects"]))
    content = f"""{sections}
<section aria-labelledby="reset-title"><h2 id="reset-title">Reset</h2>
<p>Forgets all sessions, webhooks, faults and moves of the clock. Projects and their switches stay.</p>
<form method="post" action="/_sandbox/reset"><button type="submit" class="danger">Reset the sandbox</button></form>
</section>"""
    return _page(bank, "Projects", content)


def _filter(bank: SandboxBank, query: Mapping[str, object]) -> str:
    chosen = [parts.choice("status", "Status", ("", *_STATUSES), str(query.get("status", "")), empty="all")]
    if len(bank.projects) > 1:
        names = ("", *bank.projects)
        chosen.append(parts.choice("project_id", "Project", names, str(query.get("project_id", "")), empty="all"))
    inner = "".join(chosen)
    return f'<form method="get" action="/_sandbox/" class="inline">{inner}<button type="submit">Show</button></form>'


def _pager(shown: Json, query: Mapping[str, object]) -> str:
    kept = {name: str(query[name]) for name in ("status", "project_id", "limit") if name in query}
    links = ""
    if "before" in query:
        links += f'<a href="/_sandbox/?{escape(urlencode(kept))}" rel="first">Newest</a> '
    if shown["next_before"] is not None:
        older = urlencode({**kept, "before": str(shown["next_before"])})
        links += f'<a href="/_sandbox/?{escape(older)}" rel="next">Older</a> '
    return links


def _page(bank: SandboxBank, title: str, content: str, *, status: int = 200) -> Answer:
    body = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - sandbox bank</title>
<link rel="stylesheet" href="/_sandbox/dashboard.css">
<script src="/_sandbox/dashboard.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="brand">Sandbox bank</p>
<nav aria-label="Dashboard">{parts.navigation(title)}</nav>
<section id="clock" data-live aria-label="Clock of the bank">{parts.clock(bank.now(), frozen=bank.is_frozen)}</section>
</header>
<main id="content" tabindex="-1">
<h1>{escape(title)}</h1>
<p id="said" role="status" class="said"></p>
{content}
</main>
</body>
</html>
"""
    return Answer(status, _HEADERS, body.encode("utf-8", "replace"))

"""The parts of the dashboard's pages. Every value that comes from outside is escaped here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import cast

from attrs import asdict

from bank131_async.sandbox.pages.html import money
from bank131_async.sandbox.settings import Settings

Json = dict[str, object]

_PLACES = (("Sessions", "/_sandbox/"), ("Faults", "/_sandbox/faults"), ("Projects", "/_sandbox/projects"))
_JUMPS = ((60, "+1 min"), (3_600, "+1 hour"), (86_400, "+1 day"))
_TYPES = ("ready_to_confirm", "action_required", "ready_to_capture", "payment_finished", "payment_refunded")


def objects(value: object) -> list[Json]:
    """A list of JSON objects."""
    return cast("list[Json]", value)


# -- small things ------------------------------------------------------------------------------------------------------


def badge(status: object, *, kind: str | None = None) -> str:
    """A status as a coloured word."""
    word = str(status)
    return f'<span class="badge {escape(kind or word)}">{escape(word)}</span>'


def code(value: object, label: str) -> str:
    """JSON or a text, ready to be read; can be scrolled with the keyboard."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return f'<pre tabindex="0" role="region" aria-label="{escape(label)}"><code>{escape(text)}</code></pre>'


def moment(text: object) -> str:
    """A time of the API: the day in words of the machine, the time for people."""
    whole = str(text)
    return f'<time datetime="{escape(whole)}">{escape(whole[:10])} {escape(whole[11:23])}</time>'


def field(name: str, label: str, *, value: str = "", numeric: bool = False, own: str = "") -> str:
    """A labelled input. ``own`` makes its id different from those of other forms."""
    identity = escape(f"{own or 'field'}-{name}")
    mode = ' inputmode="decimal"' if numeric else ""
    return (
        f'<p class="field"><label for="{identity}">{escape(label)}</label>'
        f'<input id="{identity}" name="{escape(name)}" value="{escape(value)}"{mode} autocomplete="off"></p>'
    )


def choice(name: str, label: str, options: Iterable[str], chosen: str = "", *, empty: str = "", own: str = "") -> str:
    """A labelled list to choose from; ``empty`` is what the empty option says."""
    identity = escape(f"{own or 'field'}-{name}")
    inner = "".join(
        f'<option value="{escape(option)}"{" selected" if option == chosen else ""}>{escape(option or empty)}</option>'
        for option in options
    )
    return (
        f'<p class="field"><label for="{identity}">{escape(label)}</label>'
        f'<select id="{identity}" name="{escape(name)}">{inner}</select></p>'
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; on a phone each cell shows its heading."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "\n".join(
        "<tr>"
        + "".join(f'<td data-label="{escape(name)}">{cell}</td>' for name, cell in zip(headings, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def navigation(title: str) -> str:
    """Links to the pages; the present one is marked."""
    return "".join(
        f'<a href="{address}"{" aria-current=page" if name == title else ""}>{name}</a>' for name, address in _PLACES
    )


def clock(now: datetime, *, frozen: bool) -> str:
    """The bank's time and the buttons that move it."""
    jumps = "".join(
        f'<button id="jump-{seconds}" name="advance_s" value="{seconds}">{label}</button>' for seconds, label in _JUMPS
    )
    switch = ("false", "Run") if frozen else ("true", "Freeze")
    runs, state = ("", " (frozen)") if frozen else (" data-runs", "")
    return (
        f'<p><time datetime="{now.isoformat()}"{runs}>{now:%Y-%m-%d %H:%M:%S} UTC</time>{state}</p>'
        f'<form method="post" action="/_sandbox/clock">{jumps}'
        f'<button id="freeze" name="frozen" value="{switch[0]}">{switch[1]}</button></form>'
    )


# -- sessions ----------------------------------------------------------------------------------------------------------


def session_row(row: Json) -> tuple[str, ...]:
    """A session in the list."""
    session_id = escape(str(row["id"]))
    return (
        f'<a href="/_sandbox/sessions/{session_id}">{session_id}</a>',
        badge(row["status"]),
        escape(amount(row["amount_details"])),
        escape(str(row["method"] or "-")),
        escape(str(row["stage"])),
        escape(str(row["project_id"])),
        moment(row["created_at"]),
    )


def amount(details: object) -> str:
    """An amount object for people."""
    if not isinstance(details, dict):
        return "-"
    total = cast("Json", details)
    return money(cast("int", total["amount"]), str(total["currency"]))


def standing(shown: Json) -> str:
    """Where a session stands, and its money."""
    rows = [
        ("Status", badge(shown["status"])),
        ("Project", escape(str(shown["project_id"]))),
        ("Created", moment(shown["created_at"])),
        ("Updated", moment(shown["updated_at"])),
    ]
    operations = "".join(_operation(item) for item in objects(shown["operations"]))
    return f'<h2 id="standing-title">Where it stands</h2>{_listed(rows)}{operations}'


def _operation(item: Json) -> str:
    rows = [("State", escape(str(item["stage"]))), ("Method", escape(str(item["method"])))]
    if item["amount_details"] is not None:
        currency = str(cast("Json", item["amount_details"])["currency"])
        rows.append(("Amount", escape(amount(item["amount_details"]))))
        rows += [
            (name.capitalize(), escape(money(cast("int", total), currency)))
            for name, total in cast("Json", item["ledger"]).items()
            if total
        ]
    title = f"{str(item['kind']).capitalize()} {item['id']}"
    return f"<h3>{escape(title)}</h3>{_listed(rows)}"


def _listed(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values that are HTML already."""
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def acting(session_id: str, shown: Json) -> str:
    """Buttons for what the payer and the bank may do now."""
    groups = ""
    for who, title in (("payer", "As the payer"), ("bank", "As the bank")):
        actions = [action for action in objects(shown["actions"]) if action["who"] == who]
        link = _payers_page(shown) if who == "payer" else ""
        if actions or link:
            forms = "".join(_action(session_id, action) for action in actions)
            groups += f'<div role="group" aria-label="{title}"><h3>{title}</h3>{link}{forms}</div>'
    return f'<h2 id="acting-title">What may happen now</h2>{groups or "<p class=empty>Nothing waits here.</p>"}'


def _action(session_id: str, action: Json) -> str:
    who, name = str(action["who"]), str(action["name"])
    own = f"{who}-{name}"
    option = cast("list[str] | None", action["option"])
    extra = "" if option is None else field(option[0], option[1], own=own)
    return (
        f'<form method="post" action="/_sandbox/sessions/{escape(session_id)}/{who}" class="inline">{extra}'
        f'<button id="{own}" name="action" value="{name}">{escape(str(action["label"]))}</button></form>'
    )


def _payers_page(shown: Json) -> str:
    page = shown["payers_page"]
    return "" if page is None else f'<p><a href="{escape(str(page))}">Open the page that the payer sees</a></p>'


def sending(session_id: str) -> str:
    """A form that sends a webhook of any type."""
    types = "".join(f'<option value="{name}"></option>' for name in _TYPES)
    return (
        f'<form method="post" action="/_sandbox/sessions/{escape(session_id)}/webhooks" class="inline">'
        '<p class="field"><label for="send-type">Type</label>'
        f'<input id="send-type" name="type" list="types" required autocomplete="off"><datalist id="types">{types}'
        '</datalist></p><button id="send-new">Send</button>'
        '<button id="send-forged" name="forged" value="true">Send with a wrong signature</button></form>'
    )


# -- faults and projects -----------------------------------------------------------------------------------------------


def fault_row(rule: Json) -> tuple[str, ...]:
    """A rule in force."""
    strikes = [str(rule[name]) for name in ("method", "session_id") if rule[name] is not None]
    what = [f"{rule['seconds']:g} s" if rule["seconds"] is not None else "", str(rule["status"] or "")]
    number = escape(str(rule["number"]))
    return (
        f"<span><code>{escape(str(rule['name']))}</code> {escape(' '.join(filter(None, what)))}</span>",
        escape(", ".join(strikes) or "everything"),
        escape(str(rule["probability"])),
        "no end" if rule["left"] is None else escape(str(rule["left"])),
        escape(str(rule["struck"])),
        (
            f'<form method="post" action="/_sandbox/faults/{number}/remove">'
            f'<button id="remove-{number}" aria-label="Remove fault {number}">Remove</button></form>'
        ),
    )


def fault_form(known: Sequence[Json]) -> str:
    """The form for a new rule, and what each fault does."""
    names = [str(item["name"]) for item in known]
    told = "".join(
        f"<dt><code>{escape(str(item['name']))}</code></dt><dd>{escape(str(item['description']))}</dd>"
        for item in known
    )
    return f"""<form method="post" action="/_sandbox/faults" class="grid">
{choice("name", "Fault", names)}
{field("method", "Method or webhook type (all if empty)")}
{field("session_id", "Session (all if empty)")}
{field("probability", "Probability, 0 to 1", value="1", numeric=True)}
{field("count", "How often (no end if empty)", value="1", numeric=True)}
{field("seconds", "Seconds (where it takes time)", numeric=True)}
{field("status", "HTTP status (where it has one)", numeric=True)}
<button type="submit" id="add-fault" class="primary">Put in force</button>
</form>
<details><summary>What each fault does</summary><dl class="wide">{told}</dl></details>"""


def project(shown: Json, defaults: Settings) -> str:
    """A project: its switches that differ from the defaults, and a form to set one."""
    project_id, settings = str(shown["id"]), cast("Json", shown["settings"])
    usual = asdict(defaults)
    rows = [
        (f"<code>{escape(name)}</code>", escape(json.dumps(value)))
        for name, value in settings.items()
        if value != usual[name]
    ]
    listed = table(("Switch", "Value"), rows) if rows else '<p class="empty">Every switch is at its default.</p>'
    own = f"project-{project_id}"
    return f"""<section id="{escape(own)}" data-live aria-labelledby="{escape(own)}-title">
<h2 id="{escape(own)}-title">{escape(project_id)}</h2>{listed}
<form method="post" action="/_sandbox/projects/{escape(project_id)}" class="inline">
{choice("switch", "Switch", settings, own=own)}{field("value", "Value", own=own)}
<button id="{escape(own)}-set">Set</button></form></section>"""

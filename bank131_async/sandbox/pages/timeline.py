"""The timeline of a session: requests with answers, webhooks with their sendings, and what was done by hand."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import cast

from bank131_async.sandbox.pages.parts import badge, code, objects

Json = dict[str, object]


def timeline(entries: Sequence[Json]) -> str:
    """A list, oldest first."""
    if not entries:
        return '<p class="empty">Nothing is recorded of this session, or no longer.</p>'
    return f'<ol class="timeline">{"".join(map(_entry, entries))}</ol>'


def _entry(entry: Json) -> str:
    at = str(entry["at"])
    inner = {"request": _request, "webhook": _webhook, "action": _action}[str(entry["kind"])](entry)
    return (
        f'<li class="{entry["kind"]}"><time datetime="{escape(at)}" title="{escape(at)}">{escape(at[11:23])}</time>'
        f"<div>{inner}</div></li>"
    )


def _request(entry: Json) -> str:
    status = entry["status"]
    shown = badge("no answer", kind="bad") if status is None else badge(status, kind="good" if status == 200 else "bad")
    fault = "" if entry["fault"] is None else badge("fault: " + str(entry["fault"]), kind="warn")
    return (
        f'<p><span class="kind">Request</span> <code>{escape(str(entry["method"]))} {escape(str(entry["path"]))}</code>'
        f" {shown} {fault}</p>"
        f'<details id="entry-{entry["order"]}"><summary>Request and answer</summary>'
        f"<h4>Request</h4>{code(entry['request'], 'Request')}<h4>Answer</h4>{code(entry['answer'], 'Answer')}</details>"
    )


def _action(entry: Json) -> str:
    who = str(entry["who"]).capitalize()
    return f'<p><span class="kind">{escape(who)}</span> {escape(str(entry["what"]))}</p>'


def _webhook(entry: Json) -> str:
    number = str(entry["number"])
    sendings = "".join(f"<li>{_sending(item)}</li>" for item in objects(entry["deliveries"]))
    waiting = "Not sent yet." if entry["url"] else "No answer yet; the project has no webhook address."
    listed = f'<ul class="sendings">{sendings}</ul>' if sendings else f'<p class="muted">{waiting}</p>'
    return (
        f'<p><span class="kind">Webhook</span> <code>{escape(str(entry["type"]))}</code> '
        f'<span class="muted">no. {escape(number)}</span></p>{listed}'
        f'<details id="entry-{entry["order"]}"><summary>Body</summary>{code(entry["body"], "Body of the webhook")}'
        '<form method="post" action="/_sandbox/webhooks" class="inline">'
        f'<input type="hidden" name="numbers" value="{escape(number)}">'
        f'<button id="again-{escape(number)}">Send again</button>'
        f'<button id="forge-{escape(number)}" name="forged" value="true">Send with a wrong signature</button>'
        "</form></details>"
    )


def _sending(item: Json) -> str:
    status = item["status"]
    shown = badge(status, kind="good" if status == 200 else "bad") if status else badge("no answer", kind="bad")
    forged = f" {badge('wrong signature', kind='warn')}" if item["forged"] else ""
    said = str(item["error"] or item["answer"])[:200]
    answer = f' <span class="muted">{escape(said)}</span>' if said else ""
    at = cast("str", item["sent_at"])[11:23]
    return f"Sending {escape(str(item['attempt']))} at {escape(at)} {shown}{forged}{answer}"

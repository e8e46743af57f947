"""A small model of the bank, for the machine's tests. It imports nothing of the machine: it is the referee.

``Story`` is one session's life; each step changes the bank's state and may leave a webhook. ``stories()`` draws them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Webhook = tuple[str, bytes]
_START = 1_790_000_000  # 2026-09-21, in seconds
_DECLINES = ["3DS_error", "bank_card_expired", "provider_exceeds_amount_limit"]


@dataclass
class Style:
    """How this bank renders: names of the API version, times, ids, and whether a hold has a next_action."""

    version: str = "v2"
    clock: str = "fine"  # fine | coarse | equal | missing | patchy (missing from some webhooks)
    ids: bool = True
    hold_says_capture: bool = True
    kind: str = "payment"


@dataclass
class Story:
    """The bank's state of one session, and the webhooks that it has sent."""

    style: Style
    status: str = "created"
    next_action: str | None = None
    error: dict[str, str] | None = None
    items: list[dict[str, Any]] = field(default_factory=list)
    actions: dict[str, str] = field(default_factory=dict)
    ticks: int = 0
    webhooks: list[Webhook] = field(default_factory=list)
    amount: int = 10_000

    # what the bank does

    def tick(self) -> None:
        self.ticks += 1

    def start(self) -> None:
        self.tick()
        self.status = "in_progress"
        number = len(self.items) + 1
        self.items.append({"id": f"pm_{number}", "status": "in_progress", "refunds": []})

    @property
    def item(self) -> dict[str, Any]:
        return self.items[-1]

    def ask_confirm(self) -> None:
        self.tick()
        self.item["status"], self.next_action = "pending", "confirm"
        self.send("ready_to_confirm")

    def confirmed(self) -> None:
        self.tick()
        self.next_action = None
        self.item["status"] = "in_progress"
        self.actions["confirm"] = self.time(self.ticks)

    def ask_action(self, number: int = 1) -> None:
        self.tick()
        self.item["status"] = "pending"
        self.item["interaction"] = f"https://acs.example/{self.item['id']}/{number}"
        self.send("action_required")

    def acted(self) -> None:
        self.tick()
        self.item["status"] = "in_progress"
        self.item.pop("interaction", None)

    def hold(self) -> None:
        self.tick()
        self.item["status"] = "pending"
        self.next_action = "capture" if self.style.hold_says_capture else None
        self.send("ready_to_capture")

    def captured(self) -> None:
        self.tick()
        self.next_action = None
        self.item["status"] = "in_progress"
        self.actions["capture"] = self.time(self.ticks)

    def succeed(self) -> None:
        self.tick()
        self.next_action, self.error = None, None
        self.item.pop("error", None)
        self.item["status"], self.status = "succeeded", "accepted"
        self.send("payment_finished")

    def fail(self, code: str | None, session: str = "cancelled") -> None:
        """An item fails; the session is ``cancelled``, ``error``, or ``in_progress`` when the payer may try again."""
        self.tick()
        self.next_action = None
        self.item.pop("interaction", None)
        self.item["status"], self.status = "failed", session
        if code is not None:
            self.item["error"] = code
        if session != "in_progress":
            self.send("payment_finished")

    def cancel_unstarted(self) -> None:
        self.tick()
        self.status = "cancelled"

    def refund(self, amount: int, *, chargeback: bool = False, tag: str | None = None) -> dict[str, Any]:
        self.tick()
        self.status = "in_progress"
        made = {"id": f"rf_{len(self.item['refunds']) + 1}", "status": "in_progress", "amount": amount}
        made |= {"chargeback": chargeback, "tag": tag, "created": self.ticks}
        self.item["refunds"].append(made)
        return made

    def refunded(self, refund: dict[str, Any], status: str) -> None:
        self.tick()
        refund["status"] = status
        if all(one["status"] != "in_progress" for one in self.item["refunds"]):
            self.status = "accepted"
        self.send("payment_refunded")

    # how it renders

    def send(self, event_type: str) -> None:
        lacks_time = self.style.clock == "patchy" and self.ticks % 2 == 0
        self.webhooks.append((event_type, _dump({"type": event_type, "session": self.session(lacks_time=lacks_time)})))

    def answer(self) -> bytes:
        """What ``session/status`` answers now."""
        return _dump({"status": "ok", "session": self.session()})

    def time(self, tick: int) -> str:
        moment = {"coarse": tick // 3, "equal": 0}.get(self.style.clock, tick)
        minutes, seconds = divmod(moment, 60)
        digits = "" if self.style.clock == "coarse" else ".250000"
        return f"2026-09-21T10:{minutes:02}:{seconds:02}{digits}Z"

    def session(self, *, lacks_time: bool = False) -> dict[str, Any]:
        session: dict[str, Any] = {"id": "ps_1", "status": self.status, "created_at": self.time(0)}
        if self.style.clock != "missing" and not lacks_time:
            session["updated_at"] = self.time(self.ticks)
        if self.next_action:
            session["next_action"] = self.next_action
        if self.error:
            session["error"] = self.error
        if self.actions:
            session["actions"] = self.actions
        if self.items:
            session[self._list_name()] = [self._item(item) for item in self.items]
        return session

    def _list_name(self) -> str:
        names = {"payment": {"v1": "acquiring_payments", "v2": "payment_list"}}
        names["payout"] = {"v1": "payments", "v2": "payout_list"}
        return names[self.style.kind][self.style.version]

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"status": item["status"]}
        if self.style.ids:
            shown["id"] = item["id"]
        shown["amount_details"] = {"amount": self.amount, "currency": "RUB"}
        if "error" in item:
            shown["error"] = {"code": item["error"], "description": "as the bank words it"}
        if "interaction" in item:
            shown["customer_interaction"] = {"type": "redirect", "redirect": {"url": item["interaction"]}}
        if item["refunds"]:
            shown["refunds"] = [self._refund(refund) for refund in item["refunds"]]
        return shown

    def _refund(self, refund: dict[str, Any]) -> dict[str, Any]:
        shown = {"id": refund["id"], "status": refund["status"], "created_at": self.time(refund["created"])}
        shown["amount_details"] = {"amount": refund["amount"], "currency": "RUB"}
        if refund["chargeback"]:
            shown["is_chargeback"] = True
        if refund["tag"]:
            shown["metadata"] = {"_b131": refund["tag"]}
        return shown


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """Any rendering."""
    return Style(
        version=draw(st.sampled_from(["v1", "v2"])),
        clock=draw(st.sampled_from(["fine", "coarse", "equal", "missing", "patchy"])),
        ids=draw(st.integers(0, 4)) > 0,
        hold_says_capture=draw(st.booleans()),
        kind=draw(st.sampled_from(["payment", "payment", "payout"])),
    )


@st.composite
def stories(draw: st.DrawFn, *, whole: bool = False) -> Story:
    """A session's life, told to the end or (unless ``whole``) up to any moment, with re-rendered re-sends."""
    story = Story(draw(styles()))
    steps = _steps(draw, story)
    stop = 99 if whole else draw(st.integers(0, 24))
    for number, _ in enumerate(steps):
        if story.webhooks and draw(st.integers(0, 7)) == 0:
            story.send(draw(st.sampled_from(story.webhooks))[0])  # re-sent, rendered anew
        if number >= stop:
            break
    return story


def _steps(draw: st.DrawFn, story: Story) -> Any:
    """The story as a generator: one turn for each thing that the bank does."""
    yield
    if draw(st.integers(0, 15)) == 0:
        story.cancel_unstarted()
        yield
        return
    tries = draw(st.integers(1, 3))
    for number in range(tries):
        story.start()
        yield
        lasts = number + 1 == tries
        if not lasts:
            yield from _prepare(draw, story)
            story.fail(draw(st.sampled_from(_DECLINES)), "in_progress")
            yield
            continue
        yield from _prepare(draw, story)
        yield from _end(draw, story)


def _prepare(draw: st.DrawFn, story: Story) -> Any:
    challenge = draw(st.sampled_from(["before", "after", "none", "twice"]))
    if challenge == "before":
        story.ask_action()
        yield
        story.acted()
        yield
    if draw(st.booleans()):
        story.ask_confirm()
        yield
        story.confirmed()
        yield
    for number in {"after": [1], "twice": [1, 2]}.get(challenge, []):
        story.ask_action(number)
        yield
        story.acted()
        yield


def _end(draw: st.DrawFn, story: Story) -> Any:
    ways = ["succeed", "succeed", "succeed", "decline", "3ds", "cancel", "confirm_timeout", "error", "definite error"]
    if story.style.kind == "payment" and draw(st.booleans()):
        story.hold()
        yield
        ways = ["capture", "capture", "auto debit", "auto release", "cancel", "error"]
    way = draw(st.sampled_from(ways))
    if way == "capture":
        story.captured()
        yield
    if way in ("succeed", "capture", "auto debit"):
        story.succeed()
        yield
        yield from _after_success(draw, story)
    elif way == "error":
        story.fail("provider_timeout", "error")
        yield
        yield from _resolve(draw, story)
    elif way == "definite error":
        story.fail("bank_card_expired", "error")
        yield
    else:
        codes = {"decline": "bank_card_expired", "3ds": "3DS_error", "confirm_timeout": "confirm_timeout"}
        codes |= {"auto release": "capture_timeout"}
        story.fail(codes.get(way))
        yield


def _resolve(draw: st.DrawFn, story: Story) -> Any:
    how = draw(st.sampled_from(["success", "failure", "never"]))
    if how == "success":
        story.succeed()
        yield
    elif how == "failure":
        story.fail("provider_timeout")
        yield


def _after_success(draw: st.DrawFn, story: Story) -> Any:
    for _ in range(draw(st.integers(0, 2))):
        refund = story.refund(draw(st.sampled_from([3_000, 5_000])))
        yield
        if draw(st.booleans()):
            story.refunded(refund, "error")
            yield
        story.refunded(refund, draw(st.sampled_from(["accepted", "accepted", "declined"])))
        yield
    if draw(st.integers(0, 3)) == 0:
        chargeback = story.refund(story.amount, chargeback=True)
        yield
        story.refunded(chargeback, "accepted")
        yield

"""`bank131 demo`: every scenario as the person who watches sees it, and what it says when a story goes wrong."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from aiohttp import ClientSession, web

from bank131_async import Amount, BankCard
from bank131_async.cli.demo import run as demo_run
from bank131_async.cli.demo import stories as demo_stories
from bank131_async.cli.demo.browser import Browser, Page
from bank131_async.cli.demo.command import demo
from bank131_async.cli.demo.describe import request_text
from bank131_async.cli.demo.printer import JsonLines, Pages
from bank131_async.cli.demo.run import perform
from bank131_async.cli.demo.stage import Stage, card
from bank131_async.cli.demo.stories import STORIES, Story
from bank131_async.cli.demo.timeline import Course, Event, Moment, ScenarioEnded, Summary
from bank131_async.core import codec
from bank131_async.core.models import PaymentDetails
from bank131_async.core.operations import StartPayment
from bank131_async.errors import ConfigurationError
from bank131_async.sandbox.cards import CARDS

PROGRAM = "from bank131_async.cli import main; main()"
STARTED = ("session/create", "session/start/payment")

# What has to be seen, told here a second time and not taken from the stories: calls without status questions (how many
# of those there are is a matter of timing), steps, webhooks, outcome.
SEEN: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str]] = {
    "card-3ds": (
        (*STARTED, "session/confirm"),
        ("ready_to_confirm", "action_required"),
        ("ready_to_confirm", "action_required", "payment_finished"),
        "succeeded 150.00 RUB",
    ),
    "bank-form": (
        ("session/create", "token", "session/confirm"),
        ("action_required", "ready_to_confirm"),
        ("action_required", "ready_to_confirm", "payment_finished"),
        "succeeded 150.00 RUB",
    ),
    "capture-part": (
        (*STARTED, "session/confirm", "session/capture"),
        ("ready_to_confirm", "action_required", "ready_to_capture"),
        ("ready_to_confirm", "action_required", "ready_to_capture", "payment_finished"),
        "succeeded 99.90 RUB",
    ),
    "hold-cancelled": (
        (*STARTED, "session/confirm", "session/cancel"),
        ("ready_to_confirm", "ready_to_capture"),
        ("ready_to_confirm", "ready_to_capture", "payment_finished"),
        "cancelled by merchant",
    ),
    "one-request": (
        ("session/init/payment", "session/confirm"),
        ("ready_to_confirm",),
        ("ready_to_confirm", "payment_finished"),
        "succeeded 150.00 RUB",
    ),
    "declined": (
        (*STARTED, "session/confirm"),
        ("ready_to_confirm",),
        ("ready_to_confirm", "payment_finished"),
        "failed bank_card_expired",
    ),
    "3ds-failed": (
        (*STARTED, "session/confirm"),
        ("ready_to_confirm", "action_required"),
        ("ready_to_confirm", "action_required", "payment_finished"),
        "failed 3DS_error",
    ),
    "merchant-cancels": (
        (*STARTED, "session/cancel"),
        ("ready_to_confirm",),
        ("ready_to_confirm", "payment_finished"),
        "cancelled by merchant",
    ),
    "polling-only": (
        (*STARTED, "session/confirm"),
        ("ready_to_confirm", "action_required"),
        (),
        "succeeded 150.00 RUB",
    ),
    "refund-twice": (
        (*STARTED, "session/confirm", "session/refund", "session/refund"),
        ("ready_to_confirm",),
        ("ready_to_confirm", "payment_finished", "payment_refunded", "payment_refunded"),
        "succeeded 150.00 RUB",
    ),
    "chargeback": (
        (*STARTED, "session/confirm"),
        ("ready_to_confirm",),
        ("ready_to_confirm", "payment_finished", "payment_refunded"),
        "succeeded 150.00 RUB",
    ),
}

Line = dict[str, Any]


def bank131(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def whole_demo(repository: Path) -> subprocess.CompletedProcess[str]:
    """One run of everything as JSON lines."""
    return bank131(repository, "demo", "--json")


@pytest.fixture(scope="module")
def lines(whole_demo: subprocess.CompletedProcess[str]) -> list[Line]:
    return [json.loads(line) for line in whole_demo.stdout.splitlines()]


@pytest.fixture(scope="module")
def told(repository: Path) -> str:
    """One run of everything for people, into a pipe."""
    return bank131(repository, "demo").stdout


def whats(lines: list[Line], scenario: str, event: str) -> tuple[str, ...]:
    return tuple(line["what"] for line in lines if line.get("scenario") == scenario and line["event"] == event)


def details(lines: list[Line], scenario: str, event: str) -> list[str]:
    return [line["detail"] for line in lines if line.get("scenario") == scenario and line["event"] == event]


def test_all_scenarios_end_as_told_and_the_last_line_sums_up(
    whole_demo: subprocess.CompletedProcess[str], lines: list[Line]
) -> None:
    assert whole_demo.stderr == ""
    assert whole_demo.returncode == 0
    assert lines[-1] == {"event": "summary", "scenarios": len(SEEN), "succeeded": len(SEEN), "unexpected": 0}
    assert lines[0]["event"] == "demo"
    assert lines[0]["scenarios"] == list(SEEN)


@pytest.mark.parametrize("scenario", SEEN)
def test_a_scenario_shows_its_calls_steps_webhooks_and_outcome(scenario: str, lines: list[Line]) -> None:
    calls, steps, webhooks, outcome = SEEN[scenario]

    assert tuple(call for call in whats(lines, scenario, "request") if call != "session/status") == calls
    assert whats(lines, scenario, "step") == steps
    # Two deliveries may overtake each other on the way.
    assert Counter(whats(lines, scenario, "webhook")) == Counter(webhooks)
    assert details(lines, scenario, "outcome") == [outcome]


@pytest.mark.parametrize("scenario", SEEN)
def test_the_events_of_a_scenario_stand_between_its_beginning_and_its_end_in_the_order_of_time(
    scenario: str, lines: list[Line]
) -> None:
    own = [line for line in lines if line.get("scenario") == scenario]
    moments = [line["at_ms"] for line in own[1:-1]]

    assert lines.index(own[-1]) - lines.index(own[0]) == len(own) - 1
    assert own[0]["event"] == "scenario"
    assert own[-1] | {"took_ms": 0} == {
        "event": "scenario_end",
        "scenario": scenario,
        "took_ms": 0,
        "as_told": True,
        "outcome": SEEN[scenario][3],
        "differences": [],
    }
    assert moments == sorted(moments)
    assert len({line["session_id"] for line in own if "session_id" in line}) == 1


def test_without_webhooks_only_the_status_tells_the_news(lines: list[Line]) -> None:
    assert whats(lines, "polling-only", "webhook") == ()
    assert whats(lines, "polling-only", "request").count("session/status") >= 3


def test_the_payer_goes_through_3ds_and_comes_back_to_the_shop(lines: list[Line]) -> None:
    assert whats(lines, "card-3ds", "payer") == ("GET /3ds", "POST /3ds", "GET /orders/card-3ds")
    assert whats(lines, "bank-form", "payer")[:4] == (
        "GET /widget/form",
        "POST /widget/form",
        "GET /widget/result",
        "GET /3ds",
    )


def test_money_that_goes_back_is_booked(lines: list[Line]) -> None:
    assert details(lines, "refund-twice", "refund") == ["50.00 RUB", "100.00 RUB"]
    assert whats(lines, "chargeback", "refund") == ("chargeback accepted",)


def test_neither_way_of_printing_shows_a_secret(whole_demo: subprocess.CompletedProcess[str], told: str) -> None:
    for output in (whole_demo.stdout, told):
        assert [card.number for card in CARDS if card.number in output] == []
        assert "400000******0010" in output
        assert "PRIVATE KEY" not in output
        # Public tokens, the ids of 3-D Secure pages and signatures are long.
        assert max(len(word) for word in output.replace('"', " ").split()) < 60


def test_people_get_plain_text_in_a_pipe(told: str) -> None:
    assert "\x1b" not in told
    assert told.count("✓ ended as its story says") == len(SEEN)
    assert told.rstrip().endswith(f"{len(SEEN)} of {len(SEEN)} scenarios ended as their stories say")


@pytest.mark.parametrize("scenario", SEEN)
def test_each_scenario_can_be_performed_alone(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    demo(scenario=(scenario,), as_json=True)
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert {line["scenario"] for line in printed if "scenario" in line} == {scenario}
    assert printed[-1] == {"event": "summary", "scenarios": 1, "succeeded": 1, "unexpected": 0}


def test_the_list_names_every_scenario_and_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    demo(list_scenarios=True)
    listed = capsys.readouterr().out
    demo(list_scenarios=True, as_json=True)

    assert [line.split()[0] for line in listed.splitlines()] == list(SEEN)
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(SEEN)


def test_an_unknown_scenario_is_one_line_with_the_names(repository: Path) -> None:
    run = bank131(repository, "demo", "--scenario", "nope")

    assert run.returncode == 2
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert "'nope'" in run.stderr
    assert "card-3ds" in run.stderr


# -- stories that go wrong ----------------------------------------------------------------------------------------


def story(name: str = "declined", **changes: Any) -> Story:
    return attrs.evolve(next(story for story in STORIES if story.name == name), **changes)


def watched(*stories: Story) -> tuple[Summary, list[Event]]:
    seen: list[Event] = []
    return asyncio.run(perform(stories, seen.append)), seen


def endings(events: list[Event]) -> list[ScenarioEnded]:
    return [event for event in events if isinstance(event, ScenarioEnded)]


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        (
            {"outcome": "succeeded 150.00 RUB"},
            "outcome: told succeeded 150.00 RUB; saw failed bank_card_expired",
        ),
        ({"steps": ("payment_finished",)}, "steps: told payment_finished; saw ready_to_confirm, payment_finished"),
        (
            {"webhooks": ("payment_finished",)},
            "webhooks: told payment_finished; saw payment_finished, ready_to_confirm",
        ),
        ({"refunds": ("refund accepted 1.00 RUB",)}, "refunds: told refund accepted 1.00 RUB; saw none"),
    ],
)
def test_a_story_that_ends_otherwise_is_unexpected(changes: dict[str, Any], difference: str) -> None:
    summary, events = watched(story(**changes))

    assert (summary.succeeded, summary.unexpected) == (0, 1)
    assert endings(events)[0].differences == (difference,)


def test_the_exit_status_tells_that_a_story_went_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_stories, "STORIES", (story(outcome="succeeded 1.00 RUB"),))

    with pytest.raises(SystemExit) as end:
        demo()

    assert end.value.code == 1
    assert "✗ did not end as its story says" in capsys.readouterr().out


def play_of(action: Callable[[Stage], Awaitable[None]]) -> Story:
    return story(play=action, steps=(), webhooks=(), outcome="none")


def test_an_error_in_one_story_does_not_keep_the_others_from_being_told() -> None:
    async def stumble(stage: Stage) -> None:
        raise RuntimeError(f"no {stage.order} today")

    summary, events = watched(play_of(stumble), story("one-request"))

    assert [end.differences for end in endings(events)] == [("RuntimeError: no declined today",), ()]
    assert (summary.succeeded, summary.unexpected) == (1, 1)


def test_a_story_that_waits_for_something_that_does_not_come_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_run, "STORY_LIMIT_S", 0.1)

    async def wait(stage: Stage) -> None:
        await stage.timeline.heard(["payment_finished"])

    _, events = watched(play_of(wait))

    assert endings(events)[0].differences == ("not over after 0.1 s",)


def test_a_webhook_that_the_shop_refuses_is_a_difference() -> None:
    async def forge(stage: Stage) -> None:
        shop = (stage.options.return_url or "").partition("/orders/")[0]
        async with ClientSession() as stranger:
            await stranger.post(f"{shop}/webhooks/one-stage", data=b'{"type":"payment_finished"}')

    _, events = watched(play_of(forge))

    assert endings(events)[0].differences == ("the shop answered 401 to the webhook payment_finished",)


def test_what_a_flow_still_does_after_its_story_is_not_shown_in_the_next_one() -> None:
    seen: list[Event] = []
    course = Course(seen.append)
    first = course.begin("first")
    first.add("request", "session/create", session_id="ps_1")
    course.of("ps_1")
    first.close()
    course.begin("second")
    course.of("ps_1").add("request", "session/status")
    course.of("ps_2").add("request", "session/create")

    assert [(event.scenario, event.what) for event in seen if isinstance(event, Moment)] == [
        ("first", "session/create"),
        ("second", "session/create"),
    ]


# -- the parts ----------------------------------------------------------------------------------------------------


def test_a_request_is_described_by_its_sum_and_its_masked_card_alone() -> None:
    paying_with = BankCard(number="4242424242424242", expiration_month="11", expiration_year="31", security_code="975")
    body = codec.encode(
        StartPayment(
            session_id="ps_1", payment_details=PaymentDetails.of(paying_with), amount_details=Amount.rub("1.50")
        )
    )

    assert request_text(body) == "1.50 RUB, card 424242******4242"


def test_a_terminal_without_unicode_gets_signs_that_it_can_show() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    Pages(out).show(Moment(event="webhook", scenario="s", at_ms=1.0, what="ready_to_confirm", result="200 ok"))

    assert raw.getvalue().decode() == "      1 ms  shop < bank  webhook ready_to_confirm  > 200 ok\n"


def test_a_json_line_leaves_out_what_is_not_known() -> None:
    out = io.StringIO()
    JsonLines(out).show(Moment(event="step", scenario="s", at_ms=1.0, what="ready_to_confirm"))

    assert json.loads(out.getvalue()) == {"event": "step", "scenario": "s", "at_ms": 1.0, "what": "ready_to_confirm"}


def test_the_demo_has_a_card_only_for_outcomes_that_there_are() -> None:
    with pytest.raises(KeyError):
        card("nope")


@pytest.mark.asyncio
async def test_the_browser_gives_up_where_pages_lead_in_a_circle() -> None:
    async def circle(request: web.Request) -> web.Response:
        raise web.HTTPSeeOther(request.path)

    application = web.Application()
    application.router.add_get("/", circle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with Browser(Course(lambda _: None)) as browser:
            with pytest.raises(LookupError, match="circle"):
                await browser.open(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    finally:
        await runner.cleanup()


@pytest.mark.asyncio
async def test_the_browser_sends_no_form_that_is_not_there() -> None:
    async with Browser(Course(lambda _: None)) as browser:
        with pytest.raises(LookupError, match="no form"):
            await browser.submit(Page("http://127.0.0.1/", "Too late", has_form=False, fields={}), "presses")


def test_a_wrong_name_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="--scenario"):
        demo(scenario=("card-3ds", "nope"))

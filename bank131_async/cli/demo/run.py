"""Puts the bank, the shop and the payer together and performs stories, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bank131_async.cli.demo.browser import Browser
from bank131_async.cli.demo.shop import PROJECTS, Shop
from bank131_async.cli.demo.stage import Stage
from bank131_async.cli.demo.stories import Story
from bank131_async.cli.demo.timeline import Course, DemoStarted, ScenarioEnded, ScenarioStarted, Show, Summary, Timeline
from bank131_async.testing import Sandbox

# A story takes a fraction of a second; one that takes this long waits for something that does not come.
STORY_LIMIT_S = 20.0


async def perform(stories: Sequence[Story], show: Show) -> Summary:
    """Perform the stories and show what happens; tells how many ended as told."""
    course, as_told = Course(show), 0
    async with Sandbox() as sandbox, Shop(sandbox, course) as shop, Browser(course) as payer:
        open_projects(sandbox, shop)
        show(DemoStarted(bank=sandbox.url, shop=shop.url, scenarios=tuple(story.name for story in stories)))
        for number, story in enumerate(stories, start=1):
            show(
                ScenarioStarted(
                    scenario=story.name, number=number, of=len(stories), title=story.title, story=story.text
                )
            )
            timeline = course.begin(story.name)
            stage = Stage(story.name, story.project, shop=shop, sandbox=sandbox, payer=payer, timeline=timeline)
            await _play(story, stage)
            as_told += _compare(story, timeline, show)
    summary = Summary(scenarios=len(stories), succeeded=as_told, unexpected=len(stories) - as_told)
    show(summary)
    return summary


def open_projects(sandbox: Sandbox, shop: Shop) -> None:
    """What the bank's manager does: set the shop's projects up and note down where webhooks go."""
    merchant_key = sandbox.bank.keys.merchant.public_pem()
    for project, switches in PROJECTS.items():
        sandbox.bank.add_project(project, merchant_key, webhook_url=shop.webhook_url(project), **switches)


async def _play(story: Story, stage: Stage) -> None:
    timeline = stage.timeline
    try:
        async with asyncio.timeout(STORY_LIMIT_S):
            await story.play(stage)
            await timeline.heard(story.webhooks)
    except TimeoutError:
        timeline.problems.append(f"not over after {STORY_LIMIT_S:g} s")
    except Exception as error:  # whatever goes wrong in one story, the others are performed
        timeline.problems.append(f"{type(error).__name__}: {error}")


def _compare(story: Story, timeline: Timeline, show: Show) -> bool:
    timeline.close()
    differences = story.differences(timeline)
    show(
        ScenarioEnded(
            scenario=story.name,
            took_ms=timeline.passed_ms,
            as_told=not differences,
            outcome=timeline.outcome,
            differences=differences,
        )
    )
    return not differences

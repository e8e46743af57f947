"""The merchant program of the demo: a web application with the webhook route, and a client for each project.

A project of the bank has one or two stages, sends webhooks or not; so the shop has one for each way of selling.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from html import escape
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bank131_async import Bank131Client, FlowSettings, PaymentFlow, PollSchedule, WebhookEvent
from bank131_async.cli.demo.describe import webhook_text
from bank131_async.cli.demo.timeline import Course
from bank131_async.cli.demo.wiretap import WireTap
from bank131_async.integrations.aiohttp import webhook_handler
from bank131_async.testing import Sandbox

PROJECTS: dict[str, dict[str, bool]] = {
    "one-stage": {},
    "two-stage": {"two_stage": True},
    "polling": {"webhooks": False},
}

# Without webhooks a person who watches should not wait for the usual two seconds.
_EAGER = FlowSettings(polling=PollSchedule(first_s=0.1, share=0.2, max_s=0.5))


class Shop:
    """The program, while the context lasts."""

    def __init__(self, sandbox: Sandbox, course: Course) -> None:
        self.url: str = ""
        self.flows: dict[str, PaymentFlow] = {}
        self._course = course
        self._wiretap = WireTap(course)
        self._open = AsyncExitStack()
        self._clients = {project: self._client(sandbox, project) for project in PROJECTS}

    def client(self, project: str) -> Bank131Client:
        """The client of a project."""
        return self._clients[project]

    def webhook_url(self, project: str) -> str:
        """What the shop tells the bank's manager."""
        return f"{self.url}/webhooks/{project}"

    def return_url(self, order: str) -> str:
        """Where the payer comes back to."""
        return f"{self.url}/orders/{order}"

    async def __aenter__(self) -> Self:
        application = web.Application(middlewares=[self._watch_webhooks])
        application.router.add_get("/orders/{order}", self._order_page)
        for project, client in self._clients.items():
            application.router.add_post(f"/webhooks/{project}", webhook_handler(client))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        async with AsyncExitStack() as opening:
            # Closed in the opposite order: webhooks may come until the clients have finished.
            opening.push_async_callback(self._wiretap.aclose)
            for client in self._clients.values():
                await opening.enter_async_context(client)
            await runner.setup()
            opening.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self._open = opening.pop_all()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def _client(self, sandbox: Sandbox, project: str) -> Bank131Client:
        client = Bank131Client(
            sandbox.config(project_id=project),
            transport=self._wiretap,
            settings=_EAGER if project == "polling" else None,
        )
        client.router.on_any(self._handled)
        return client

    def _handled(self, event: WebhookEvent) -> None:
        self._course.of(event.session_id).handled(str(event.type))

    async def _order_page(self, request: web.Request) -> web.Response:
        """Where the payer comes back to. Coming back proves nothing: the page tells what the flow knows."""
        order = request.match_info["order"]
        flow = self.flows.get(order)
        if flow is None:
            raise web.HTTPNotFound
        state = "finished" if flow.phase.is_final else "the bank has not said yet"
        text = f"<!doctype html><title>Order</title><h1>Order {escape(order)}: {state}</h1>"
        return web.Response(text=text, content_type="text/html")

    @web.middleware
    async def _watch_webhooks(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Show webhooks as they come in: the flow's news should stand below them."""
        if request.method != "POST":
            return await handler(request)
        type_, text, session_id = webhook_text(await request.read())
        story = self._course.of(session_id)
        story.add("webhook", type_, text, session_id=session_id)
        response = await handler(request)
        if response.status != 200:
            story.problems.append(f"the shop answered {response.status} to the webhook {type_}")
        return response

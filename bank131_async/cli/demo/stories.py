"""The scenarios of the demo. Each is a story: it does something, and states how that has to end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from bank131_async import Amount, Cancel, Capture
from bank131_async.cli.demo.stage import PRICE, Stage, card
from bank131_async.cli.demo.timeline import Timeline


@attrs.frozen(kw_only=True)
class Story:
    """A scenario, and what it has to come to.

    ``steps`` are in order. ``webhooks`` and ``refunds`` are not: deliveries may overtake each other on the way.
    """

    name: str
    title: str
    text: str
    project: str = "one-stage"
    play: Callable[[Stage], Awaitable[None]]
    steps: tuple[str, ...]
    webhooks: tuple[str, ...] = ()
    outcome: str
    refunds: tuple[str, ...] = ()

    def differences(self, timeline: Timeline) -> tuple[str, ...]:
        """What happened otherwise than told."""
        compared = {
            "steps": (self.steps, tuple(timeline.steps)),
            "webhooks": (tuple(sorted(self.webhooks)), tuple(sorted(timeline.webhooks))),
            "outcome": ((self.outcome,), (timeline.outcome,)),
            "refunds": (tuple(sorted(self.refunds)), tuple(sorted(timeline.refunds))),
        }
        unlike = [
            f"{name}: told {', '.join(told) or 'none'}; saw {', '.join(seen) or 'none'}"
            for name, (told, seen) in compared.items()
            if told != seen
        ]
        return (*timeline.problems, *unlike)


async def card_3ds(stage: Stage) -> None:
    """The way of a shop that may handle card data itself."""
    flow = await stage.open_order()
    await flow.start(card("challenge"))
    await stage.lead(flow)


async def bank_form(stage: Stage) -> None:
    """The way of most shops: card data never reach them."""
    flow = await stage.open_order()
    page = await stage.fill_form(flow, card("challenge"))
    await stage.lead(flow, payer_sees=page)


async def capture_part(stage: Stage) -> None:
    """Goods are weighed after the order, or are not all in stock."""
    flow = await stage.open_order()
    await flow.start(card("challenge"))
    await stage.lead(flow, at_capture=Capture(Amount.rub("99.90")))


async def hold_cancelled(stage: Stage) -> None:
    """Nothing was in stock."""
    flow = await stage.open_order()
    await flow.start(card("approve"))
    await stage.lead(flow, at_capture=Cancel())


async def one_request(stage: Stage) -> None:
    """One request less, and no session id if its answer gets lost."""
    flow = await stage.bank.payments.init(
        card("approve"), amount=PRICE, customer=stage.customer, options=stage.options, order=stage.order
    )
    await stage.lead(stage.known(flow))


async def declined(stage: Stage) -> None:
    """A decline is an outcome and not an exception."""
    flow = await stage.open_order()
    await flow.start(card("decline:bank_card_expired"))
    await stage.lead(flow)


async def payer_fails(stage: Stage) -> None:
    """The payer presses the other button."""
    flow = await stage.open_order()
    await flow.start(card("challenge"))
    await stage.lead(flow, payer_says="fail")


async def merchant_cancels(stage: Stage) -> None:
    """The last moment at which nothing has happened yet."""
    flow = await stage.open_order()
    await flow.start(card("approve"))
    await stage.lead(flow, at_confirm=Cancel())


async def polling_only(stage: Stage) -> None:
    """The same program, the same lines."""
    await card_3ds(stage)


async def refund_twice(stage: Stage) -> None:
    """Each return has a name, so that asking again for the same one would not pay back twice."""
    flow = await stage.open_order()
    await flow.start(card("approve"))
    await stage.lead(flow)
    for number, rubles in enumerate(("50.00", "100.00"), start=1):
        refund = await flow.refund(Amount.rub(rubles), name=f"return-{number}")
        stage.booked(flow, await refund)


async def chargeback(stage: Stage) -> None:
    """Weeks later, when nobody awaits the flow any more: the webhook brings it."""
    flow = await stage.open_order()
    await flow.start(card("approve"))
    await stage.lead(flow)
    stage.timeline.add("bank", "chargeback", f"the payer's bank takes {PRICE} back")
    stage.sandbox.chargeback(flow.session_id)
    await stage.timeline.heard(["payment_refunded"])
    later = await stage.bank.payments.attach(flow.session_id)
    for refund in later.facts.refunds:
        stage.booked(later, refund)


STORIES = (
    Story(
        name="card-3ds",
        title="Open card data, 3-D Secure",
        text="The payer types the card into the shop's page. 3-D Secure comes after the shop has confirmed.",
        play=card_3ds,
        steps=("ready_to_confirm", "action_required", "payment_finished"),
        webhooks=("ready_to_confirm", "action_required", "payment_finished"),
        outcome="succeeded 150.00 RUB",
    ),
    Story(
        name="bank-form",
        title="The bank's form",
        text="The payer types the card into the bank's form, which leads to 3-D Secure. The shop confirms after that.",
        play=bank_form,
        steps=("action_required", "ready_to_confirm", "payment_finished"),
        webhooks=("action_required", "ready_to_confirm", "payment_finished"),
        outcome="succeeded 150.00 RUB",
    ),
    Story(
        name="capture-part",
        title="Delayed capture of a part",
        text="150.00 are held on the card; the shop takes 99.90, the rest is released.",
        project="two-stage",
        play=capture_part,
        steps=("ready_to_confirm", "action_required", "ready_to_capture", "payment_finished"),
        webhooks=("ready_to_confirm", "action_required", "ready_to_capture", "payment_finished"),
        outcome="succeeded 99.90 RUB",
    ),
    Story(
        name="hold-cancelled",
        title="Hold cancelled",
        text="150.00 are held on the card; the shop cannot deliver and releases them.",
        project="two-stage",
        play=hold_cancelled,
        steps=("ready_to_confirm", "ready_to_capture", "payment_finished"),
        webhooks=("ready_to_confirm", "ready_to_capture", "payment_finished"),
        outcome="cancelled by merchant",
    ),
    Story(
        name="one-request",
        title="Created and started in one request",
        text="session/init/payment does what session/create and session/start/payment do.",
        play=one_request,
        steps=("ready_to_confirm", "payment_finished"),
        webhooks=("ready_to_confirm", "payment_finished"),
        outcome="succeeded 150.00 RUB",
    ),
    Story(
        name="declined",
        title="A declined card",
        text="The card has expired.",
        play=declined,
        steps=("ready_to_confirm", "payment_finished"),
        webhooks=("ready_to_confirm", "payment_finished"),
        outcome="failed bank_card_expired",
    ),
    Story(
        name="3ds-failed",
        title="A payer who fails 3-D Secure",
        text="The payer's bank asks, and the payer gives the wrong answer.",
        play=payer_fails,
        steps=("ready_to_confirm", "action_required", "payment_finished"),
        webhooks=("ready_to_confirm", "action_required", "payment_finished"),
        outcome="failed 3DS_error",
    ),
    Story(
        name="merchant-cancels",
        title="A merchant who cancels",
        text="The bank is ready; the shop sees that the goods are gone and cancels instead of confirming.",
        play=merchant_cancels,
        steps=("ready_to_confirm", "payment_finished"),
        webhooks=("ready_to_confirm", "payment_finished"),
        outcome="cancelled by merchant",
    ),
    Story(
        name="polling-only",
        title="Webhooks switched off",
        text="The first story again, in a project without webhooks: the flow asks for the status by itself.",
        project="polling",
        play=polling_only,
        steps=("ready_to_confirm", "action_required", "payment_finished"),
        outcome="succeeded 150.00 RUB",
    ),
    Story(
        name="refund-twice",
        title="A refund in two parts",
        text="Two things come back, one after the other.",
        play=refund_twice,
        steps=("ready_to_confirm", "payment_finished"),
        webhooks=("ready_to_confirm", "payment_finished", "payment_refunded", "payment_refunded"),
        outcome="succeeded 150.00 RUB",
        refunds=("refund accepted 50.00 RUB", "refund accepted 100.00 RUB"),
    ),
    Story(
        name="chargeback",
        title="A chargeback that nobody asked for",
        text="The payment is over and done with; then the payer's bank takes the money back.",
        play=chargeback,
        steps=("ready_to_confirm", "payment_finished"),
        webhooks=("ready_to_confirm", "payment_finished", "payment_refunded"),
        outcome="succeeded 150.00 RUB",
        refunds=("chargeback accepted 150.00 RUB",),
    ),
)


def stories_named(names: tuple[str, ...]) -> tuple[Story, ...]:
    """These stories in the usual order, or all without names. Raises ``KeyError`` for one that there is not."""
    for name in set(names) - {story.name for story in STORIES}:
        raise KeyError(name)
    return tuple(story for story in STORIES if not names or story.name in names)

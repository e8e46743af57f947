"""What one seed stands for: the bank's unknowns, the merchant's stories, and every fault, as plain data.

Everything is drawn before anything runs, so that a fault can be taken away and the rest stays as it was. That is what
makes a failing seed small.
"""

from __future__ import annotations

import random
from typing import Any, Literal

import attrs

from tests.support.merchant import CHALLENGE, DECLINED, PLAIN, REFUND_DECLINED, UNKNOWN_THEN_FAILURE
from tests.support.merchant import UNKNOWN_THEN_SUCCESS as UNKNOWN_SUCCESS

#: What may befall a request on its way; in ``edge`` it is told what each does.
REQUEST_FAULTS = (
    "reset before", "reset after", "gateway before", "gateway after", "doubted", "burnt", "cut", "limited", "late",
    "stuck answer", "slow answer", "delayed", "twice",
)  # fmt: skip
#: What may befall a webhook.
WEBHOOK_FAULTS = ("lost", "doubled", "delayed", "answer lost")
#: What may befall a computer, at one of its steps.
COMPUTER_FAULTS = ("pause", "kill")
#: What may befall a computer for a while, at some time.
WINDOWS = ("store down", "store lies", "hints lost", "bank unreachable", "connections reset", "stall", "clock moved")
#: What people do at the bank.
BANK_ACTS = ("dashboard refund", "chargeback")
METHODS = ("create", "start/payment", "confirm", "cancel", "capture", "refund", "status")
PAYOUT_METHODS = ("create", "start/payout", "start/payout", "confirm", "cancel", "status")
#: How a payout ends, by the last digits of its card, account or phone; the sandbox's own table.
ENDINGS = {"4242": 6.0, "0432": 1.0, "0168": 0.5, "0309": 0.6, "0317": 0.6, "0424": 0.8}
HOSTS = ("web-1", "web-2", "work-1", "work-2")

FaultKind = Literal["request", "webhook", "computer", "window", "bank", "sleep"]


@attrs.frozen
class Fault:
    """One misfortune. ``nth``: the how-manieth request of ``where`` (a method), webhook, or step of a computer.

    ``at_s``: when, where the time decides. ``for_s``: how long; for ``clock moved`` by how much.
    """

    kind: FaultKind
    what: str
    where: str = ""
    nth: int = 0
    at_s: float = 0.0
    for_s: float = 0.0

    def __str__(self) -> str:
        moment = f"no. {self.nth}" if self.kind in ("request", "webhook", "computer") else f"at {self.at_s:.1f} s"
        return f"{self.what} ({self.kind} {self.where} {moment}, {self.for_s:.1f} s)".replace("  ", " ")


@attrs.frozen
class Refunding:
    """A decision to pay back; ``name`` is the merchant's own name for it."""

    name: str | None
    amount: int
    after_s: float


@attrs.frozen
class Story:
    """What the merchant decides about one order, and what the payer does.

    ``cards``: one per attempt; the payer brings the next when one fails. ``consents``: per attempt, whether the
    merchant confirms it. ``take``: the sum to capture (0: cancel the hold). ``drivers``: who carries decisions out.
    ``by_init``: opened and started in one request.
    """

    order: str
    at_s: float
    amount: int
    cards: tuple[str, ...]
    consents: tuple[bool, ...]
    take: int
    refunds: tuple[Refunding, ...]
    payer_passes: bool
    payer_after_s: float | None
    drivers: tuple[Literal["web", "work"], ...]
    host: str
    starts: bool = True
    comes_back: bool = True
    by_init: bool = False


@attrs.frozen
class PayoutStory:
    """A decision to pay out, as it lies in the merchant's queue under its name.

    ``decided``: pay; withdraw, when the bank asks for the confirmation; call off, before it is started; or only open
    it. ``way`` and ``ending``: where the money goes, and what becomes of it. ``deliveries``: where the queue hands the
    decision out, and how long after ``at_s``; it does so at least once. ``mistaken``: a last time with another sum.
    ``returned``: what the recipient's bank sends back, and how long after. ``multi``: in one session with the payment
    that it is made from.
    """

    order: str
    at_s: float
    amount: int
    decided: Literal["pay", "withdraw", "call off", "open"]
    way: Literal["card", "account", "phone"]
    ending: str
    deliveries: tuple[tuple[str, float], ...]
    drivers: tuple[Literal["web", "work"], ...]
    mistaken: bool = False
    returned: tuple[int, float] | None = None
    by_init: bool = False
    multi: bool = False


AnyStory = Story | PayoutStory


@attrs.frozen
class Plan:
    """One run."""

    seed: int
    switches: dict[str, Any]
    burns_on_5xx: bool
    stories: tuple[Story, ...]
    payouts: tuple[PayoutStory, ...]
    faults: tuple[Fault, ...]
    adversary_s: float
    skew_s: dict[str, float]


@attrs.frozen
class Weights:
    """Which lives are likelier; mutations are found sooner where their place is visited often."""

    faults: tuple[float, float] = (4.0, 14.0)
    kinds: dict[str, float] = attrs.Factory(dict)
    requests: tuple[str, ...] = REQUEST_FAULTS
    methods: tuple[str, ...] = METHODS
    switches: dict[str, Any] = attrs.Factory(dict)
    story: dict[str, Any] = attrs.Factory(dict)
    payout: dict[str, Any] = attrs.Factory(dict)


PLAIN_WEIGHTS = Weights()
_KINDS: dict[str, float] = {
    "request": 4.0, "webhook": 3.0, "computer": 2.5, "window": 2.5, "bank": 0.5, "sleep": 0.15,
}  # fmt: skip


def draw(seed: int, weights: Weights = PLAIN_WEIGHTS) -> Plan:
    """The plan of a seed."""
    chance = random.Random(f"{seed} plan")
    switches = {**_switches(chance), **weights.switches}
    count = 1 if chance.random() < 0.55 else chance.randint(2, 3)
    stories = tuple(
        attrs.evolve(_story(chance, number, bool(switches["two_stage"])), **weights.story) for number in range(count)
    )
    apart = random.Random(f"{seed} init")
    stories = tuple(attrs.evolve(one, by_init=one.starts and apart.random() < 0.15) for one in stories)
    adversary_s = chance.choice([60.0, 300.0, 900.0, 1800.0])
    kinds = {**_KINDS, **weights.kinds}
    many = round(chance.uniform(*weights.faults) * (1 + 0.4 * (count - 1)))
    quiet = chance.random() < 0.06
    faults = () if quiet else tuple(_fault(chance, kinds, adversary_s, weights) for _ in range(many))
    # More than an hour apart, which is longer than most limits: ages are measured by the store's clock alone.
    skew = {
        host: chance.choice([0.0, 0.0, 2.0, -3.0, 90.0, -90.0, 4000.0, -4000.0]) for host in (*HOSTS, "store", "bank")
    }
    burns = chance.random() < 0.5
    apart = random.Random(f"{seed} payouts")  # a chance of their own: they leave the payments as they are
    if apart.random() < 0.03:
        switches = {"opening_balance": 700, **switches}
    whole = not switches["two_stage"] and "opening_balance" not in switches
    payouts = tuple(
        attrs.evolve(_payout(apart, number, whole=whole), **weights.payout)
        for number in range(apart.choice([1, 1, 1, 2]))
    )
    if not quiet:
        faults += tuple(
            _payout_fault(apart, one, weights) for one in payouts for _ in range(apart.choice([0, 1, 1, 2]))
        )
    return Plan(seed, switches, burns, stories, payouts, faults, adversary_s, skew)


def _switches(chance: random.Random) -> dict[str, Any]:
    pick = chance.choice
    silent_hold = pick([False, False, True])
    return {
        "two_stage": pick([False, True]),
        "auto_confirm": pick([False, False, False, False, True]),
        "declined_session": pick(["cancelled", "error"]),
        "failed_attempt_ends_session": pick([True, False]),
        "error_on": pick(["payment", "session", "both"]),
        "unknown_item_status": pick(["failed", "pending", "in_progress"]),
        "refund_metadata_echoed": pick([True, False]),
        "concurrent_refunds": pick([True, True, False]),
        "resend_body": pick(["same", "fresh"]),
        "next_action_in_ready_to_capture": pick([True, False]),
        "next_action_in_held_status": not silent_hold,
        "updated_at": pick(["fine", "fine", "coarse", "equal", "missing"]),
        "between_steps_status": pick(["pending", "in_progress"]),
        "webhook_names": pick(["v1", "v2", "session"]),
        "show_actions": pick([True, False]),
        "show_amounts": pick([True, False]),
        "refused_request_burns_key": pick([False, False, True]),
        "key_lifetime_s": pick([None, 630.0, 900.0, 3600.0]),
        "error_resolves_after_s": pick([30.0, 600.0, 600.0, None]),
        "step_delay_s": pick([0.0, 0.0, 0.2, 5.0, 45.0]),
        "refund_delay_s": pick([0.0, 0.5, 60.0]),
        "confirm_limit_s": 1800.0,
        "action_limit_s": 900.0,
        "hold_s": 3600.0,
    }


def _story(chance: random.Random, number: int, two_stage: bool) -> Story:
    amount = chance.choice([15000, 15000, 9900])
    cards = tuple(
        chance.choices(
            [PLAIN, CHALLENGE, DECLINED, UNKNOWN_SUCCESS, UNKNOWN_THEN_FAILURE, REFUND_DECLINED],
            [5, 4, 2.5, 0.6, 0.6, 0.7],
            k=chance.randint(1, 3),
        )
    )
    consents = tuple(chance.random() < 0.88 for _ in range(6))
    take = chance.choice([amount, amount, 7000, 0]) if two_stage else amount
    sums = [chance.choice([1000, 1000, 2500]) for _ in range(chance.choice([0, 0, 1, 2, 2, 3]))]
    refunds = tuple(
        Refunding(f"r{place}" if chance.random() < 0.8 else None, sum_, chance.choice([0.0, 0.0, 0.3, 40.0]))
        for place, sum_ in enumerate(sums)
    )
    return Story(
        order=f"order-{number}",
        at_s=chance.uniform(0.0, 5.0),
        amount=amount,
        cards=cards,
        consents=consents,
        take=take,
        refunds=refunds,
        payer_passes=chance.random() < 0.8,
        payer_after_s=chance.choice([0.2, 3.0, 40.0, 200.0, None]),
        drivers=chance.choice([("web",), ("work",), ("web", "work")]),
        host=chance.choice(["web-1", "web-2"]),
        starts=chance.random() < 0.96,
        comes_back=chance.random() < 0.8,
    )


def _payout(chance: random.Random, number: int, *, whole: bool) -> PayoutStory:
    """``whole``: a payment beside it succeeds as it does, so that both can be in one session."""
    amount = chance.choice([1000, 5000])
    decided: Any = chance.choices(["pay", "withdraw", "call off", "open"], [12, 2, 1, 0.5])[0]
    ending = chance.choices(list(ENDINGS), list(ENDINGS.values()))[0]
    again = [(chance.choice(HOSTS), chance.choice([0.0, 1.0, 30.0, 400.0])) for _ in range(chance.choice([0, 1, 1, 2]))]
    comes_back = ending == "4242" and chance.random() < 0.2
    return PayoutStory(
        order=f"payout-{number}",
        at_s=chance.uniform(0.0, 8.0),
        amount=amount,
        decided=decided,
        way=chance.choice(["card", "account", "phone"]),
        ending=ending,
        deliveries=((chance.choice(HOSTS), 0.0), *again),
        drivers=chance.choice([("web",), ("work",), ("web", "work")]),
        mistaken=chance.random() < 0.15,
        returned=(chance.choice([amount, 400]), chance.choice([1.0, 90.0])) if comes_back else None,
        by_init=decided in ("pay", "withdraw") and chance.random() < 0.25,
        multi=decided == "pay" and ending == "4242" and whole and not comes_back and chance.random() < 0.15,
    )


def _payout_fault(chance: random.Random, story: PayoutStory, weights: Weights) -> Fault:
    where = chance.choice(PAYOUT_METHODS)
    if where in ("create", "start/payout") and (story.by_init or story.multi):
        where = "multi/init" if story.multi else "init/payout"
    what = chance.choice(weights.requests)
    return Fault("request", what, where, chance.choice([1, 1, 1, 2, 2, 3]), 0, chance.choice([1.5, 12.0, 70.0]))


def _fault(chance: random.Random, kinds: dict[str, float], adversary_s: float, weights: Weights) -> Fault:
    names = list(kinds)
    kind: Any = chance.choices(names, [kinds[name] for name in names])[0]
    # Most lives are short: early moments matter more.
    at_s = min(chance.expovariate(1 / 12.0) if chance.random() < 0.7 else chance.uniform(0, adversary_s), adversary_s)
    for_s = chance.choice([0.3, 1.5, 2.5, 12.0, 35.0, 70.0, 200.0])
    match kind:
        case "request":
            where = chance.choice(weights.methods)
            return Fault(
                kind, chance.choice(weights.requests), where, chance.choice([1, 1, 1, 2, 2, 3, 4, 6]), 0, for_s
            )
        case "webhook":
            return Fault(kind, chance.choice(WEBHOOK_FAULTS), "", chance.randint(1, 7), 0, for_s)
        case "computer":
            what = chance.choices(COMPUTER_FAULTS, [1, 1])[0]
            step = int(chance.expovariate(1 / 130.0)) + 1
            return Fault(kind, what, chance.choice(HOSTS), step, 0, for_s)
        case "window":
            return Fault(kind, chance.choice(WINDOWS), chance.choice((*HOSTS, "all")), 0, at_s, for_s)
        case "bank":
            return Fault(kind, chance.choice(BANK_ACTS), "order-0", 0, at_s, float(chance.choice([1000, 1000, 111])))
        case _:
            return Fault("sleep", "nobody is there", "all", 0, at_s, chance.choice([900.0, 3000.0, 9000.0]))

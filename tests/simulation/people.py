"""The payers, and the people with a dashboard at the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank131_async.sandbox.session import Session, Stage

if TYPE_CHECKING:
    from tests.simulation.world import World


class People:
    """``made``: ids of the refunds that people made by hand at the bank."""

    def __init__(self, world: World) -> None:
        self.made: set[str] = set()
        self._world = world
        self._called: set[str] = set()

    def look(self) -> None:
        """The bank has moved: call the payers who are waited for."""
        for session in list(self._world.bank._rules.sessions.values()):
            last = session.last
            if last is not None and last.stage is Stage.CHALLENGE and last.id not in self._called:
                self._called.add(last.id)
                self._call_payer(session)

    def _call_payer(self, session: Session) -> None:
        story = self._world.referee.story_of(session.id)
        if story is not None and story.payer_after_s is not None:
            self._world.later(story.payer_after_s, lambda: self._act(session.id, passes=story.payer_passes))

    def _act(self, session_id: str, *, passes: bool) -> None:
        bank = self._world.bank
        last = bank.session(session_id).last
        if last is not None and last.stage is Stage.CHALLENGE:
            self._world.log("payer", f"{session_id} {'passes' if passes else 'fails'}")
            (bank.payer_pass if passes else bank.payer_fail)(session_id)

    def act(self, what: str, order: str, amount: int) -> None:
        """Somebody at the bank pays back by hand, or the issuer takes money back."""
        world = self._world
        for session_id, owner in list(world.referee.orders.items()):
            session = world.bank.session(session_id)
            last = session.last
            if owner != order or last is None or last.ledger.refundable < amount:
                continue
            if what == "chargeback":
                world.bank.chargeback(session_id, amount)
            else:
                before = {refund.id for refund in last.refunds}
                world.bank._rules.give_back(session, last, amount)
                self.made |= {refund.id for refund in last.refunds} - before
                world.bank._settle()
            return
        if world.loop.time() < 40:  # nothing to take from yet: try again later
            world.later(10.0, lambda: self.act(what, order, amount))

"""Sockets in memory: ordered bytes with latency, connections that are refused, stalled and reset.

aiohttp's client and server run on them as they are: the client through :class:`Connector`, which leaves out the step
that needs a socket of the system.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.simulation.loop import COMPUTER, Computer, SimLoop, context_of

Factory = Callable[[], asyncio.Protocol]


class Transport(asyncio.Transport):
    """One end of a connection. What is written arrives at the other end in order, after the network's latency."""

    def __init__(self, network: Network, computer: Computer | None, protocol: asyncio.Protocol, peer: str) -> None:
        super().__init__({"peername": (peer, 1), "sockname": ("10.0.0.0", 1)})
        self.computer = computer
        self.other: Transport | None = None
        self._network = network
        self._protocol = protocol
        self._context = context_of(computer)
        self._closed = False
        self._lost = False
        self._arriving: deque[Callable[[], None]] = deque()
        self._last_at = 0.0

    def begin(self) -> None:
        """Tell the protocol that it is connected."""
        self._network.loop.call_soon(self._protocol.connection_made, self, context=self._context)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol  # type: ignore[assignment]

    def is_closing(self) -> bool:
        return self._closed

    def is_reading(self) -> bool:
        return not self._closed

    def pause_reading(self) -> None:
        """Bodies are small: nothing is gained by it."""

    def resume_reading(self) -> None:
        """See ``pause_reading``."""

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def write(self, data: Any) -> None:
        other = self.other
        if not self._closed and other is not None:
            copy = bytes(data)
            other.arrive(lambda: other.take(copy))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._say_lost(None)
            self._part(None)

    def abort(self) -> None:
        """Reset the connection."""
        if not self._closed:
            self._closed = True
            self._say_lost(None)
            self._part(ConnectionResetError("reset by peer"))

    def cut(self) -> None:
        """The network loses the connection: both ends notice, and what is under way is lost."""
        for end in (self, self.other):
            if end is not None:
                end._arriving.clear()
                end.fall(ConnectionResetError("reset by the network"))

    def arrive(self, what: Callable[[], None]) -> None:
        """Something comes in from the other end, after all that was sent before it."""
        delay_s = self._network.latency_s(self)
        self._last_at = max(self._last_at, self._network.loop.time() + delay_s)
        self._arriving.append(what)
        self._network.loop.call_at(self._last_at, self._next, context=self._network.context)

    def take(self, data: bytes) -> None:
        """Bytes for the protocol."""
        if not self._closed:
            self._network.loop.call_soon(self._receive, data, context=self._context)

    def fall(self, error: Exception | None) -> None:
        """The connection is gone."""
        if not self._closed:
            self._closed = True
            self._say_lost(error)
        self._network.forget(self)

    def _receive(self, data: bytes) -> None:
        if not self._closed:
            self._protocol.data_received(data)

    def _next(self) -> None:
        if self._arriving:
            self._arriving.popleft()()

    def _part(self, error: Exception | None) -> None:
        other = self.other
        if other is not None:
            other.arrive(lambda: other.fall(error))
        self._network.forget(self)

    def _say_lost(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._network.loop.call_soon(self._protocol.connection_lost, error, context=self._context)


class _Listener:
    """What asyncio calls a server, as far as aiohttp looks at it."""

    def __init__(self, network: Network, factory: Factory, host: str, port: int, computer: Computer | None) -> None:
        self.factory = factory
        self.computer = computer
        self.sockets = [self]
        self._network = network
        self._name = (host, port)

    def getsockname(self) -> tuple[str, int]:
        """The address."""
        return self._name

    def close(self) -> None:
        """Listen no more."""
        if self._network.listeners.get(self._name) is self:
            del self._network.listeners[self._name]

    async def wait_closed(self) -> None:
        """Nothing to wait for."""


class Network:
    """All connections. ``route`` says which of several servers an address means; ``None`` refuses the connection."""

    def __init__(self, loop: SimLoop, seed: str) -> None:
        self.loop = loop
        self.context = context_of(None)
        self.listeners: dict[tuple[str, int], _Listener] = {}
        self.route: Callable[[str, int], tuple[str, int] | None] = lambda host, port: (host, port)
        self.refuses: Callable[[Computer | None], bool] = lambda _: False
        self.stalled_until: dict[str, float] = {}
        self._chance = random.Random(f"{seed} network")
        self._open: dict[Transport, None] = {}
        loop.network = self

    def listen(self, factory: Factory, host: str, port: int) -> _Listener:
        """Serve an address, for the computer that asks."""
        listener = _Listener(self, factory, host, port, COMPUTER.get())
        self.listeners[host, port] = listener
        return listener

    async def connect(self, factory: Factory, host: str, port: int) -> tuple[Transport, asyncio.Protocol]:
        """Open a connection; ``ConnectionRefusedError`` where nobody listens."""
        computer = COMPUTER.get()
        await asyncio.sleep(self._chance.uniform(0.0002, 0.01))
        address = self.route(host, port)
        listener = None if address is None else self.listeners.get(address)
        if listener is None or self.refuses(computer) or (listener.computer is not None and listener.computer.is_dead):
            raise ConnectionRefusedError(111, "refused")
        protocol = factory()
        mine = Transport(self, computer, protocol, host)
        with_factory = listener.factory
        theirs = Transport(self, listener.computer, with_factory(), "10.0.0.9")
        mine.other, theirs.other = theirs, mine
        self._open[mine] = self._open[theirs] = None
        protocol.connection_made(mine)
        theirs.begin()
        return mine, protocol

    def latency_s(self, to: Transport) -> float:
        """How long the next bytes take."""
        base = self._chance.expovariate(200.0) + 0.0002
        ends = [end.computer.name for end in (to, to.other) if end is not None and end.computer is not None]
        late = max((self.stalled_until.get(name, 0.0) - self.loop.time() for name in ends), default=0.0)
        return base + max(0.0, late)

    def cut(self, computer: Computer) -> None:
        """Reset all connections of a computer; the bytes under way are lost."""
        for end in [one for one in self._open if one.computer is computer]:
            end.cut()

    def died(self, computer: Computer) -> None:
        """The computer is gone. What it has written still arrives, then the reset; it hears nothing itself."""
        for end in [one for one in self._open if one.computer is computer]:
            end._closed = end._lost = True
            end._part(ConnectionResetError("reset by peer"))
        for listener in [one for one in self.listeners.values() if one.computer is computer]:
            listener.close()

    def forget(self, end: Transport) -> None:
        """It is closed."""
        self._open.pop(end, None)


class Connector(aiohttp.TCPConnector):
    """aiohttp's connector over this network."""

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: Any, req: Any, timeout: Any, client_error: Any = None, **_: Any
    ) -> Any:
        host, port = addr_infos[0][4][:2]
        try:
            async with asyncio.timeout(timeout.sock_connect):
                return await self._loop.create_connection(args[0], host, port)
        except ConnectionRefusedError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error


def client_session() -> aiohttp.ClientSession:
    """aiohttp's client over this network."""
    connector = Connector(limit=100, keepalive_timeout=15.0)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

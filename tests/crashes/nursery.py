"""Processes that are born quickly and die by SIGKILL.

A program that has loaded everything and runs nothing forks the merchant's programs when told to, so that a restart
costs milliseconds. Each line of its input is a command, each line of its output the answer. It ends with its input, and
its children end with it, so nothing is left behind whatever happens to the test.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1


class Nursery:
    """Starts and kills the merchant's processes by name. What they say goes to the file ``log``."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                preexec_fn=_without_roots_right,
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    @property
    def complaints(self) -> list[str]:
        """Errors and tracebacks in the log, but for webhooks that could not be recorded: those were answered 503."""
        lines = (line for line in self._log.read_text().splitlines() if "cannot be recorded" not in line)
        return [line for line in lines if " ERROR " in line or "Traceback" in line]

    async def start(self, name: str, environ: Mapping[str, str]) -> int:
        """Start a process; its id."""
        return int(await self._told(what="start", name=name, environ=dict(environ)))

    async def kill(self, name: str) -> None:
        """``kill -9``, and reap it; fails if it had ended before."""
        ending = await self._told(what="kill", name=name)
        assert ending == -signal.SIGKILL, f"{name} had ended by itself ({ending}):\n{self._log.read_text()}"

    async def _told(self, **command: Any) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            await self._process.stdin.drain()
            return json.loads(await self._process.stdout.readline())


def _without_roots_right() -> None:
    """Even if we are root, a file that may not be written is not written. Does nothing for others."""
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


def _main() -> None:
    from tests.crashes import merchant

    children: dict[str, int] = {}
    try:
        for line in iter(sys.stdin.readline, ""):
            match json.loads(line):
                case {"what": "start", "name": str(name), "environ": dict(environ)}:
                    children[name] = os.fork() or _child(merchant.main, name, environ)
                    told = children[name]
                case {"what": "kill", "name": str(name)}:
                    told = _kill(children.pop(name))
                case command:
                    raise ValueError(command)
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()
    finally:
        for pid in children.values():
            _kill(pid)


def _child(run: Any, name: str, environ: Mapping[str, str]) -> int:
    """The child's whole life; it never returns."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    try:
        run(name, environ)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def _kill(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    _main()

"""What outlives a process: everything acknowledged, whatever it was killed in; and races between processes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator
from typing import IO

import pytest

from bank131_async.core.machine import TokenGiven
from bank131_async.stores import Index, Journal, StreamState
from bank131_async.testing.store_contract.hints import close, until_heard
from bank131_async.testing.store_contract.opening import Opener, entry, with_journal

_ROUNDS = 20


class Surviving:
    """Part of ``DurableStoreContract``."""

    def test_what_was_appended_is_there_when_the_store_is_opened_again(self, opener: Opener) -> None:
        async def write(journal: Journal) -> None:
            await journal.append("ps_1", (entry("1"), entry("2")), index=Index(unfinished=True, order="7"))
            await journal.append("ps_2", (entry("3"), entry("4")))
            await journal.prune("ps_2", entry("tombstone"), expected_version=2)

        async def read(journal: Journal) -> None:
            assert [stored.entry for stored in await journal.load("ps_1")] == [entry("1"), entry("2")]
            assert [(one.version, one.entry) for one in await journal.load("ps_2")] == [(3, entry("tombstone"))]
            assert await journal.find("payment", "7") == "ps_1"
            assert [info.stream for info in await journal.streams(StreamState.unfinished)] == ["ps_1"]
            assert (await journal.append("ps_1", (entry(),), expected_version=2)).version == 3

        with_journal(opener, write)
        with_journal(opener, read)

    def test_of_several_processes_one_wins_each_version_and_each_name(self, opener: Opener) -> None:
        with _children(opener, "race", 3) as outputs:
            told = [words for output in outputs for words in map(str.split, output)]
        versions = {int(version): text for kind, version, text in told if kind == "version"}
        names = {number: stream for kind, number, stream in told if kind == "name"}
        assert sorted(versions) == list(range(_ROUNDS))
        assert len(told) == 2 * _ROUNDS

        async def check(journal: Journal) -> None:
            held = [stored.entry for stored in await journal.load("raced")]
            assert held == [entry(versions[version]) for version in range(_ROUNDS)]
            for number, stream in names.items():
                assert await journal.find("payment", number) == stream
            streams = {info.stream for info in await journal.streams(StreamState.any, limit=1000)}
            assert streams == {"raced", "observed", *names.values()}
            observed = await journal.load("observed")
            assert [stored.version for stored in observed] == list(range(1, 3 * _ROUNDS + 1))
            assert len({repr(stored.entry) for stored in observed}) == 3 * _ROUNDS

        with_journal(opener, check)

    @pytest.mark.parametrize("acknowledged", [1, 37, 150])
    def test_whatever_was_acknowledged_survives_a_kill(self, opener: Opener, acknowledged: int) -> None:
        with _children(opener, "endless", 1, kill_after=acknowledged) as [output]:
            told = [line.split() for line in output]
        assert len(told) >= acknowledged

        async def check(journal: Journal) -> None:
            held = {info.stream: await journal.load(info.stream) for info in await journal.streams(StreamState.any)}
            for _, stream, version, text in told:
                assert held[stream][int(version) - 1].entry == entry(text)
            for stream, entries in held.items():
                assert [stored.version for stored in entries] == list(range(1, len(entries) + 1))
                # What the dead process had sent may still be on its way, so that the next version is not known.
                assert (await journal.append(stream, (entry(),))).version > len(entries)
                assert all(isinstance(stored.entry, TokenGiven) for stored in entries)

        with_journal(opener, check)

    def test_an_append_of_another_process_wakes_a_reader(self, opener: Opener) -> None:
        async def body(journal: Journal) -> None:
            reader = journal.changes()
            await until_heard([reader], lambda: journal.append("ps_0", (entry(),)), "ps_0")

            async def nothing() -> None:
                """The other process appends by itself."""

            with _children(opener, "endless", 1, kill_after=0) as [_]:
                [hint] = await until_heard([reader], nothing, "ps_1")
            assert hint.version >= 1
            await asyncio.sleep(0)
            await close(reader)

        with_journal(opener, body)


@contextlib.contextmanager
def _children(opener: Opener, job: str, count: int, *, kill_after: int | None = None) -> Generator[list[Iterator[str]]]:
    """Processes on the store, started together, with the lines that they say; killed after ``kill_after`` of them."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "bank131_async.testing.store_contract.child"]
    processes = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(count)
    ]
    try:
        for number, process in enumerate(processes):
            _write(process.stdin, base64.b64encode(pickle.dumps((opener, job, f"child{number}", _ROUNDS))).decode())
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "the other process did not start: see its error above"
        for process in processes:
            _write(process.stdin, "")
        yield [_said(process, kill_after) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _said(process: subprocess.Popen[str], kill_after: int | None) -> Iterator[str]:
    assert process.stdout is not None
    for number, line in enumerate(process.stdout, 1):
        if number == kill_after:
            process.kill()
        if line.endswith("\n"):
            yield line


def _write(pipe: IO[str] | None, line: str) -> None:
    assert pipe is not None
    pipe.write(line + "\n")
    pipe.flush()

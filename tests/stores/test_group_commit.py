"""Rows gather while a commit is in flight; each caller is told of its own row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bank131_async.errors import StoreUnavailableError
from bank131_async.stores.group_commit import GroupCommit


class Disk:
    """Commits when it is told to."""

    def __init__(self) -> None:
        self.batches: list[Sequence[int]] = []
        self.under_way: list[asyncio.Future[Sequence[int | Exception]]] = []

    def commit(self, rows: Sequence[int]) -> asyncio.Future[Sequence[int | Exception]]:
        self.batches.append(rows)
        self.under_way.append(asyncio.get_running_loop().create_future())
        return self.under_way[-1]

    async def finish(self) -> None:
        """The commit succeeds: odd rows are refused."""
        done = [row * 10 if row % 2 == 0 else ValueError(row) for row in self.batches[-1]]
        self.under_way[-1].set_result(done)
        await turns()


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def start(commits: GroupCommit[int, int], *rows: int) -> list[asyncio.Task[int]]:
    return [asyncio.ensure_future(commits.add(row)) for row in rows]


@pytest.mark.asyncio
async def test_rows_of_one_turn_go_together_and_later_ones_wait_for_the_next_commit() -> None:
    disk = Disk()
    commits: GroupCommit[int, int] = GroupCommit(disk.commit, most=3)
    first = start(commits, 0, 2)
    await turns()
    second = start(commits, 4, 6, 8, 10)
    await turns()
    assert disk.batches == [[0, 2]]
    await disk.finish()
    assert [task.result() for task in first] == [0, 20]
    assert disk.batches == [[0, 2], [4, 6, 8]]
    assert not any(task.done() for task in second)
    await disk.finish()
    await disk.finish()
    assert disk.batches[2:] == [[10]]
    assert await asyncio.gather(*second) == [40, 60, 80, 100]


@pytest.mark.asyncio
async def test_a_refused_row_fails_alone() -> None:
    disk = Disk()
    tasks = start(GroupCommit(disk.commit, most=9), 2, 3, 4)
    await turns()
    await disk.finish()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(result) for result in results] == ["20", "3", "40"]


@pytest.mark.asyncio
async def test_a_failed_commit_fails_all_its_rows_each_with_an_error_of_its_own_and_no_others() -> None:
    disk = Disk()
    commits: GroupCommit[int, int] = GroupCommit(disk.commit, most=2)
    tasks = start(commits, 0, 2, 4)
    await turns()
    disk.under_way[-1].set_exception(StoreUnavailableError("the disk is full"))
    await turns()
    await disk.finish()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(result) for result in results] == ["the disk is full", "the disk is full", "40"]
    assert results[0] is not results[1]


@pytest.mark.asyncio
async def test_a_commit_that_cannot_even_begin_fails_its_rows() -> None:
    def commit(rows: Sequence[int]) -> asyncio.Future[Sequence[int | Exception]]:
        raise StoreUnavailableError(f"{len(rows)} rows")

    commits: GroupCommit[int, int] = GroupCommit(commit, most=9)
    results = await asyncio.gather(*start(commits, 0, 2), return_exceptions=True)
    assert [str(result) for result in results] == ["2 rows", "2 rows"]
    await commits.settled()


@pytest.mark.asyncio
async def test_a_commit_that_is_cancelled_cancels_who_waits_for_it() -> None:
    disk = Disk()
    tasks = start(GroupCommit(disk.commit, most=9), 0, 2)
    await turns()
    disk.under_way[-1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)


@pytest.mark.asyncio
async def test_a_caller_that_is_cancelled_leaves_its_row_in_the_batch() -> None:
    disk = Disk()
    gone, stays = start(GroupCommit(disk.commit, most=9), 0, 2)
    await asyncio.sleep(0)
    gone.cancel()
    await turns()
    assert disk.batches == [[0, 2]]
    await disk.finish()
    assert gone.cancelled()
    assert stays.result() == 20


@pytest.mark.asyncio
async def test_settled_waits_for_what_is_queued_and_in_flight() -> None:
    disk = Disk()
    commits: GroupCommit[int, int] = GroupCommit(disk.commit, most=1)
    await commits.settled()
    tasks = start(commits, 0, 2)
    await turns()
    settling = asyncio.ensure_future(commits.settled())
    await disk.finish()
    assert not settling.done()
    await disk.finish()
    assert settling.done()
    assert [task.result() for task in tasks] == [0, 20]

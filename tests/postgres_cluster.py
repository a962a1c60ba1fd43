"""A PostgreSQL of the tests' own: a private directory, a Unix socket, no port; gone when the tests are."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.waiting import wait_until
from tickring.process_identity import die_with_parent

USER = "tickring"


def find_programs() -> Path:
    """Return the directory of initdb and postgres; without them skip here, and fail where everything is expected."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4))
    if found:
        return found[-1].parent
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    what = "PostgreSQL is not installed: apt-get install postgresql"
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


class PostgresCluster:
    """Runs from `__init__` to `close`. Refuses to run as root, so there it is another user's."""

    def __init__(self) -> None:
        programs = find_programs()
        self.directory = Path(tempfile.mkdtemp(prefix="tickring-pg-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._programs = programs
        self._as_whom: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = _harmless_user()
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self._as_whom = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        subprocess.run(
            [programs / "initdb", "-D", self.directory / "data", "-U", USER, "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=self.directory, timeout=50, **self._as_whom,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it (again) and wait until it answers."""
        parent = os.getpid()
        settings = ("listen_addresses=", f"unix_socket_directories={self.directory}", "fsync=off",
                    "dynamic_shared_memory_type=mmap", "max_connections=40", "shared_buffers=16MB")  # fmt: skip
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen[bytes](
                [self._programs / "postgres", "-D", self.directory / "data",
                 *(word for setting in settings for word in ("-c", setting))],
                stdout=log, stderr=log, cwd=self.directory, **self._as_whom,
                preexec_fn=lambda: die_with_parent(parent, signal.SIGQUIT),
            )  # fmt: skip
        wait_until(self._answers, "PostgreSQL answers", timeout_s=40, show=(self.directory / "log").read_text)

    def end(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """End it by a signal; SIGQUIT breaks every connection at once, as a crash does."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None

    def stop_all(self) -> list[int]:
        """SIGSTOP the server with all its processes, as a machine that hangs; return their pids."""
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            process.suspend()
        return [process.pid for process in processes]

    def close(self) -> None:
        """End it and remove its directory."""
        self.end()
        shutil.rmtree(self.directory)

    def new_database(self) -> str:
        """Return the URL of a fresh, empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        """Return where a database lies."""
        return f"postgresql://{USER}@/{name}?host={self.directory}"

    def _answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(
            sa.make_url(self.url("postgres")).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


def _harmless_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail("neither a user postgres nor nobody: PostgreSQL does not run as root")

"""`tickring run` as a real process with all its children, and proof that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, Self

import psutil

from tests.cli_runs import COMMAND, environment
from tests.waiting import wait_until
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader, Verdict

if TYPE_CHECKING:
    from pathlib import Path

QUICK = tuple(
    word
    for setting in (
        "api.child=no",
        "supervisor.restart_first_s=0.05",
        "supervisor.grace_s=1",
        "log.repeats_per_minute=0",
    )
    for word in ("--set", setting)
)


class MainRun:
    """One run in a session of its own. Its temporary files go to `place`/tmp, its log to `place`/log."""

    def __init__(self, segment: str, place: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.segment = segment
        self.place = place
        self.tmp = place / "tmp"
        self.tmp.mkdir(exist_ok=True)
        self._log = (place / "log").open("ab")
        own = ("--data-root", str(place / "data"), "--set", f"files.state_dir={place / 'state'}")
        command = [*COMMAND, "run", "--segment", segment, *own, *QUICK, *arguments]
        self.process = subprocess.Popen(
            command,
            env=environment(TMPDIR=str(self.tmp), **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self._seen: dict[int, psutil.Process] = {}

    @property
    def log(self) -> str:
        """What the run and its children have told so far."""
        return (self.place / "log").read_text()

    def live_reader(self, symbol: str = "SPY") -> QuoteReader:
        """Return a reader once the symbol is live."""
        reader = QuoteReader.open(self.segment, api_mode="mock", wait_s=20)
        self.wait_live(reader, symbol)
        return reader

    def wait_live(self, reader: QuoteReader, symbol: str = "SPY") -> None:
        """Return when the quote may be traded on."""
        wait_until(
            lambda: reader[symbol].verdict is Verdict.LIVE,
            f"{symbol} is live",
            timeout_s=30,
            show=lambda: (reader[symbol], self.log[-3000:]),
        )

    def processes(self) -> list[psutil.Process]:
        """Return every process below this one now; all that were ever returned are looked for at the end."""
        below = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self._seen.update({one.pid: one for one in below})
        return below

    def pid_of(self, child: str) -> int:
        """Return the pid of the child's present life, as the log names it."""
        lines = [line for line in self.log.splitlines() if f"child.started child={child} " in line]
        return int(lines[-1].rpartition("pid=")[2])

    def lives_of(self, child: str) -> int:
        """Return how often the child has been started."""
        return self.log.count(f"child.started child={child} ")

    def end(self, number: signal.Signals = signal.SIGTERM, *, whole_group: bool = False) -> tuple[int, str]:
        """Send a signal, as `kill` or as the terminal does, and return exit code and stdout."""
        self.processes()
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.wait()

    def wait(self, timeout_s: float = 20.0) -> tuple[int, str]:
        """Return exit code and stdout when it has ended."""
        output, _ = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, output

    def check_processes_gone(self) -> None:
        """Every process ever seen below the run is gone, soon."""
        wait_until(lambda: not self._living(), "all children are gone", show=self._living)

    def check_nothing_left(self) -> None:
        """No process, no segment, no temporary file; the JSON files say that nothing is connected."""
        self.check_processes_gone()
        assert not SegmentPaths.of(self.segment).directory.exists()
        assert list(self.tmp.iterdir()) == []

    def _living(self) -> list[str]:
        return [str(one) for one in self._seen.values() if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        below = self.processes()
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()
        for one in below:
            if one.is_running():
                one.kill()
        psutil.wait_procs(below, timeout=10)

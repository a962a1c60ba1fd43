"""A supervisor as a process of its own, with children of the test's choice, and proof that nothing of it is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
import psutil

from tests.cli_runs import environment
from tests.waiting import wait_until
from tickring.control.client import SupervisorClient
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.control.messages import ChildReport, SupervisorReport

__all__ = ["FEEDING", "SupervisorRig"]

ROOT = Path(__file__).parent.parent
FEEDING = "tests.processes.feeding"

_SECTIONS: dict[str, dict[str, Any]] = {
    "segment": {"capacity": 64, "depth": 16, "heartbeat_limit_s": 1.0},
    "stream": {"symbols": ("SPY", "QQQ"), "api_mode": "mock"},
    "log": {"repeats_per_minute": 0},
    "supervisor": {
        "heartbeat_period_s": 0.02,
        "heartbeat_limit_s": 1.0,
        "traceback_s": 0.3,
        "restart_first_s": 0.05,
        "restart_limit_s": 0.2,
        "restart_max": 50,
        "good_run_s": 5.0,
        "slow_retry_s": 0.5,
        "grace_s": 1.0,
    },
}


class SupervisorRig:
    """One supervisor, or several after each other, over one segment and one directory. Use as a context manager."""

    def __init__(
        self,
        segment: str,
        place: Path,
        /,
        *plan: str,
        manner: dict[str, bool] | None = None,
        is_embedded: bool = False,
        programs: dict[str, str] | None = None,
        **changes: dict[str, Any],
    ) -> None:
        """`plan`: what the feeder's lives do (tests/processes/feeding.py); empty: the real one. `changes`: settings.

        `programs`: other children, as `tickring.supervisor.programs` names them.
        """
        self.segment = segment
        self.place = place
        self.state_dir = place / "state"
        self.wall_step_file = place / "wall_step"
        self.state_dir.mkdir(exist_ok=True)
        (place / "tmp").mkdir(exist_ok=True)
        self.set_plan(*plan)
        self._plan = plan
        self._programs = programs or {}
        self._manner = {"ends_when_refused": False, **(manner or {})}
        self._is_embedded = is_embedded
        self._sections = {name: dict(values) for name, values in _SECTIONS.items()}
        own = {
            "segment": {"name": segment},
            "files": {"data_root": str(place / "data"), "state_dir": str(self.state_dir)},
        }
        for section, values in (*own.items(), *changes.items()):
            self._sections.setdefault(section, {}).update(values)
        self._seen: dict[int, psutil.Process] = {}
        self._log = (place / "log").open("ab")
        self.process = self.start_process()

    def start_process(self, **other: dict[str, Any]) -> subprocess.Popen[bytes]:
        """Start a supervisor; `other`: settings of this one alone. The first is there already."""
        sections = {name: {**values, **other.get(name, {})} for name, values in self._sections.items()}
        orders = {
            "config": sections,
            "programs": {**self._programs, **({"feeder": f"{FEEDING}:in_turn"} if self._plan else {})},
            "manner": self._manner,
            "is_embedded": self._is_embedded,
            "wall_step_file": str(self.wall_step_file),
        }
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.processes.supervising", msgspec.json.encode(orders).decode()],
            cwd=ROOT,
            env=environment(TMPDIR=str(self.place / "tmp")),
            stdin=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,
        )

    def start_another(self) -> None:
        """Start the next supervisor, after the one before has ended."""
        self.process = self.start_process()

    def set_plan(self, *plan: str) -> None:
        """Change what the feeder's lives do from now on."""
        (self.state_dir / "plan").write_text("\n".join(plan))

    @property
    def log(self) -> str:
        """What the supervisors and their children have told."""
        return (self.place / "log").read_text()

    @property
    def lives(self) -> list[tuple[int, int]]:
        """Pid and epoch of every life of a planned feeder."""
        file = self.state_dir / "lives"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(pid), int(epoch)) for pid, epoch in map(str.split, lines)]

    def client(self) -> SupervisorClient:
        """Return somebody who asks; close it."""
        return SupervisorClient(self.segment, timeout_s=20)

    def report(self) -> SupervisorReport:
        """Ask for the report and remember the processes."""
        with self.client() as client:
            report = client.status()
        self.remember()
        return report

    def child(self, name: str) -> ChildReport:
        """Ask how a child is."""
        return next(child for child in self.report().children if child.name == name)

    def wait_report(self, holds: Callable[[SupervisorReport], object], what: str) -> SupervisorReport:
        """Return the first report for which something holds."""
        self.wait_serving()
        found: list[SupervisorReport] = []

        def is_there() -> bool:
            found[:] = [self.report()]
            return bool(holds(found[0]))

        wait_until(is_there, what, timeout_s=30, show=lambda: (found, self.log[-3000:]))
        return found[0]

    def wait_serving(self) -> None:
        """Return when the socket is there."""
        wait_until(SegmentPaths.of(self.segment).control_socket.exists, "it serves", show=lambda: self.log[-3000:])

    def live_reader(self, symbol: str = "SPY") -> QuoteReader:
        """Return a reader once the symbol is live."""
        reader = QuoteReader.open(self.segment, api_mode="mock", wait_s=30)
        self.wait_live(reader, symbol)
        self.remember()
        return reader

    def wait_live(self, reader: QuoteReader, symbol: str = "SPY") -> None:
        """Return when the quote may be traded on."""
        self.wait(lambda: reader[symbol].verdict is Verdict.LIVE, f"{symbol} is live")

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait with the log's end as what is shown."""
        wait_until(condition, what, timeout_s=30, show=lambda: self.log[-3000:])

    def remember(self) -> list[psutil.Process]:
        """Note every process below the supervisor; each is looked for at the end."""
        below = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self._seen.update({one.pid: one for one in below})
        return below

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code; another one than 0 shows the log's end."""
        self.remember()
        self.process.send_signal(number)
        code = self.process.wait(30)
        assert code == 0, self.log[-4000:]
        return code

    def check_processes_gone(self) -> None:
        """Every process ever seen below a supervisor is gone, soon."""
        wait_until(lambda: not self._living(), "all children are gone", show=self._living)

    def check_nothing_left(self) -> None:
        """No process, no segment, no lock, no temporary file."""
        self.check_processes_gone()
        assert not SegmentPaths.of(self.segment).directory.exists()
        assert list((self.place / "tmp").iterdir()) == []
        assert list((self.place / "data" / "locks").iterdir()) == []

    def _living(self) -> list[str]:
        return [str(one) for one in self._seen.values() if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        below = self.remember()
        self.process.kill()
        self.process.wait()
        self._log.close()
        for one in below:
            if one.is_running():
                one.kill()
        psutil.wait_procs(below, timeout=10)

"""Every scenario of `tickring drill`, ten times as fast: real processes, a real socket, and no quote that lies."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")

from tests.cli_runs import answer, run
from tickring.config.structs import Config
from tickring.drill import SCENARIOS, Scenario
from tickring.drill.connection_scenarios import nights
from tickring.drill.honesty import Seen, lies_in
from tickring.drill.running import play
from tickring.drill.settings import drill_settings
from tickring.drill.stage import Stage
from tickring.simulator.control.sent_log import SentLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickring.drill import Outcome

SLACK_S = 10.0
"""Beside the other tests everything that starts takes its time."""


class Stages:
    """One stage for all scenarios of a worker; after a failure the next one gets a new one."""

    def __init__(self) -> None:
        self._parts = ExitStack()
        self._stage: Stage | None = None
        self._number = 0

    def play(self, scenario: Scenario) -> Outcome:
        """Play it on the present stage."""
        if self._stage is None:
            self._number += 1
            place = Path(self._parts.enter_context(tempfile.TemporaryDirectory()))
            name = f"test-drill-{place.name}-{self._number}"
            self._stage = self._parts.enter_context(Stage(name, place, speed=10.0))
        outcome = play(self._stage, scenario, slack_s=SLACK_S)
        if not outcome.is_passed:
            self.close()
        return outcome

    def close(self) -> None:
        """End the stage that there is."""
        self._parts.close()
        self._stage = None


@pytest.fixture(scope="module")
def stages() -> Iterator[Stages]:
    """Where scenarios are played."""
    found = Stages()
    yield found
    found.close()


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(stages: Stages, scenario: Scenario) -> None:
    """Told in time, healed in time, nobody else disturbed, no lie."""
    outcome = stages.play(scenario)
    assert outcome.faults == []


@pytest.mark.stress
@pytest.mark.timeout(900)
def test_thirty_nights(stages: Stages) -> None:
    """After each of thirty restarts everything that is wanted is confirmed again, in time."""
    assert stages.play(nights(30)).faults == []


def line(mono_ns: int, value: float, symbol: str = "SPY") -> SentLine:
    """A bid that was sent."""
    return SentLine(direction="sent", kind="tick", mono_ns=mono_ns, symbol=symbol, field="bid", value=value)


@pytest.mark.parametrize(
    ("at_s", "bid", "is_lie"),
    [
        (1.5, 10.0, False),  # the present one
        (2.5, 11.0, False),
        (2.5, 10.0, False),  # just replaced
        (4.5, 10.0, True),  # long replaced
        (2.5, 12.0, True),  # never sent
        (0.5, 10.0, True),  # not sent yet
        (4.5, None, False),  # claims nothing
    ],
)
def test_what_a_lie_is(at_s: float, bid: float | None, is_lie: bool) -> None:
    """A bid that was not current at any moment of the last two seconds."""
    sent = [line(1_000_000_000, 10.0), line(2_000_000_000, 11.0), line(1, 99.0, "QQQ")]
    seen = Seen("SPY", bid, round(at_s * 1e9), round(at_s * 1e9))
    assert bool(lies_in([seen], sent, deadline_s=2.0)) is is_lie


def test_at_speed_one_the_service_has_its_own_timers() -> None:
    """Nothing is made easier: every time of gateway, liveness and feeder is the default one."""
    own = Config()
    for section, values in drill_settings(1.0).items():
        if section in {"gateway", "liveness", "feeder"}:
            times = {name: value for name, value in values.items() if name.endswith("_s")}
            assert times
            for name, value in times.items():
                assert value == getattr(getattr(own, section), name), name


def test_ten_times_as_fast() -> None:
    """Timers are divided, rates and IB's limits are not, and no setting leaves its range."""
    quick = drill_settings(10.0)
    assert quick["liveness"]["silence_min_s"] == 1.0
    assert quick["gateway"]["backoff_limit_s"] == 6.0
    assert "messages_per_s" not in quick["feeder"]
    assert "history_window_s" not in quick["feeder"]


def test_the_list_and_a_wrong_name() -> None:
    """--list plays nothing; a name that is none is told with those that are."""
    listed = answer("drill", "--list")
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) == len(SCENARIOS)
    refused = answer("drill", "--only", "flood")
    assert (refused.exit_code, "mute one" in refused.output) == (2, True)


@pytest.mark.stress
@pytest.mark.timeout(180)
def test_the_command_plays_and_tells() -> None:
    """One scenario through the command line: the outcome as JSON, exit code 0."""
    done = run("drill", "--speed", "10", "--only", "flusher killed", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["passed"] else 1)
    (outcome,) = found["scenarios"]
    assert (outcome["name"], outcome["faults"]) == ("flusher killed", [])

"""The stream's routes: how it is in every plight, and starting and stopping it."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.api_rig import ApiRig, own_segment
from tests.processes.child import stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring.job_lock import JobLock
from tickring.stream_words import all_stream_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

STATUS, START, STOP = (f"/api/ib/stream/{word}" for word in ("status", "start", "stop"))
PROJECT = {"project_id": 7}


class Served(NamedTuple):
    """A supervisor with its feeder, and the service beside it."""

    supervisor: SupervisorRig
    api: ApiRig


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests here; no run is on at first."""
    place = tmp_path_factory.mktemp("served")
    with (
        own_segment() as name,
        SupervisorRig(name, place, "stream", manner={"begins_run": False}) as supervisor,
        ApiRig(name, place, "api.control_timeout_s=3") as api,
    ):
        supervisor.wait_serving()
        yield Served(supervisor, api.wait_up())


@pytest.fixture
def running(served: Served) -> Served:
    """With a run on, and SPY live."""
    if served.api.get(STATUS)["run"] is None:
        served.api.post(START, 202, json=PROJECT)
    wait_until(lambda: served.api.get("/api/quotes/SPY")["verdict"] == "live", "SPY is live", timeout_s=30)
    return served


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """A service beside which nothing was ever started."""
    with own_segment() as name, ApiRig(name, tmp_path_factory.mktemp("alone")) as api:
        yield api.wait_up()


def test_stream_status_route(alone: ApiRig) -> None:
    """Where nothing was ever started the status is 200 all the same, and says exactly that."""
    document = alone.get(STATUS)
    assert document["stream"]["status"] == "disconnected"
    assert (document["stream"]["state"], document["stream"]["code"]) == ("not_running", "no_segment")
    assert document["supervisor_alive"] is False
    assert document["supervisor"]["state"] == "not_running"
    assert (document["run"], document["feeder"], document["children"]) == (None, None, [])
    health = alone.get("/diagnostics/stream_health")
    assert (health["connected"], health["mode"], health["stale"]) == (False, "STREAM", False)
    assert alone.post(STOP, 503)["error"]["code"] == "supervisor_not_running"
    assert alone.get("/api/quotes", 503)["error"]["code"] == "segment_not_found"


def test_of_many_starts_at_once_one_begins_and_the_others_are_told_who_has_it(served: Served) -> None:
    """Twenty at a time: one 202, nineteen 409 `ib_stream_lock_busy` with the run and its holder."""
    api = served.api
    api.post(STOP)

    def start(_number: int) -> httpx.Response:
        return api.client.post(START, json=PROJECT, headers=api.with_token)

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(start, range(20)))
    begun = [answer for answer in answers if answer.status_code == 202]
    busy = [answer for answer in answers if answer.status_code == 409]
    assert (len(begun), len(busy)) == (1, 19), [answer.text for answer in answers]
    run_id = begun[0].json()["run_id"]
    assert begun[0].headers["Location"] == STATUS
    for answer in busy:
        error = answer.json()["error"]
        assert error["code"] == "ib_stream_lock_busy"
        holder = error["details"]["holder"]
        assert (holder["pid"], holder["run_id"]) == (served.supervisor.process.pid, run_id)
    run = api.get(STATUS)["run"]
    assert (run["run_id"], run["project_id"], run["by"]) == (run_id, 7, "api")


def test_stop_ends_the_run_once_and_is_fine_ever_after(running: Served) -> None:
    """The first stop says which run it ended, further ones that nothing ran; then another run can begin."""
    api = running.api
    first = api.get(STATUS)["run"]["run_id"]
    assert api.post(STOP) == {"was_running": True, "run_id": first}
    assert api.post(STOP) == {"was_running": False, "run_id": None}
    assert api.get(STATUS)["stream"]["state"] == "stopped"
    assert JobLock("ib_stream", running.supervisor.place / "data").holder() is None
    wanted = {**PROJECT, "refresh_interval_seconds": 2.5, "max_symbols": 1}
    second = api.post(START, 202, json=wanted)["run_id"]
    assert second != first
    run = api.get(STATUS)["run"]
    assert (run["run_id"], run["symbols"]) == (second, 1)


def test_the_status_is_the_supervisors_own_while_it_answers(running: Served) -> None:
    """Stream, run, children and feeder are those of its report, and so are health and states."""
    api = running.api
    wait_until(lambda: api.get(STATUS)["stream"]["status"] == "connected", "it is connected", timeout_s=30)
    document, report = api.get(STATUS), running.supervisor.report()
    assert document["supervisor_alive"] is True
    assert document["supervisor"]["pid"] == running.supervisor.process.pid == report.pid
    assert document["stream"]["since"] == report.stream.since
    assert report.run is not None
    assert document["run"]["run_id"] == report.run.run_id
    assert [child["name"] for child in document["children"]] == [child.name for child in report.children]
    assert document["epoch"] == report.epoch
    health = api.get("/diagnostics/stream_health")
    assert (health["connected"], health["mode"], health["stale"]) == (True, "STREAM", False)
    assert health["subscriptions"] >= 1
    assert health["last_tick_ts"] is not None
    states = api.get("/api/states")
    assert states["current"] == "streaming"
    assert states["transitions"][-1]["state"] == "streaming"
    assert [row["code"] for row in states["states"]] == [row.code for row in all_stream_words()]
    assert api.get("/readyz")["status"] == "ready"
    told = api.get("/api/episodes")
    assert told["supervisor_alive"] is True
    assert api.get(f"/api/episodes?since={told['sequence']}")["episodes"] == []


def test_a_command_for_the_simulator_is_refused_where_there_is_none(running: Served) -> None:
    """The supervisor's own refusal comes through with its code; a body without a command is told so before."""
    fault = "/api/simulator/fault"
    assert running.api.post(fault, 409, json={"command": "disconnect"})["error"]["code"] == "not_mock"
    assert running.api.post(fault, 422, json={"duration_s": 1})["error"]["code"] == "invalid_request"


def test_a_supervisor_that_stands_still_is_told_as_silent_and_holds_up_nothing(running: Served) -> None:
    """While it is stopped quotes come as before, the status says so, and an order ends in `supervisor_silent`."""
    stop_and_wait(running.supervisor.process.pid)
    try:
        assert running.api.get("/api/quotes/SPY")["bid"] is not None
        document = running.api.get(STATUS)
        assert (document["supervisor_alive"], document["supervisor"]["state"]) == (False, "silent")
        assert document["stream"]["since"] is None
        assert running.api.post(START, 504, json=PROJECT)["error"]["code"] == "supervisor_silent"
    finally:
        running.supervisor.process.send_signal(signal.SIGCONT)


def test_a_supervisor_that_was_killed_is_told_as_such_with_what_it_left(running: Served) -> None:
    """Status 200: the service is lost, its children are gone; quotes read `feed_down`, and nothing is ready."""
    api = running.api
    running.supervisor.remember()
    running.supervisor.process.kill()
    running.supervisor.process.wait()
    wait_until(lambda: api.get("/api/quotes/SPY")["verdict"] == "feed_down", "its quotes are not believed")
    wait_until(lambda: api.get(STATUS)["stream"]["state"] == "service_lost", "the service is lost")
    document = api.get(STATUS)
    assert (document["supervisor_alive"], document["supervisor"]["state"]) == (False, "not_running")
    assert document["stream"]["status"] == "disconnected"
    feeder = document["children"][0]
    assert (feeder["name"], feeder["state"], feeder["pid"]) == ("feeder", "stopped", None)
    assert "is gone" in feeder["last_exit"]
    assert document["episodes"] == []
    refusal = api.get("/readyz", 503)["error"]
    assert refusal["code"] == "not_ready"
    assert refusal["details"]["reasons"]
    assert api.get("/api/episodes")["supervisor_alive"] is False
    running.supervisor.start_another()
    wait_until(lambda: api.get(STATUS)["supervisor_alive"], "the next one answers", timeout_s=30)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "truncated"),
        (b"[1]", "object"),
        (b"{}", "project_id"),
        (b'{"project_id": "7"}', "project_id"),
        (b'{"project_id": -1}', "project_id"),
        (b'{"project_id": 7, "max_symbols": 0}', "max_symbols"),
        (b'{"project_id": 7, "refresh_interval_seconds": 0}', "refresh_interval_seconds"),
        (b'{"project_id": 7, "symbols": []}', "symbols"),
        (b'{"project_id": 7, "decision_snapshot_id": 1e99}', "decision_snapshot_id"),
        (b"\xff", ""),
    ],
)
def test_a_start_with_a_wrong_value_names_it_and_starts_nothing(alone: ApiRig, body: bytes, named: str) -> None:
    """422 in the one shape, with the field that is wrong, before anybody is asked: here nobody would answer."""
    error = alone.post(START, 422, content=body)["error"]
    assert error["code"] == "invalid_request"
    assert named in error["message"].lower()
    assert error["next_step"]

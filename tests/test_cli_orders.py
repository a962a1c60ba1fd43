"""`tickring start|stop|restart|reload|subscribe|unsubscribe` against the real service, with its simulator."""

from __future__ import annotations

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import answer, run
from tests.control_serving import Serving
from tests.main_runs import MainRun
from tests.processes.child import stop_and_wait
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.control.client import SupervisorClient
from tickring.control.messages import (
    Done,
    Refusal,
    Reload,
    Reloaded,
    Restart,
    Start,
    Started,
    Stop,
    Subscribe,
    Unsubscribe,
)
from tickring.gateway_codes import code_of
from tickring.job_lock import LockHolder
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tickring.control.messages import ReplyBody, RequestBody
    from tickring.supervisor.peer import Peer

# ---- the words that go out and come back, by a control server of the test's own --------------------------------------


class Noting:
    """Notes what it is asked and answers with what the test wants."""

    def __init__(self, reply: ReplyBody) -> None:
        self.asked: list[RequestBody] = []
        self.reply = reply

    def __call__(self, body: RequestBody, _: Peer) -> ReplyBody:
        self.asked.append(body)
        return self.reply


def asked_by(place: Path, reply: ReplyBody, *arguments: str) -> tuple[RequestBody, int, str]:
    """Run a command; return what the supervisor was asked, the exit code and the output."""
    noting = Noting(reply)
    with Serving(SegmentPaths.of(place).control_socket, noting):
        result = answer(*arguments, "--segment", str(place))
    (body,) = noting.asked
    return body, result.exit_code, result.output


def test_start_says_what_was_given_and_nothing_else(tmp_path: Path) -> None:
    """What is left out is the configuration's matter."""
    begun = Started("run-9")
    assert asked_by(tmp_path, begun, "start") == (
        Start(by="cli"),
        0,
        "run run-9 has begun; `tickring status` tells how far it is\n",
    )
    options = (
        "--project",
        "7",
        "--snapshot",
        "3",
        "--max-symbols",
        "50",
        "--refresh",
        "15",
        "--symbols",
        "SPY, BRK B,",
    )
    body, _, _ = asked_by(tmp_path, begun, "start", *options)
    assert body == Start(
        project_id=7,
        decision_snapshot_id=3,
        max_symbols=50,
        refresh_interval_s=15.0,
        symbols=("SPY", "BRK B"),
        by="cli",
    )


def test_a_contract_can_be_described_for_one_symbol(tmp_path: Path) -> None:
    """Every option reaches the supervisor; for two symbols they are refused before anything is asked."""
    body, code, _ = asked_by(tmp_path, Done(), "subscribe", "SPY", "BRK B")
    assert (body, code) == (Subscribe({"SPY": ContractConfig(), "BRK B": ContractConfig()}), 0)
    options = {
        "exchange": "SMART",
        "primary-exchange": "TSE",
        "currency": "CAD",
        "con-id": "76792991",
        "sec-type": "STK",
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    body, code, output = asked_by(tmp_path, Done(), "subscribe", "SHOP", *flags)
    contract = ContractConfig(primary_exchange="TSE", currency="CAD", con_id=76792991)
    assert (body, code) == (Subscribe({"SHOP": contract}), 0)
    assert "asked for SHOP" in output
    result = answer("subscribe", "SHOP", "RY", "--currency", "CAD", "--segment", str(tmp_path))
    assert result.exit_code == 2
    assert "--currency describes one contract, but 2" in " ".join(result.output.replace("│", " ").split())
    assert answer("subscribe", "SHOP", "--con-id", "99999999999", "--segment", str(tmp_path)).exit_code == 2


def test_reload_names_what_needs_a_restart(tmp_path: Path) -> None:
    """And says so when nothing has changed."""
    body, code, output = asked_by(
        tmp_path, Reloaded(applied=("log.level",), needs_restart=("segment.depth",)), "reload"
    )
    assert (body, code) == (Reload(), 0)
    assert output == "applied: log.level\nneeds a restart of the service: segment.depth\n"
    assert asked_by(tmp_path, Reloaded(), "reload")[2] == "applied: nothing has changed\n"


def test_a_refusal_is_exit_code_1_with_holder_and_next_step(tmp_path: Path) -> None:
    """On stderr for people, as one line of JSON on stdout for scripts."""
    holder = LockHolder(pid=4711, started_at="2026-03-04", boot_id="b", command="tickring run", run_id="run-1")
    refusal = Refusal(code="ib_stream_lock_busy", message="a run is on", next_step="stop it first", holder=holder)
    noting = Noting(refusal)
    with Serving(SegmentPaths.of(tmp_path).control_socket, noting):
        done = run("start", "--segment", str(tmp_path))
        scripted = run("start", "--segment", str(tmp_path), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "tickring: ib_stream_lock_busy: a run is on",
        "  held by pid 4711 since 2026-03-04, run run-1: tickring run",
        "  stop it first",
    ]
    assert (scripted.returncode, scripted.stderr) == (1, "")
    assert json.loads(scripted.stdout)["holder"]["pid"] == 4711


def test_an_answer_of_another_kind_is_told(tmp_path: Path) -> None:
    """A supervisor of another release."""
    body, code, output = asked_by(tmp_path, Done("what?"), "stop")
    assert (body, code) == (Stop(by="cli"), 2)
    assert "of another release" in output


@pytest.mark.parametrize(
    "arguments",
    [("start",), ("stop",), ("restart", "feeder"), ("reload",), ("subscribe", "SPY"), ("unsubscribe", "SPY")],
)
def test_nobody_to_ask_is_exit_code_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """One line with the next step and what stands."""
    done = run(*arguments, "--segment", str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "no supervisor listens there" in done.stderr
    assert "stand" in done.stderr.partition("systemd unit")[2]


@pytest.mark.parametrize(("arguments", "body"), [(("restart", "flusher"), Restart("flusher"))])
def test_an_empty_answer_is_put_into_words(arguments: tuple[str, ...], body: RequestBody, tmp_path: Path) -> None:
    """Something is always said."""
    assert asked_by(tmp_path, Done(), *arguments) == (body, 0, "flusher is being restarted\n")
    assert asked_by(tmp_path, Done(), "unsubscribe", "SPY") == (Unsubscribe(("SPY",)), 0, "SPY no longer\n")


# ---- the real service ------------------------------------------------------------------------------------------------


@pytest.fixture
def service(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., MainRun]]:
    """Starts `tickring run` in the test's own segment and directory."""
    pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")
    with ExitStack() as runs:
        yield lambda *arguments: runs.enter_context(MainRun(segment_name, tmp_path, "--no-top", *arguments))


def status_of(segment: str) -> dict[str, Any]:
    """What `tickring status --json` prints."""
    document: dict[str, Any] = json.loads(answer("status", "--segment", segment, "--json").output)
    return document


def wait_connected(job: MainRun) -> None:
    """Until the service says that it streams."""
    wait_until(
        lambda: (
            SegmentPaths.of(job.segment).control_socket.exists() and status_of(job.segment)["status"] == "connected"
        ),
        "the stream is connected",
        timeout_s=40,
        show=lambda: job.log[-2000:],
    )


def test_a_run_is_stopped_and_begun_again(service: Callable[..., MainRun]) -> None:
    """Supervisor, segment and readers stay; a second start is refused with its holder; stop twice is fine."""
    job = service("--symbols", "SPY,QQQ")
    wait_connected(job)
    segment = ("--segment", job.segment)
    busy = answer("start", *segment, "--json")
    assert busy.exit_code == 1
    assert json.loads(busy.output)["code"] == "ib_stream_lock_busy"
    assert json.loads(busy.output)["holder"]["pid"] == job.process.pid

    with QuoteReader.open(job.segment, api_mode="mock") as reader:
        assert re.fullmatch(r"run \S+ has ended\n", answer("stop", *segment).output)
        stopped = status_of(job.segment)
        assert (stopped["status"], stopped["report"]["run"]) == ("disconnected", None)
        assert answer("status", *segment, "--strict").exit_code == 1
        assert answer("stop", *segment).output == "nothing ran\n"
        assert answer("subscribe", "IWM", *segment).exit_code == 1
        assert reader["SPY"].verdict is Verdict.FEED_DOWN

        result = answer("start", "--symbols", "QQQ,IWM", "--project", "7", *segment)
        assert result.exit_code == 0
        wait_until(lambda: reader["IWM"].verdict is Verdict.LIVE, "the new run streams", timeout_s=30)
    wait_connected(job)
    report = status_of(job.segment)["report"]
    assert (report["run"]["project_id"], report["run"]["by"], report["feeder"]["desired"]) == (7, "cli", 2)
    assert job.end()[0] == 0
    job.check_nothing_left()


def test_symbols_come_and_go(service: Callable[..., MainRun]) -> None:
    """Subscribed they stream, unsubscribed they are missing; one that does not exist is shown with its reason."""
    job = service("--symbols", "SPY")
    wait_connected(job)
    segment = ("--segment", job.segment)
    assert answer("subscribe", "QQQ", "NOSUCH", *segment).exit_code == 0
    with QuoteReader.open(job.segment, api_mode="mock") as reader:
        wait_until(lambda: reader["QQQ"].verdict is Verdict.LIVE, "QQQ streams", timeout_s=30)
        wait_until(lambda: status_of(job.segment)["report"]["feeder"]["unresolved"], "NOSUCH is unresolved")
        page = answer("status", *segment).output
        assert "1 unresolved" in page
        assert re.search(r"unresolved\s+NOSUCH: .*200", page)
        assert f"NOSUCH 200 {code_of(200).meaning}" in page
        assert answer("unsubscribe", "QQQ", *segment).exit_code == 0
        wait_until(lambda: reader["QQQ"].verdict is Verdict.MISSING, "QQQ is gone", timeout_s=30)


def test_a_child_is_restarted_and_how_it_ended_is_told(service: Callable[..., MainRun]) -> None:
    """By its name; another name is refused with those that there are."""
    job = service("--symbols", "SPY")
    wait_connected(job)
    segment = ("--segment", job.segment)
    before = next(child for child in status_of(job.segment)["report"]["children"] if child["name"] == "flusher")
    assert answer("restart", "flusher", *segment).exit_code == 0
    wait_until(lambda: job.lives_of("flusher") == 2, "the second life of the flusher")
    wait_until(
        lambda: re.search(r"^flusher\s+running\s.*\s1\s", answer("status", *segment).output, re.MULTILINE),
        "the flusher runs again",
        show=lambda: answer("status", *segment).output,
    )
    page = answer("status", *segment).output
    assert "flusher its last life ended: ended by the supervisor" in page
    assert before["pid"] is not None
    assert f" {before['pid']} " not in page
    refused = answer("restart", "nobody", *segment)
    assert refused.exit_code == 1
    assert "unknown_child" in refused.output


def test_reload_of_a_changed_file(service: Callable[..., MainRun], tmp_path: Path) -> None:
    """Applied or named; a wrong one is refused, and the old one goes on."""
    path = tmp_path / "desk.toml"
    path.write_text('[stream]\nsymbols = ["SPY"]\n[segment]\ndepth = 32\n')
    job = service("--config", str(path))
    wait_connected(job)
    path.write_text('[stream]\nsymbols = ["SPY", "QQQ"]\n[segment]\ndepth = 64\n')
    result = answer("reload", "--segment", job.segment)
    assert result.exit_code == 0
    assert "stream.symbols" in result.output
    assert "segment.depth" in result.output.partition("needs a restart")[2]
    path.write_text("[stream]\nsymbols = 5\n")
    refused = answer("reload", "--segment", job.segment)
    assert refused.exit_code == 1
    assert "wrong_configuration" in refused.output
    assert status_of(job.segment)["supervisor"] == "running"


@pytest.mark.slow
def test_of_twenty_starts_at_once_exactly_one_wins(service: Callable[..., MainRun]) -> None:
    """The others are told who was first."""
    job = service("--symbols", "SPY")
    wait_connected(job)
    assert answer("stop", "--segment", job.segment).exit_code == 0
    with ThreadPoolExecutor(20) as pool:
        command = ("start", "--segment", job.segment, "--json", "--timeout", "60")
        done = list(pool.map(lambda _: run(*command), range(20)))
    answers = [json.loads(one.stdout) for one in done]
    assert sorted(one.returncode for one in done) == [0] + [1] * 19, [one.stderr for one in done]
    begun = next(one for one in answers if one["type"] == "started")
    busy = [one for one in answers if one["type"] == "refusal"]
    assert {one["code"] for one in busy} == {"ib_stream_lock_busy"}
    assert {one["holder"]["run_id"] for one in busy} == {begun["run_id"]}


def test_a_stopped_and_a_killed_supervisor_are_told_apart(service: Callable[..., MainRun]) -> None:
    """SIGSTOP: it is there and silent, and holds the lock. SIGKILL: it is not running, the lock is free."""
    job = service("--symbols", "SPY")
    wait_connected(job)
    look = ("status", "--segment", job.segment, "--data-root", str(job.place / "data"), "--timeout", "0.5")
    stop_and_wait(job.process.pid)
    silent = answer(*look)
    assert silent.exit_code == 2
    assert "The supervisor is there and does not answer." in silent.output
    assert re.search(rf"supervisor\s+pid {job.process.pid} stopped", silent.output)
    assert f"held by pid {job.process.pid}" in silent.output
    job.process.send_signal(signal.SIGCONT)
    wait_connected(job)

    job.processes()
    job.process.kill()
    job.process.wait(20)
    job.check_processes_gone()
    dead = answer(*look, "--json")
    assert dead.exit_code == 2
    document = json.loads(dead.output)
    assert (document["status"], document["supervisor"]) == ("disconnected", "not_running")
    remains = document["remains"]
    assert (remains["code"], remains["is_feeder_present"], remains["lock_holder"]) == ("service_lost", False, None)
    assert not {"alive", "stopped"} & {line["process"] for line in remains["segment"]["processes"]}
    page = answer(*look).output
    assert "MOCK" in page.splitlines()[0]
    assert "The supervisor is not running." in page
    assert "held by nobody" in page
    assert "of the past: written" in page


@pytest.mark.slow
def test_a_feeder_that_dies_while_it_is_told_something_ends_nothing(service: Callable[..., MainRun]) -> None:
    """SIGKILL and a burst of orders at the same moment, several times: the supervisor answers them all."""
    job = service("--symbols", "SPY", "--set", "supervisor.restart_max=1000", "--set", "supervisor.restart_limit_s=0.2")
    wait_connected(job)
    with SupervisorClient(job.segment, timeout_s=20) as supervisor:
        before = job.pid_of("feeder")
        for _ in range(5):
            os.kill(before, signal.SIGKILL)
            for _ in range(20):
                assert supervisor.subscribe({"QQQ": ContractConfig()}).text
                assert supervisor.unsubscribe(["QQQ"]).text

            def has_next(last: int = before) -> bool:
                return any(
                    child.name == "feeder" and child.pid not in {None, last} for child in supervisor.status().children
                )

            wait_until(has_next, "the next feeder", show=lambda: job.log[-2000:])
            before = job.pid_of("feeder")
        assert job.process.poll() is None
    wait_connected(job)

"""`tickring status` over reports of every kind, from a real control server."""

from __future__ import annotations

import json
import re
import termios
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import Following, answer
from tests.cli_screen import CliScreen
from tests.control_serving import Serving
from tests.service_reports import report
from tests.waiting import wait_until
from tickring.control.messages import Refusal
from tickring.feeder_status import write_feeder_status
from tickring.gateway_codes import code_of
from tickring.job_lock import STREAM_JOB, JobLock
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.feeds import Feed
    from tickring.control.messages import ReplyBody, RequestBody
    from tickring.supervisor.peer import Peer


class Reporting:
    """Answers every request with the same thing, which the test may change."""

    def __init__(self, reply: ReplyBody) -> None:
        self.reply = reply

    def __call__(self, _body: RequestBody, _peer: Peer) -> ReplyBody:
        return self.reply


@pytest.fixture
def serving(tmp_path: Path) -> Callable[[ReplyBody], Serving]:
    """Makes a server that `--segment tmp_path` finds."""
    return lambda reply: Serving(SegmentPaths.of(tmp_path).control_socket, Reporting(reply))


def reporting(server: Serving) -> Reporting:
    """What the server answers with."""
    assert isinstance(server.answers, Reporting)
    return server.answers


def test_everything_an_operator_looks_for_is_there(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """State and cause, run, gateway, children, symbols, errors with their meaning, the last changes."""
    with serving(report()):
        result = answer("status", "--segment", str(tmp_path))
    assert result.exit_code == 0
    page = result.output
    for text in (
        "PAPER: the prices of a paper account",
        "DEGRADED   mixed since",
        "(3m12s)  mode STREAM, health running",
        "some symbols stream, others are served from snapshots or history [fallback_in_use]",
        "note: flusher ended 9 times in 60 s: it is started every 60 s",
        "desk, epoch 7, files in /srv/tickring/ib",
        "pid 4000, up 60m00s, tickring 0.1.0",
        "127.0.0.1:4002, server version 176, account DU123456",
        "by api, project 3, 20 symbols wanted",
        "20 desired, 13 confirmed, 1 pending, 6 unresolved, 10 on fallback",
        "BAD0: reason 0",
        "and 2 more (--json has all)",
        "ib_snapshot: F00, F01, F02, F03, F04, F05, F06, F07 and 2 more",
        "delayed, newest price ",
        "ago, market closed; ib_stream 13",
        "ib_stream 13, ib_snapshot 10; 2 wait for history, next in 3.0s; 5 late ticks dropped; 2 messages unreadable",
        f"SPY 10197 {code_of(10197).meaning}",
        f'"No market data during competing live session"; {code_of(10197).advice}',
        "flusher its last life ended: exit code 1; starts again in 12s",
        "feeder its last life ended: killed by SIGKILL, which nobody here sent: out of memory?",
        "cause 8",
    ):
        assert text in page, page
    assert "cause 3" not in page
    assert re.search(r"^feeder\s+running\s+4002\s+3m11s\s+2\s+0\.0s / 2s\s+3%\s+31\.0 MB\s+1\s+13$", page, re.MULTILINE)
    assert re.search(r"^flusher\s+backing_off\s+-\s+-\s+9\s+-", page, re.MULTILINE)


@pytest.mark.parametrize(("width", "kept", "given_up"), [(80, "heartbeat", "files"), (60, "heartbeat", "memory")])
def test_a_narrow_terminal_gives_up_columns_and_never_cuts(
    serving: Callable[[ReplyBody], Serving], tmp_path: Path, width: int, kept: str, given_up: str
) -> None:
    """Every word of the page is still there or its column is gone; no line is wider than the terminal."""
    with serving(report()), CliScreen("status", "--segment", str(tmp_path), columns=width, lines=60) as screen:
        assert screen.end() == 0
        rows = screen.rows
    titles = next(row for row in rows if row.startswith("child "))
    assert kept in titles
    assert given_up not in titles
    assert "…" not in "".join(rows)
    assert screen.colour_at("DEGRADED") == ("black", "brown")


@pytest.mark.parametrize(
    ("status", "strict", "code"),
    [("connected", True, 0), ("degraded", True, 1), ("disconnected", True, 1), ("disconnected", False, 0)],
)
def test_the_exit_code_tells_with_strict(
    serving: Callable[[ReplyBody], Serving], tmp_path: Path, status: str, strict: bool, code: int
) -> None:
    """Without it an answer is an answer."""
    with serving(report(stream={"status": status})):
        result = answer("status", "--segment", str(tmp_path), *(["--strict"] if strict else []))
    assert result.exit_code == code
    assert status.upper() in result.output


@pytest.mark.parametrize(
    ("mode", "banner"), [("mock", "MOCK: made-up"), ("paper", "PAPER:"), ("unknown", "UNKNOWN:"), ("odd", "UNKNOWN:")]
)
def test_prices_that_are_not_live_have_a_banner(
    serving: Callable[[ReplyBody], Serving], tmp_path: Path, mode: str, banner: str
) -> None:
    """In the first line."""
    with serving(report(api_mode=mode)):
        assert banner in answer("status", "--segment", str(tmp_path)).output.splitlines()[0]


def test_live_prices_have_none(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """The first line is the state."""
    with serving(report(api_mode="live")):
        assert "DEGRADED" in answer("status", "--segment", str(tmp_path)).output.splitlines()[0]


def test_no_run_no_feeder_no_children(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """A supervisor that has just been started, or stopped: said in words."""
    with serving(report(run=None, feeder=None, children=(), notes=(), stream={"transitions": ()})):
        page = answer("status", "--segment", str(tmp_path)).output
    assert "none: `tickring start` begins one" in page
    assert "has not said anything yet" in page
    assert "no children" in page


@pytest.mark.parametrize("changes", [{"epoch": 8}, {"children": ()}])
def test_a_feeders_words_of_the_past_are_called_so(
    serving: Callable[[ReplyBody], Serving], tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Of another epoch, or of a process that is no child any more: no price of it is called new."""
    with serving(report(**changes)):
        page = answer("status", "--segment", str(tmp_path)).output
    assert "what follows is of a life of it that is over" in page
    assert "newest price" not in page


def test_a_gateways_words_cannot_command_the_terminal(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """Whatever stands in them."""
    evil = "\x1b]0;owned\x07\x1b[2J\r\n[red]no markup[/red]"
    feeder = report().feeder
    assert feeder is not None
    assert feeder.last_error is not None
    changes = {
        "last_error": type(feeder.last_error)(code=1, text=evil, at=evil, symbol=evil),
        "unresolved": {evil: evil},
        "fallback": {evil: evil},
        "account": evil,
        "sources": {evil: 1},
    }
    with serving(report(feeder=changes, notes=(evil,), gateway=evil, stream={"cause": evil, "state": evil})):
        result = answer("status", "--segment", str(tmp_path))
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    assert "\x07" not in result.output
    assert "[red]no markup[/red]" in result.output


def test_json_is_the_whole_report(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """Nothing shortened."""
    with serving(report()):
        document = json.loads(answer("status", "--segment", str(tmp_path), "--json").output)
    assert (document["status"], document["supervisor"], document["remains"]) == ("degraded", "running", None)
    assert len(document["report"]["feeder"]["unresolved"]) == 6
    assert len(document["report"]["stream"]["transitions"]) == 8


# ---- watching --------------------------------------------------------------------------------------------------------


def test_watching_follows_in_place_and_ends_with_ctrl_c(
    serving: Callable[[ReplyBody], Serving], tmp_path: Path
) -> None:
    """The page changes where it stands; a supervisor that goes away is said to be gone, and found again."""
    arguments = ("status", "--segment", str(tmp_path), "--watch", "--interval", "0.1", "--timeout", "5")
    with CliScreen(*arguments, columns=100, lines=50) as screen:
        with serving(report()) as server:
            screen.wait_for("DEGRADED")
            reporting(server).reply = report(stream={"status": "connected", "state": "streaming"})
            screen.wait_for("CONNECTED   streaming")
            assert not any("DEGRADED" in row for row in screen.rows)
        screen.wait_for("The supervisor is not running.")
        with serving(report(api_mode="live")):
            screen.wait_for("DEGRADED")
            assert "DEGRADED" in screen.rows[0]
        screen.press("\x03")
        assert screen.end() == 0
        assert screen.mode_before == termios.tcgetattr(screen.slave)


def test_a_page_that_is_too_long_says_so(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """What counts most stands first; the last line tells how much is left out."""
    arguments = ("status", "--segment", str(tmp_path), "--watch", "--interval", "0.1")
    with serving(report()), CliScreen(*arguments, columns=80, lines=16) as screen:
        screen.wait_for("lines more: make the terminal higher")
        assert "PAPER" in screen.rows[0]
        screen.resize(120, 60)
        screen.wait(lambda now: not any("lines more" in row for row in now.rows), "everything fits")
        screen.wait_for("cause 8")


def test_watching_as_json_gives_a_document_a_line(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """For scripts; Ctrl-C is the normal end."""
    arguments = ("status", "--segment", str(tmp_path), "--watch", "--interval", "0.1", "--json")
    with serving(report()) as server, Following(*arguments) as command:
        assert json.loads(command.line())["status"] == "degraded"
        reporting(server).reply = report(stream={"status": "connected"})
        wait_until(lambda: json.loads(command.line())["status"] == "connected", "the change is seen")
        assert command.interrupt() == (0, "")


# ---- without a supervisor that answers -------------------------------------------------------------------------------


def test_no_segment_at_all(tmp_path: Path) -> None:
    """Exit code 2, what is missing and where it was looked for."""
    result = answer("status", "--segment", str(tmp_path / "none"), "--data-root", str(tmp_path / "data"))
    assert result.exit_code == 2
    assert "The supervisor is not running." in result.output
    assert "there is no segment: nothing runs here" in result.output
    assert f"{tmp_path}/data/stream/_status.json: there is none" in result.output
    assert "no file: no run is on there, or the files lie elsewhere" in result.output


def test_a_name_that_is_none_is_told() -> None:
    """One line, exit code 2."""
    result = answer("status", "--segment", "not a name")
    assert (result.exit_code, result.output) == (2, "tickring: " + result.output.removeprefix("tickring: "))
    assert "is not a segment name" in result.output


def test_a_living_feeder_without_a_supervisor(feed: Feed, tmp_path: Path) -> None:
    """The segment stands and its writer lives: everything is told from there, and that nobody supervises it."""
    (tmp_path / "stream").mkdir()
    status_file = tmp_path / "stream" / "_status.json"
    status_file.write_text('{"status": "connected", "written_at": "2026-03-04T05:06:07.080910Z"}')
    feeder = report().feeder
    assert feeder is not None
    write_feeder_status(feed.name, feeder)
    with JobLock(STREAM_JOB, tmp_path).acquire(command="somebody else"):
        result = answer("status", "--segment", feed.name, "--data-root", str(tmp_path))
    assert result.exit_code == 2
    page = " ".join(result.output.split())
    assert "MOCK: made-up prices of a simulator" in page
    assert "The supervisor is not running." in page
    assert re.search(r"feeder pid \d+ alive, said running, heartbeat", page)
    assert "of the past: written" in page
    assert "(somebody else)" in page
    assert '_status.json says "connected", written' in page
    assert "nobody writes it any more, believe disconnected" in page


def test_broken_leftovers_are_told_and_no_traceback(feed: Feed, tmp_path: Path) -> None:
    """Half a status file, half of the feeder's words."""
    (tmp_path / "stream").mkdir()
    (tmp_path / "stream" / "_status.json").write_text('{"status": "conn')
    SegmentPaths.of(feed.name).feeder_status.write_text("{")
    result = answer("status", "--segment", feed.name, "--data-root", str(tmp_path))
    assert result.exit_code == 2
    assert "_status.json: Input data was truncated" in result.output
    assert "is not a feeder's status" in result.output


def test_a_segment_of_another_release(tmp_path: Path) -> None:
    """The file is named with what is wrong with it."""
    SegmentPaths.of(tmp_path).segment.write_bytes(b"x" * 8192)
    result = answer("status", "--segment", str(tmp_path), "--data-root", str(tmp_path))
    assert result.exit_code == 2
    assert str(SegmentPaths.of(tmp_path).segment) in result.output
    assert "DISCONNECTED" in result.output


def test_a_supervisor_that_does_not_answer(feed: Feed) -> None:
    """It is there and silent: not called dead; the feeder that lives is shown."""

    def never(_body: RequestBody, _peer: Peer) -> ReplyBody:
        time.sleep(0.6)
        return Refusal(code="late", message="too late", next_step="")

    with Serving(SegmentPaths.of(feed.name).control_socket, never):
        document = json.loads(answer("status", "--segment", feed.name, "--timeout", "0.2", "--json").output)
    assert document["supervisor"] == "silent"
    assert "no answer to status within 0.2 s" in document["why"]
    assert document["report"] is None
    assert document["remains"]["segment"]["processes"][1]["process"] == "alive"


def test_what_stands_is_judged_by_the_services_own_limit(feed: Feed, tmp_path: Path) -> None:
    """A stream that may be without a price for a minute is not mute after twenty seconds, whoever can be asked."""
    feed.stream("SPY", "bid", 100.0)
    feed.host.heartbeat()
    feed.say_data_flows(last_data_mono_ns=time.monotonic_ns() - 20 * 10**9)
    settings = tmp_path / "tickring.toml"
    states = {}
    refusal = Refusal(code="not_permitted", message="user 5 may not control this supervisor", next_step="ask as root")
    with Serving(SegmentPaths.of(feed.name).control_socket, lambda _body, _peer: refusal):
        for limit_s in (10.0, 60.0):
            settings.write_text(f"[stream]\ndata_limit_s = {limit_s}\n")
            page = answer("status", "--segment", feed.name, "--config", str(settings), "--json").output
            states[limit_s] = json.loads(page)["remains"]["state"]
    assert states[10.0] == "silent"
    assert states[60.0] != "silent"


def test_a_supervisor_that_may_not_be_asked(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """It runs; who may ask is said."""
    refusal = Refusal(code="not_permitted", message="user 5 may not control this supervisor", next_step="ask as root")
    with serving(refusal):
        result = answer("status", "--segment", str(tmp_path), "--data-root", str(tmp_path))
    assert result.exit_code == 2
    assert "The supervisor runs, and this user may not ask it." in result.output
    assert "ask as root" in result.output


def test_a_pipe_gets_pages_without_escapes(serving: Callable[[ReplyBody], Serving], tmp_path: Path) -> None:
    """`tickring status --watch | tee`: whole pages, one after the other."""
    with (
        serving(report()),
        Following("status", "--segment", str(tmp_path), "--watch", "--interval", "0.1") as command,
    ):
        lines = [command.line() for _ in range(80)]
        command.interrupt()
    assert "\x1b" not in "".join(lines)
    assert sum("DEGRADED" in line for line in lines) >= 2

"""`tickring status` on the connection: client id, farms, clocks, codes and what goes wrong now."""

from __future__ import annotations

from tests.service_reports import report
from tickring.cli.output import people
from tickring.cli.status.connection_lines import codes_text, connection_text, episode_lines
from tickring.cli.status.report_page import print_report
from tickring.episodes import EpisodeBook, EpisodeKind, Severity
from tickring.feeder_status import OTHER_CODES, FarmStatus, FeederStatus
from tickring.iso_time import iso_now


def feeder(**values: object) -> FeederStatus:
    """A feeder's status with these values."""
    return FeederStatus(epoch=7, pid=4002, written_at=iso_now(), **values)  # type: ignore[arg-type]


def farm(name: str, state: str) -> FarmStatus:
    """A market data farm."""
    return FarmStatus(name=name, kind="market", state=state, since=iso_now())


def test_a_connection_that_is_well_takes_one_short_row() -> None:
    """Nothing to look at: who it is, and that all farms are well."""
    well = feeder(client_id=47, clock_skew_s=0.2, farms=(farm("usfarm", "ok"), farm("eufarm", "idle")))
    assert connection_text(well).plain == "client 47, clock +0.2 s, 2 farms well"


def test_what_is_ill_is_named() -> None:
    """A reserved client id, attempts that failed, a farm that is broken."""
    ill = feeder(client_id=48, reconnect_attempts=3, farms=(farm("usfarm", "broken"), farm("eufarm", "ok")))
    text = connection_text(ill).plain
    assert text == "client 48, 3 failed attempts since the newest price, market farm usfarm broken, 1 farms well"
    assert connection_text(feeder()).plain == "no session"


def test_codes_are_told_by_number_the_most_frequent_first() -> None:
    """Codes that nobody knows stand out, and no list is longer than a row."""
    counts = {1100: 20, 424242: 3, 0: 2, OTHER_CODES: 1, **dict.fromkeys((101, 162, 200, 354), 1)}
    text = codes_text(feeder(errors_by_code=counts)).plain
    assert text.startswith("1100 x20, unknown 424242 x3, own x2, others x1, 101 x1, 162 x1")
    assert text.endswith("and 2 more (--json has all)")


def test_what_goes_wrong_now_is_told_and_what_went_wrong_is_not() -> None:
    """Open episodes with their cause and end, the newest first, five at most."""
    book = EpisodeBook("feeder-7")
    for number in range(8):
        book.open(
            EpisodeKind.FARM_DOWN,
            f"farm f{number}",
            cause=f"f{number} is broken",
            heals="by itself",
            now_s=0.0,
            now_ns=0,
        )
    book.close(EpisodeKind.FARM_DOWN, "farm f7", now_s=1.0, now_ns=10**9)
    book.worsen(EpisodeKind.FARM_DOWN, "farm f6", Severity.CRITICAL)
    lines = [line.plain for line in episode_lines(feeder(episodes=tuple(book)))]
    assert len(lines) == 6
    assert lines[0].startswith("farm_down farm f6 since ")
    assert lines[0].endswith(": f6 is broken; ends: by itself")
    assert lines[-1] == "and 2 more (--json has all)"
    assert not any("f7" in line for line in lines)


def test_the_page_has_the_rows() -> None:
    """`tickring status` shows the connection and the codes of the feeder that runs."""
    console = people()
    with console.capture() as capture:
        print_report(console, report())
    assert "connection" in capture.get()

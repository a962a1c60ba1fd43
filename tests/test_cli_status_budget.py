"""`tickring status` on what the gateway gives and takes: lines, pace, and who waits for history."""

from __future__ import annotations

from tests.service_reports import report
from tickring.cli.output import people
from tickring.cli.status.budget_lines import history_text, lines_text, pacing_text
from tickring.cli.status.feeder_lines import symbols_text
from tickring.cli.status.report_page import print_report
from tickring.feeder_status import FeederStatus, LineUse, PacingUse
from tickring.iso_time import iso_now
from tickring.metrics.feeder_metrics import feeder_metrics


def feeder(**values: object) -> FeederStatus:
    """A feeder's status with these values."""
    return FeederStatus(epoch=7, pid=4002, written_at=iso_now(), **values)  # type: ignore[arg-type]


def test_lines_that_suffice_take_a_few_words() -> None:
    """Used and known; nothing else."""
    text = lines_text(feeder(), LineUse(limit=100, used=13, reserve=2, rotated=0))
    assert text.plain == "13 of 100 in use"


def test_who_takes_turns_is_told_with_ages() -> None:
    """How many, the oldest snapshot, the first names with theirs, and that the gateway said so."""
    rotated: dict[str, float | None] = {"NEW": None, **{f"R{number}": 40.0 - number for number in range(9)}}
    text = lines_text(feeder(rotated=rotated), LineUse(limit=80, used=80, reserve=2, rotated=10, is_learnt=True)).plain
    assert text.startswith("80 of 80 in use, the gateway has refused more; 10 symbols by snapshots in turn")
    assert "the oldest 40" in text
    assert "NEW, R0 40" in text
    assert text.endswith("and 4 more")


def test_who_takes_turns_is_no_fallback() -> None:
    """Two of three are served by snapshots, one of them because its stream fails; the metrics count them so, too."""
    status = feeder(desired=3, confirmed=1, fallback={"A": "ib_snapshot", "B": "ib_snapshot"}, rotated_served=1)
    assert symbols_text(status).plain.endswith("0 unresolved, 1 on fallback, 1 rotated")
    samples = {sample.name: sample.value for family in feeder_metrics(status) for sample in family.samples}
    assert (samples["tickring_symbols_on_fallback"], samples["tickring_symbols_rotated"]) == (1, 1)


def test_the_pace_is_told_and_why_it_is_slow() -> None:
    """Messages of the last second, the limit now, by class what has left so far."""
    pacing = PacingUse(limit_per_s=22, last_s=9, is_slow=True, sent={"order": 1, "cancel": 0, "stream": 1200})
    text = pacing_text(pacing).plain
    assert text == "9 messages in the last second of 22, halved: the gateway complained; order 1, stream 1,200"


def test_who_waits_for_history_is_told_with_its_time() -> None:
    """In their order, each with what it has to wait."""
    queue = ("SPY", "QQQ", *(f"H{number}" for number in range(8)))
    text = history_text(feeder(history_queue=queue, history_eta_s={"SPY": 3.0, "QQQ": 15.0})).plain
    assert text.startswith("10 wait: SPY 3")
    assert text.endswith("and 4 more")


def test_the_page_has_them() -> None:
    """Rows for lines, pace and the queue, where the feeder tells of them."""
    told = report(
        feeder={
            "lines": LineUse(limit=100, used=99, reserve=2, rotated=0),
            "pacing": PacingUse(limit_per_s=45, last_s=3),
        }
    )
    console = people()
    with console.capture() as capture:
        print_report(console, told)
    assert "99 of 100 in use" in capture.get()
    assert "3 messages in the last second of 45" in capture.get()

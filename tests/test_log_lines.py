"""Log lines: the event's name and fields come from the template; text for people, JSON for programs; repetitions."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tickring.log_events import event_of, template_of
from tickring.log_formats import JsonFormatter, TextFormatter
from tickring.log_repeats import RepeatCounter

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO, logging.Handler]]:
    """A logger of its own, what it wrote, and its handler."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("tickring.test")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, stream, handler
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("template", "name", "keys"),
    [
        ("child.started child=%s pid=%d", "child.started", ("child", "pid")),
        ("child.not_dead child=%s pid=%d: it outlives SIGKILL", "child.not_dead", ("child", "pid")),
        ("a.b times=%d within_s=%g of=%r; every %g s, 100 %% sure", "a.b", ("times", "within_s", "of", None)),
        ("planner.look_failed", "planner.look_failed", ()),
        ("%s is not used: %s", "", (None, None)),
        ("IB's reset times are not known: %s", "", (None,)),
        ("see docs.example.org, it says %s", "", (None,)),
    ],
)
def test_a_template_names_the_event(template: str, name: str, keys: tuple[str | None, ...]) -> None:
    """The first word with a dot, and each `key=%s`; everything else is for people."""
    assert template_of(template) == (name, keys)


def test_json_has_the_fields_as_they_are(log: tuple[logging.Logger, io.StringIO, logging.Handler]) -> None:
    """Numbers stay numbers, and the text is there too; a field cannot take the place of the line's own."""
    logger, stream, handler = log
    handler.setFormatter(JsonFormatter("feeder"))
    logger.warning("child.ended child=%s pid=%d uptime_s=%.1f how=%r; %s", "x", 7, 1.25, ValueError("no"), "see above")
    line = json.loads(stream.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "process": "feeder",
        "pid": os.getpid(),
        "event": "child.ended",
        "child": "x",
        "pid_": 7,
        "uptime_s": 1.25,
        "how": "no",
        "text": "child.ended child=x pid=7 uptime_s=1.2 how=ValueError('no'); see above",
    }


def test_a_librarys_record_is_an_event_of_its_logger(
    log: tuple[logging.Logger, io.StringIO, logging.Handler],
) -> None:
    """Whatever a library logs is one line too, with its traceback inside."""
    logger, stream, handler = log
    handler.setFormatter(JsonFormatter("api"))
    try:
        raise OSError("gone")
    except OSError:
        logger.exception("it failed\nbadly")
    (text,) = stream.getvalue().splitlines()
    line = json.loads(text)
    assert (line["event"], line["text"]) == ("tickring.test", "it failed\nbadly")
    assert "OSError: gone" in line["exception"]


def test_text_is_for_people(log: tuple[logging.Logger, io.StringIO, logging.Handler]) -> None:
    """Time, process, level, text."""
    logger, stream, handler = log
    handler.setFormatter(TextFormatter("feeder", has_time=False))
    logger.error("gateway.lost error=%s", "refused")
    assert stream.getvalue() == "feeder ERROR gateway.lost error=refused\n"


def test_repetitions_are_counted(log: tuple[logging.Logger, io.StringIO, logging.Handler]) -> None:
    """Three of a kind come through, the rest of a minute as a number; another text is not held up."""
    logger, stream, handler = log
    now_s = [0.0]
    repeats = RepeatCounter(period_s=60.0, told=3, clock=lambda: now_s[0])
    repeats.handler = handler
    handler.addFilter(repeats)
    for second in range(50):
        now_s[0] = float(second)
        logger.warning("gateway.error code=%d", 2110)
    logger.warning("gateway.error code=%d", 1100)
    assert stream.getvalue().count("code=2110") == 3
    assert stream.getvalue().count("code=1100") == 1
    now_s[0] = 61.0
    logger.info("other")
    assert "log.repeated times=47 within_s=60 of='gateway.error code=2110'" in stream.getvalue()
    logger.warning("gateway.error code=%d", 2110)
    assert stream.getvalue().count("\ngateway.error code=2110") == 3  # and the one at the very beginning


def test_a_traceback_is_never_held_back(log: tuple[logging.Logger, io.StringIO, logging.Handler]) -> None:
    """Two failures with the same words may be two faults."""
    logger, stream, handler = log
    handler.addFilter(RepeatCounter())
    for _ in range(10):
        try:
            raise ValueError("once more")
        except ValueError:
            logger.exception("a.failed")
    assert stream.getvalue().count("ValueError: once more") == 10


def test_ten_thousand_texts_are_bounded() -> None:
    """What differs is shown, and remembered only so far."""
    repeats = RepeatCounter()
    records = [logging.LogRecord("x", logging.INFO, "", 0, "n.n number=%d", (n,), None) for n in range(10_000)]
    assert all(map(repeats.filter, records))
    assert len(repeats._texts) == 256
    assert event_of(records[-1]).fields == {"number": 9_999}


@pytest.mark.parametrize(("form", "is_journal"), [("auto", True), ("auto", False), ("json", False), ("text", True)])
def test_the_journal_gets_json(form: str, is_journal: bool) -> None:
    """`auto`: JSON where stderr is the journal's stream, by its device and inode, and text with its time elsewhere."""
    code = (
        "import os, logging; s = os.fstat(2);"
        f"os.environ['JOURNAL_STREAM'] = f'{{s.st_dev}}:{{s.st_ino}}' if {is_journal} else '1:1';"
        "from tickring.config.structs import LogConfig; from tickring.log_setup import set_up_logging;"
        f"set_up_logging('feeder', LogConfig(format='{form}')); logging.getLogger('x').info('a.b c=%d', 5)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    is_json = form == "json" or (form == "auto" and is_journal)
    if is_json:
        assert json.loads(done.stderr)["c"] == 5
    else:
        assert done.stderr.endswith("feeder INFO a.b c=5\n")
        assert done.stderr.startswith("feeder") == is_journal
